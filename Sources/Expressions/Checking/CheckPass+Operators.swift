// Operators and the words that act as such.
extension CheckPass {
  mutating func check(
    _ logic: Syntax.LogicOperator, _ operands: [Syntax], isConjunct: Bool
  ) -> Typed? {
    var terms: [Term] = []
    var isWhole = true
    for operand in operands {
      guard let typed = check(operand, isConjunct: isConjunct && logic == .and),
        let condition = expect(typed, .condition, from: operand)
      else {
        isWhole = false
        continue
      }
      terms.append(condition.term)
    }
    return isWhole ? Typed(.apply(logic == .and ? .and : .or, terms), .bool) : nil
  }

  mutating func check(_ sign: Syntax.UnaryOperator, _ operand: Syntax) -> Typed? {
    guard let typed = check(operand) else { return nil }
    switch (sign, typed.type) {
    case (.not, .bool):
      return Typed(.apply(.not, [typed.term]), .bool)
    case (.not, _):
      return refuse(.notACondition(typed.type, slice(operand)), at: operand.span)
    case (.minus, .number):
      if case .constant(.number(let value)) = typed.term {
        return Typed(.constant(.number(-value)), .number)
      }
      return Typed(.apply(.negate, [typed.term]), .number)
    case (.minus, .duration):
      if case .constant(.duration(let value)) = typed.term {
        return Typed(.constant(.duration(value.negated)), .duration)
      }
      return Typed(.apply(.negate, [typed.term]), .duration)
    case (.minus, _):
      return refuse(
        .wrongType(slice(operand), found: typed.type, expected: .number), at: operand.span)
    }
  }

  mutating func check(
    _ binary: Syntax.BinaryOperator, _ left: Syntax, _ right: Syntax, of syntax: Syntax
  ) -> Typed? {
    if binary == .isIn, case .map(let entries) = right.kind {
      return checkMembership(left, among: entries)
    }
    // The right side knows the left one, and so does a name on the left that is no name.
    let (first, second): (Typed?, Typed?)
    if case .name = left.kind, case .literal = right.kind {
      second = check(right)
      first = check(left, beside: second)
    } else {
      first = check(left)
      second = check(right, beside: first?.element(for: binary))
    }
    guard let first, let second else { return nil }
    let operands = Operands(first: first, second: second, left: left, right: right)
    switch binary {
    case .multiply, .divide, .modulo, .add, .subtract:
      return arithmetic(binary, operands, at: syntax.span)
    case .isIn: return membership(operands)
    default: return comparison(binary, operands, at: syntax.span)
    }
  }

  private struct Operands {
    var first: Typed
    var second: Typed
    var left: Syntax
    var right: Syntax
    var terms: [Term] { [first.term, second.term] }
  }

  // MARK: Arithmetic

  private mutating func arithmetic(
    _ binary: Syntax.BinaryOperator, _ operands: Operands, at span: Range<Int>
  ) -> Typed? {
    guard let type = Self.result(of: binary, operands.first.type, operands.second.type) else {
      return refuse(mismatch(binary, operands), at: span)
    }
    if binary == .divide || binary == .modulo, operands.second.term.constantValue == .number(0) {
      return refuse(.divisionByZero, at: operands.right.span)
    }
    if binary == .modulo { warnOfRemainder(operands) }
    let operation: Operation =
      switch binary {
      case .multiply: .multiply
      case .divide: .divide
      case .modulo: .modulo
      case .add: .add
      default: .subtract
      }
    return Typed(.apply(operation, operands.terms), type)
  }

  private static func result(
    of binary: Syntax.BinaryOperator, _ left: ValueType, _ right: ValueType
  ) -> ValueType? {
    switch (binary, left, right) {
    case (_, .number, .number): .number
    case (.add, .text, .text): .text
    case (.add, .list, .list): left.unified(with: right)
    case (.add, .duration, .duration), (.subtract, .duration, .duration): .duration
    case (.add, .instant, .duration), (.subtract, .instant, .duration): .instant
    case (.add, .duration, .instant): .instant
    case (.subtract, .instant, .instant): .duration
    case (.multiply, .duration, .number), (.multiply, .number, .duration): .duration
    case (.divide, .duration, .number): .duration
    case (.divide, .duration, .duration): .number
    default: nil
    }
  }

  /// `20% - x` reads like a percentage minus something, and is a remainder.
  private mutating func warnOfRemainder(_ operands: Operands) {
    let end = operands.left.span.upperBound
    guard case .literal = operands.left.kind, case .unary(.minus, let inner) = operands.right.kind,
      byte(at: end) == UInt8(ascii: "%"), byte(at: end + 1) == UInt8(ascii: " ")
    else { return }
    report(
      .remainderLooksLikePercentage(slice(operands.left), slice(inner)),
      at: operands.left.span.lowerBound..<operands.right.span.upperBound)
  }

  // MARK: Comparison

  private mutating func comparison(
    _ binary: Syntax.BinaryOperator, _ operands: Operands, at span: Range<Int>
  ) -> Typed? {
    let isEquality = binary == .equal || binary == .notEqual
    if isEquality, operands.first.type == .null || operands.second.type == .null {
      let other = operands.first.type == .null ? operands.right : operands.left
      return refuse(.comparedWithNull(slice(other), isNegated: binary == .notEqual), at: span)
    }
    guard let type = operands.first.type.unified(with: operands.second.type),
      Self.canCompare(binary, type)
    else { return refuse(mismatch(binary, operands), at: span) }
    if isEquality {
      guard checkOneOf(operands.first, operands.second, operands.left, operands.right),
        checkOneOf(operands.second, operands.first, operands.right, operands.left)
      else { return nil }
    }
    let operation: Operation
    switch binary {
    case .equal: operation = .equal
    case .notEqual: operation = .notEqual
    case .less, .before: operation = .less
    case .lessOrEqual: operation = .lessOrEqual
    case .greater, .after: operation = .greater
    default: operation = .greaterOrEqual
    }
    if type == .instant, binary == .less || binary == .greater {
      let word = binary == .less ? "before" : "after"
      report(
        .signBetweenInstants(
          binary.rawValue, "\(slice(operands.left)) \(word) \(slice(operands.right))"), at: span)
    }
    return Typed(.apply(operation, operands.terms), .bool)
  }

  private static func canCompare(_ binary: Syntax.BinaryOperator, _ type: ValueType) -> Bool {
    switch (binary, type) {
    case (.equal, .severity), (.notEqual, .severity): false
    case (.equal, _), (.notEqual, _): true
    case (.before, .number), (.before, .instant), (.after, .number), (.after, .instant): true
    case (.before, _), (.after, _): false
    default: type.isOrdered
    }
  }

  /// Whether a text may ever have the value it is compared with; reports it if not.
  mutating func checkOneOf(
    _ typed: Typed, _ other: Typed, _ syntax: Syntax, _ otherSyntax: Syntax
  ) -> Bool {
    guard let oneOf = typed.oneOf, case .constant(.text(let value)) = other.term,
      !oneOf.contains(where: { $0.utf8.elementsEqual(value.utf8) })
    else { return true }
    report(.neverEqual(slice(syntax), value, oneOf: oneOf), at: otherSyntax.span)
    return false
  }

  private mutating func membership(_ operands: Operands) -> Typed? {
    let span = operands.left.span.lowerBound..<operands.right.span.upperBound
    guard case .list(let element) = operands.second.type,
      operands.first.type.unified(with: element) != nil
    else { return refuse(mismatch(.isIn, operands), at: span) }
    if case .list(let elements) = operands.right.kind,
      case .apply(.list, let terms) = operands.second.term
    {
      var isPossible = true
      for (element, term) in zip(elements, terms) {
        let one = Typed(term, .text)
        if !checkOneOf(operands.first, one, operands.left, element.value) { isPossible = false }
      }
      guard isPossible else { return nil }
    }
    return Typed(.apply(.isIn, operands.terms), .bool)
  }

  mutating func checkBetween(
    _ value: Syntax, _ low: Syntax, _ high: Syntax, at span: Range<Int>
  ) -> Typed? {
    let parts = [check(value), check(low), check(high)]
    guard let first = parts[0], let second = parts[1], let third = parts[2] else { return nil }
    for (bound, syntax) in [(second, low), (third, high)] {
      if first.type == .duration, bound.type == .number {
        return refuse(
          .numberWithoutUnit(slice(value), slice(syntax), days: wholeNumber(bound)),
          at: syntax.span)
      }
      guard first.type.unified(with: bound.type)?.isOrdered == true else {
        return refuse(
          .mismatch("between", slice(value), first.type, slice(syntax), bound.type), at: span)
      }
    }
    return Typed(.apply(.between, [first.term, second.term, third.term]), .bool)
  }

  /// Why two types do not go together, as precisely as can be said.
  private func mismatch(
    _ binary: Syntax.BinaryOperator, _ operands: Operands
  ) -> CheckFault {
    let (left, right) = (slice(operands.left), slice(operands.right))
    let isComparison = [.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual]
      .contains(binary)
    let number: String? = wholeNumber(operands.second) ?? wholeNumber(operands.first)
    switch (operands.first.type, operands.second.type) {
    case (.duration, .number) where isComparison:
      return .durationWithNumber(
        duration: left, number: right, isFirst: true, sign: binary.rawValue, days: number)
    case (.number, .duration) where isComparison:
      return .durationWithNumber(
        duration: right, number: left, isFirst: false, sign: binary.rawValue, days: number)
    case (.duration, .number) where binary == .add || binary == .subtract:
      return .numberWithoutUnit(left, right, days: wholeNumber(operands.second))
    case (.number, .duration) where binary == .add || binary == .subtract:
      return .numberWithoutUnit(right, left, days: wholeNumber(operands.first))
    case (.duration, .list(.number)) where binary == .isIn:
      return .numberWithoutUnit(left, right, days: nil)
    case (.instant, .number) where binary == .add || binary == .subtract:
      return .daysWithoutUnit(instant: left, number: right, sign: binary.rawValue)
    case (.instant, .text) where isComparison, (.text, .instant) where isComparison:
      return .instantWithText(left, right)
    case (.instant, .duration) where isComparison:
      return .instantWithDuration(instant: left, duration: right, sign: binary.rawValue)
    default:
      return .mismatch(
        binary.rawValue, left, operands.first.type, right, operands.second.type)
    }
  }

  func wholeNumber(_ typed: Typed) -> String? {
    guard case .number(let value)? = typed.term.constantValue, let days = Int(exactly: value),
      days >= 0
    else { return nil }
    return String(days)
  }

  // MARK: Words

  mutating func checkConditional(
    _ condition: Syntax, _ then: Syntax, _ otherwise: Syntax, beside: Typed?
  ) -> Typed? {
    let test = check(condition).flatMap { expect($0, .condition, from: condition) }
    let (first, second) = (check(then, beside: beside), check(otherwise, beside: beside))
    guard let test, let first, let second else { return nil }
    guard let type = first.type.unified(with: second.type) else {
      return refuse(.mixedTypes(first.type, second.type), at: otherwise.span)
    }
    return Typed(.apply(.conditional, [test.term, first.term, second.term]), type)
  }

  mutating func check(_ standing: Syntax.Standing, of value: Syntax) -> Typed? {
    guard let typed = check(value) else { return nil }
    guard typed.type == .severity else {
      return refuse(
        .isOnOther(slice(value), standing.word, isNegated: standing.isNegated),
        at: value.span.lowerBound..<standing.wordSpan.upperBound)
    }
    guard let severity = Severity(rawValue: standing.word) else {
      return refuse(.unknownSeverity(standing.word), at: standing.wordSpan)
    }
    let operation: Operation =
      standing.isAtLeast ? .severityAtLeast(severity) : .severityIs(severity)
    let term = Term.apply(operation, [typed.term])
    return Typed(standing.isNegated ? .apply(.not, [term]) : term, .bool)
  }

  mutating func checkAgo(_ period: Syntax) -> Typed? {
    guard let typed = check(period) else { return nil }
    guard typed.type == .duration else {
      return refuse(
        .wrongType(slice(period), found: typed.type, expected: .duration), at: period.span)
    }
    return Typed(.apply(.subtract, [.now, typed.term]), .instant)
  }

  mutating func checkPercent(_ value: Syntax) -> Typed? {
    guard let typed = check(value) else { return nil }
    guard typed.type == .number else {
      return refuse(.wrongType(slice(value), found: typed.type, expected: .number), at: value.span)
    }
    if case .constant(.number(let number)) = typed.term {
      // By shifting digits: 33.3 ÷ 100 is not the number that 0.333 is.
      return Typed(.constant(.number(DecimalDigits(number)?.hundredth.double ?? number)), .number)
    }
    return Typed(.apply(.divide, [typed.term, .constant(.number(100))]), .number)
  }

  mutating func checkPercentOf(
    _ percent: Syntax, _ whole: Syntax, at span: Range<Int>
  ) -> Typed? {
    let (first, second) = (check(percent), check(whole))
    guard let first, let second else { return nil }
    guard second.type == .number || second.type == .duration else {
      return refuse(
        .wrongType(slice(whole), found: second.type, expected: .number), at: whole.span)
    }
    return Typed(.apply(.multiply, [first.term, second.term]), second.type)
  }
}

extension Typed {
  /// What the right side of an operator is compared with: for `in`, each element.
  fileprivate func element(for binary: Syntax.BinaryOperator) -> Typed? {
    switch binary {
    case .equal, .notEqual, .isIn: self
    default: nil
    }
  }
}

extension ValueType {
  /// Whether the type's values come one after another.
  var isOrdered: Bool {
    switch self {
    case .number, .text, .instant, .duration: true
    case .bool, .list, .severity, .null: false
    }
  }
}

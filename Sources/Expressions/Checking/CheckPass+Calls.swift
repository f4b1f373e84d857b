import Diagnostics

// Functions and conditions.
extension CheckPass {
  mutating func check(_ call: Syntax.Call, at span: Range<Int>, isConjunct: Bool) -> Typed? {
    if call.target == nil, scope.conditions[call.function] != nil {
      return self.call(
        condition: call.function, call.arguments, at: span, isConjunct: isConjunct)
    }
    if call.target == nil, call.function == "timestamp" { return timestamp(call, at: span) }
    guard let function = Function(rawValue: call.function),
      call.target == nil || function.isMethod
    else { return refuse(unknownFunction(call), at: call.functionSpan) }
    if let label = call.arguments.compactMap(\.label).first {
      return refuse(.labelOnFunction(label.name, of: call.function), at: label.span)
    }
    let parts = (call.target.map { [$0] } ?? []) + call.arguments.map(\.value)
    var typed: [Typed] = []
    for part in parts {
      if let one = check(part) { typed.append(one) }
    }
    guard typed.count == parts.count else { return nil }
    return apply(function, typed, parts, at: call.functionSpan)
  }

  private mutating func apply(
    _ function: Function, _ typed: [Typed], _ parts: [Syntax], at span: Range<Int>
  ) -> Typed? {
    let signature = function.signature
    guard typed.count >= signature.required,
      typed.count <= signature.parameters.count || signature.repeats
    else {
      return refuse(
        .argumentCount(function.rawValue, expected: signature.arity, found: typed.count), at: span)
    }
    // `max(list)` looks for the greatest element.
    if function == .min || function == .max, typed.count == 1,
      case .list(let element) = typed[0].type, element.isQuantity
    {
      return Typed(.apply(.function(function), [typed[0].term]), element)
    }
    for (index, one) in typed.enumerated() {
      guard let parameter = signature.parameter(at: index) else { continue }
      if accepts(parameter, one.type, first: typed[0].type) { continue }
      return refuse(
        .argumentType(
          function.rawValue, slice(parts[index]), found: one.type,
          expected: Self.words(for: parameter, first: index == 0 ? nil : typed[0].type)),
        at: parts[index].span)
    }
    if function == .matches, case .text(let pattern)? = typed[1].term.constantValue {
      do throws(PatternFault) { _ = try Pattern(pattern) } catch {
        return refuse(.badPattern(error), at: parts[1].span)
      }
    }
    let type: ValueType =
      switch signature.result {
      case .exactly(let type): type
      case .sameAsFirst: typed[0].type
      }
    return Typed(.apply(.function(function), typed.map(\.term)), type)
  }

  private func accepts(
    _ parameter: Signature.Parameter, _ type: ValueType, first: ValueType
  ) -> Bool {
    switch parameter {
    case .exactly(.list(let element)):
      if case .list(let found) = type { element.unified(with: found) != nil } else { false }
    case .exactly(let expected): type == expected
    case .quantity: type.isQuantity && type == first
    case .magnitude: type == .number || type == .duration
    case .sized: type.isList || type == .text
    case .anyList: type.isList
    }
  }

  private static func words(
    for parameter: Signature.Parameter, first: ValueType?
  ) -> String {
    switch parameter {
    case .exactly(let type): type.words
    case .quantity: first?.words ?? "a number, a length of time or a point in time"
    case .magnitude: "a number or a length of time"
    case .sized: "a text or a list"
    case .anyList: "a list"
    }
  }

  private func unknownFunction(_ call: Syntax.Call) -> CheckFault {
    switch call.function {
    case "has", "all", "exists", "exists_one", "existsOne", "map", "filter", "daily", "weekly",
      "monthly", "forecast":
      return .notAvailable(call.function)
    case "money", "percent", "date", "number":
      return .formatInExpression(call.function)
    default:
      let known =
        Function.allCases.filter { call.target == nil || $0.isMethod }.map(\.rawValue)
        + (call.target == nil ? scope.conditions.keys.sorted() : [])
      return .unknownFunction(
        call.function, suggestion: nearest(to: call.function, among: known))
    }
  }

  /// `timestamp("2026-01-31T00:00:00Z")`, the one way to write a fixed point in time.
  private mutating func timestamp(_ call: Syntax.Call, at span: Range<Int>) -> Typed? {
    guard call.arguments.count == 1, case .literal(.text(let text)) = call.arguments[0].value.kind
    else {
      return refuse(
        .argumentCount("timestamp", expected: "1", found: call.arguments.count), at: span)
    }
    guard text.utf8.count > 10, text.hasSuffix("Z") || text.hasSuffix("z") || Self.hasOffset(text),
      let instant = Instant(text, in: .utc)
    else { return refuse(.badTimestamp(text), at: call.arguments[0].value.span) }
    return Typed(.constant(.instant(instant)), .instant)
  }

  private static func hasOffset(_ text: String) -> Bool {
    text.utf8.dropFirst(11).contains { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
  }

  // MARK: Conditions

  mutating func call(
    condition name: String, _ arguments: [Syntax.Argument], at span: Range<Int>, isConjunct: Bool
  ) -> Typed? {
    guard let condition = scope.conditions[name] else { return nil }
    var terms: [String: Term] = [:]
    var isWhole = true
    for argument in arguments {
      guard let label = argument.label else {
        report(
          .unlabelledArgument(
            slice(argument.value), of: name, label: condition.parameters.first?.name),
          at: argument.value.span)
        isWhole = false
        continue
      }
      guard let parameter = condition.parameters.first(where: { $0.name == label.name }) else {
        report(
          .unknownArgument(label.name, of: name, known: condition.parameters.map(\.name)),
          at: label.span)
        isWhole = false
        continue
      }
      if terms[label.name] != nil {
        report(.repeatedArgument(label.name), at: label.span)
        isWhole = false
      }
      guard let typed = check(argument.value),
        let fitting = expect(typed, .type(parameter.type), from: argument.value)
      else {
        isWhole = false
        continue
      }
      terms[label.name] = fitting.term
    }
    guard isWhole else { return nil }
    let expression = condition.call(terms, isConjunct: isConjunct)
    guard canInline(expression.term), expression.values.allSatisfy({ canInline($0.term) }) else {
      return refuse(.tooLarge, at: span)
    }
    adopt(expression)
    return Typed(expression.term, .bool)
  }
}

extension ConditionSymbol {
  /// The condition called with arguments; those left out have their fallback.
  ///
  /// As a conjunct, the whole of an expression or a part under nothing but `and`, its `scope` goes
  /// to the rule's; elsewhere it is joined to `when`.
  package func call(_ arguments: [String: Term], isConjunct: Bool) -> CheckedExpression {
    var replacements: [String: Term] = [:]
    for parameter in parameters {
      replacements[parameter.name] = arguments[parameter.name] ?? parameter.fallback
    }
    let when = when.replacing(replacements)
    let scope = scope?.replacing(replacements)
    let values = values.map { value in
      var replaced = value
      replaced.term = value.term.replacing(replacements)
      return replaced
    }
    guard let scope, !isConjunct else {
      return CheckedExpression(
        text: name, type: .bool, term: when, scopes: scope.map { [$0] } ?? [], values: values)
    }
    return CheckedExpression(
      text: name, type: .bool, term: .apply(.and, [scope, when]), values: values)
  }
}

extension ValueType {
  /// Whether values can be laid along a line: numbers and times.
  var isQuantity: Bool { self == .number || self == .duration || self == .instant }

  var isList: Bool {
    if case .list = self { true } else { false }
  }
}

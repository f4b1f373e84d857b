import Diagnostics

// Functions and conditions.
extension CheckPass {
  mutating func check(_ call: Syntax.Call, at span: Range<Int>, isConjunct: Bool) -> Typed? {
    if call.target == nil, scope.conditions[call.function] != nil {
      return self.call(
        condition: call.function, call.arguments, at: span, isConjunct: isConjunct)
    }
    let name = calledName(call)
    if let form = FormName(rawValue: name) { return check(form, call, at: span) }
    guard let function = Function.named(name) else {
      return refuse(unknownFunction(call, name), at: call.functionSpan)
    }
    guard !refusesLabel(in: call, of: call.function) else { return nil }
    let receiver = name.hasPrefix(".") ? call.target.map { [$0] } ?? [] : []
    let parts = receiver + call.arguments.map(\.value)
    var typed: [Typed] = []
    for part in parts {
      if let one = check(part) { typed.append(one) }
    }
    guard typed.count == parts.count else { return nil }
    return apply(function, typed, parts, asMethod: !receiver.isEmpty, at: call.functionSpan)
  }

  /// The spaces that CEL's functions stand in.
  static let spaces: Set<String> = [
    "math", "strings", "lists", "sets", "optional", "cel", "base64",
  ]

  /// What is called: `size`, `math.greatest`, or `.size` for a method.
  private func calledName(_ call: Syntax.Call) -> String {
    guard let target = call.target else { return call.function }
    if case .name(let space, _) = target.kind, Self.spaces.contains(space),
      !isKnown(space), scope.metrics[space] == nil
    {
      return "\(space).\(call.function)"
    }
    return ".\(call.function)"
  }

  private mutating func check(
    _ form: FormName, _ call: Syntax.Call, at span: Range<Int>
  ) -> Typed? {
    switch (form, call.target) {
    case (.has, _):
      return arguments(of: call, count: 1).flatMap { checkPresence(of: $0[0]) }
    case (.daily, nil): return checkSeries(call, per: .day)
    case (.weekly, nil): return checkSeries(call, per: .week)
    case (.monthly, nil): return checkSeries(call, per: .month)
    case (.timestamp, _): return timestamp(call)
    case (.duration, _): return duration(call)
    case (.bind, _): return checkBind(call)
    case (.optionalOf, _):
      return arguments(of: call, count: 1, as: form.rawValue).flatMap { check($0[0]) }
    case (.optionalNone, _):
      return arguments(of: call, count: 0, as: form.rawValue).map { _ in
        Typed(.constant(.missing), .null)
      }
    case (.orValue, let target?), (.or, let target?): return checkOr(call, target)
    case (.hasValue, let target?):
      return arguments(of: call, count: 0).flatMap { _ in checkPresence(of: target) }
    case (.value, let target?):
      return arguments(of: call, count: 0).flatMap { _ in check(target) }
    case (.optMap, let target?), (.optFlatMap, let target?):
      return checkOptionalMap(call, of: target)
    case (_, let target?):
      return checkLoop(call, over: target)
    case (_, nil):
      return refuse(unknownFunction(call, call.function), at: call.functionSpan)
    }
  }

  private mutating func apply(
    _ function: Function, _ typed: [Typed], _ parts: [Syntax], asMethod: Bool, at span: Range<Int>
  ) -> Typed? {
    let signature = function.signature
    guard typed.count >= signature.required,
      typed.count <= signature.parameters.count || signature.repeats
    else {
      let found = asMethod ? typed.count - 1 : typed.count
      return refuse(
        .argumentCount(
          function.rawValue, expected: signature.arity(asMethod: asMethod), found: found),
        at: span)
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
      if parameter.isQuantity, typed[0].type == .duration, one.type == .number {
        let first = slice(parts[0])
        return refuse(
          .numberWithoutUnit(first, slice(parts[index]), days: wholeNumber(one)),
          at: parts[index].span)
      }
      return refuse(
        .argumentType(
          function.rawValue, slice(parts[index]), found: one.type,
          expected: parameter.words(first: index == 0 ? nil : typed[0].type)),
        at: parts[index].span)
    }
    if function == .matches, case .text(let pattern)? = typed[1].term.constantValue {
      do throws(PatternFault) { _ = try Pattern(pattern) } catch {
        return refuse(.badPattern(error), at: parts[1].span)
      }
    }
    if function == .forecast, let fault = refusesForecast(of: typed[0], parts[0]) {
      return refuse(fault, at: parts[0].span)
    }
    let type: ValueType =
      switch signature.result {
      case .exactly(let type): type
      case .sameAsFirst: typed[0].type
      case .elementOfFirst: typed[0].type.element ?? .null
      }
    return Typed(.apply(.function(function), typed.map(\.term)), type)
  }

  private func accepts(
    _ parameter: Signature.Parameter, _ type: ValueType, first: ValueType
  ) -> Bool {
    switch parameter {
    case .exactly(.list(let element)): type.element?.unified(with: element) != nil
    case .exactly(let expected): type == expected
    case .quantity: type.isQuantity && type == first
    case .magnitude: type == .number || type == .duration
    case .sized: type.isList || type == .text
    case .anyOf(let types): types.contains(type)
    case .anyList: type.isList
    case .orderedList: type.element.map { $0.isOrdered || $0 == .null } ?? false
    case .nestedList: type.element.map { $0.isList || $0 == .null } ?? false
    case .alike: type.unified(with: first) != nil
    }
  }

  private func unknownFunction(_ call: Syntax.Call, _ name: String) -> CheckFault {
    if ["money", "percent", "date", "number"].contains(name) { return .formatInExpression(name) }
    let written = name.hasPrefix(".") ? call.function : name
    if let only = CelOnly(rawValue: written) { return .celOnly(only) }
    return .unknownFunction(written, suggestion: suggestion(for: call, name))
  }

  /// What other languages call what is meant.
  private static let meant = [
    "length": "size", "len": "size", "avg": "mean", "average": "mean", "lower": "lowerAscii",
    "upper": "upperAscii", "toLower": "lowerAscii", "toUpper": "upperAscii", "any": "exists",
    "some": "exists", "every": "all", "where": "filter", "select": "map", "coalesce": "orValue",
    "ifnull": "orValue", "nvl": "orValue", "ceiling": "ceil", "concat": "+",
  ]

  /// The call as a method of its first argument, where there is such a method.
  private func method(_ name: String, for call: Syntax.Call) -> String? {
    guard call.target == nil, let first = call.arguments.first?.value,
      Function.named(".\(name)") != nil || FormName(rawValue: ".\(name)") != nil
    else { return nil }
    let rest = call.arguments.dropFirst().map { slice($0.value) }.joined(separator: ", ")
    return "\(slice(first)).\(name)(\(rest))"
  }

  private func suggestion(for call: Syntax.Call, _ name: String) -> String? {
    if let meant = Self.meant[call.function] { return method(meant, for: call) ?? meant }
    // The same, written the other way round.
    if let target = call.target, name.hasPrefix("."), Function.named(call.function) != nil {
      let arguments = [slice(target)] + call.arguments.map { slice($0.value) }
      return "\(call.function)(\(arguments.joined(separator: ", ")))"
    }
    if let method = method(name, for: call) { return method }
    let names =
      Function.allCases.flatMap(\.names) + Function.aliases.keys + FormName.allCases.map(\.rawValue)
    if let spaced = names.sorted().first(where: {
      $0.hasSuffix(".\(call.function)") && $0.first != "."
    }) {
      return spaced
    }
    let known = names + scope.conditions.keys
    return nearest(to: name, among: known.sorted()).map { String($0.drop { $0 == "." }) }
  }

  /// `timestamp("2026-01-31T00:00:00Z")`, the one way to write a fixed point in time.
  private mutating func timestamp(_ call: Syntax.Call) -> Typed? {
    guard let syntax = arguments(of: call, count: 1)?[0] else { return nil }
    guard case .literal(.text(let text)) = syntax.kind else {
      return refuse(.notWrittenOut(call.function, slice(syntax)), at: syntax.span)
    }
    guard text.utf8.count > 10, text.hasSuffix("Z") || text.hasSuffix("z") || Self.hasOffset(text),
      let instant = Instant(text, in: .utc), instant >= .earliest, instant <= .latest
    else { return refuse(.badTimestamp(text), at: syntax.span) }
    return Typed(.constant(.instant(instant)), .instant)
  }

  /// `duration("1080h")`, CEL's way to write `1080h`.
  private mutating func duration(_ call: Syntax.Call) -> Typed? {
    guard let syntax = arguments(of: call, count: 1)?[0] else { return nil }
    guard case .literal(.text(let text)) = syntax.kind else {
      return refuse(.notWrittenOut(call.function, slice(syntax)), at: syntax.span)
    }
    guard let period = Period(celText: text) else {
      return refuse(.badDuration(text), at: syntax.span)
    }
    return Typed(.constant(.duration(period)), .duration)
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
    var expression = condition.raised(by: depth).call(terms, isConjunct: isConjunct)
    // What changes with each element of a list is no value of the whole rule.
    expression.values.removeAll { $0.term.readsVariables(below: depth) }
    guard canInline(expression.term), expression.values.allSatisfy({ canInline($0.term) }) else {
      return refuse(.tooLarge, at: span)
    }
    adopt(expression)
    return Typed(expression.term, .bool)
  }
}

extension ConditionSymbol {
  /// The condition as it may stand in loops that have `depth` variables.
  fileprivate func raised(by depth: Int) -> ConditionSymbol {
    var raised = self
    raised.scope = scope?.shifted(from: 0, by: depth)
    raised.when = when.shifted(from: 0, by: depth)
    for index in values.indices {
      raised.values[index].term = values[index].term.shifted(from: 0, by: depth)
    }
    return raised
  }

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

  /// What a list is a list of.
  var element: ValueType? {
    if case .list(let element) = self { element } else { nil }
  }

  var isList: Bool { element != nil }
}

// Calls, and the macros that look like calls.
extension CELCompiler {
  mutating func call(_ call: Syntax.Call, at span: Range<Int>) throws(CELFault) -> CELNode.Kind {
    let arguments = call.arguments.map(\.value)
    if let target = call.target {
      if let loop = try loop(call.function, over: target, arguments) { return loop }
      if let form = try form(call, on: target, arguments) { return form }
    } else if call.function == "has", arguments.count == 1, environment.forms.contains(.macros) {
      guard case .select(let value, let selector) = arguments[0].kind else {
        throw CELFault("has() asks for a field, as in has(a.b)", at: span)
      }
      return .has(try node(value), selector.name)
    }
    if let (name, overloads) = functions(named: call.function, after: call.target) {
      if let extreme = try extreme(name, arguments, at: span) { return extreme }
      let fitting = overloads.filter { $0.parameters.count == arguments.count }
      return self.call(name, fitting, try nodes(arguments))
    }
    guard let target = call.target else {
      return .call(call.function, [], try nodes(arguments))
    }
    let overloads = environment.functions[call.function] ?? []
    let fitting = overloads.filter { $0.isMember && $0.parameters.count == arguments.count + 1 }
    return self.call(call.function, fitting, try nodes([target] + arguments))
  }

  private func call(
    _ name: String, _ overloads: [CELOverload], _ operands: [CELNode]
  ) -> CELNode.Kind {
    guard case .constant(let last)? = operands.last?.kind else {
      return .call(name, overloads, operands)
    }
    return .call(name, overloads.map { $0.prepared(for: last) }, operands)
  }

  // MARK: Loops

  private mutating func loop(
    _ name: String, over range: Syntax, _ arguments: [Syntax]
  ) throws(CELFault) -> CELNode.Kind? {
    let count = arguments.count
    switch name {
    case "all" where count == 2: return try loop(.all, range, 1, arguments)
    case "exists" where count == 2: return try loop(.exists, range, 1, arguments)
    case "exists_one" where count == 2, "existsOne" where count == 2:
      return try loop(.existsOne, range, 1, arguments)
    case "map" where count == 2 || count == 3: return try loop(.list, range, 1, arguments)
    // What passes the filter stays as it is.
    case "filter" where count == 2:
      return try loop(.list, range, 1, arguments + [arguments[0]])
    case "all" where count == 3: return try loop(.all, range, 2, arguments)
    case "exists" where count == 3: return try loop(.exists, range, 2, arguments)
    case "exists_one" where count == 3, "existsOne" where count == 3:
      return try loop(.existsOne, range, 2, arguments)
    case "transformList" where count == 3 || count == 4:
      return try loop(.list, range, 2, arguments)
    case "transformMap" where count == 3 || count == 4:
      return try loop(.map, range, 2, arguments)
    case "transformMapEntry" where count == 3 || count == 4:
      return try loop(.mapEntry, range, 2, arguments)
    default: return nil
    }
  }

  /// A loop with its variables, then perhaps a filter, then its body among the arguments.
  private mutating func loop(
    _ purpose: CELNode.Loop.Purpose, _ range: Syntax, _ variables: Int, _ arguments: [Syntax]
  ) throws(CELFault) -> CELNode.Kind? {
    guard environment.forms.contains(variables == 1 ? .macros : .twoVariables) else { return nil }
    var names: [String] = []
    for argument in arguments.prefix(variables) { names.append(try variable(argument)) }
    guard Set(names).count == names.count else {
      throw CELFault("the two variables need two names", at: arguments[1].span)
    }
    let compiledRange = try node(range)
    return try within(names) { (compiler, slots) throws(CELFault) in
      let parts = try compiler.nodes(Array(arguments.dropFirst(variables)))
      return .loop(
        CELNode.Loop(
          purpose: purpose, range: compiledRange, slots: slots,
          filter: parts.count == 2 ? parts[0] : nil, body: parts[parts.count - 1]))
    }
  }

  private func variable(_ syntax: Syntax) throws(CELFault) -> String {
    guard case .name(let name, isAbsolute: false) = syntax.kind else {
      throw CELFault("a variable's name should stand here", at: syntax.span)
    }
    return name
  }

  // MARK: Other forms

  private mutating func form(
    _ call: Syntax.Call, on target: Syntax, _ arguments: [Syntax]
  ) throws(CELFault) -> CELNode.Kind? {
    let hasOptionals = environment.forms.contains(.optionals)
    switch (call.function, arguments.count) {
    case ("bind", 3) where environment.forms.contains(.bind) && isCall(call, "cel.bind"):
      let value = try node(arguments[1])
      return try within([try variable(arguments[0])]) { (compiler, slots) throws(CELFault) in
        .bind(slot: slots[0], value, try compiler.node(arguments[2]))
      }
    case ("optMap", 2) where hasOptionals, ("optFlatMap", 2) where hasOptionals:
      let value = try node(target)
      let isFlat = call.function == "optFlatMap"
      return try within([try variable(arguments[0])]) { (compiler, slots) throws(CELFault) in
        .mapOptional(value, slot: slots[0], try compiler.node(arguments[1]), isFlat: isFlat)
      }
    case ("or", 1) where hasOptionals, ("orValue", 1) where hasOptionals:
      let isValue = call.function == "orValue"
      return .alternative(try node(target), try node(arguments[0]), isValue: isValue)
    case ("sortBy", 2) where environment.forms.contains(.sorting):
      let list = try node(target)
      return try within([try variable(arguments[0])]) { (compiler, slots) throws(CELFault) in
        .sort(list, slot: slots[0], try compiler.node(arguments[1]))
      }
    default: return nil
    }
  }

  /// `math.greatest` and `math.least` of any number of arguments, as of a list.
  private mutating func extreme(
    _ name: String, _ arguments: [Syntax], at span: Range<Int>
  ) throws(CELFault) -> CELNode.Kind? {
    guard environment.forms.contains(.extremes), arguments.count > 1,
      name == "math.greatest" || name == "math.least",
      let overloads = environment.functions[name]
    else { return nil }
    let elements = try nodes(arguments).map { CELNode.Element(value: $0, isOptional: false) }
    let list = CELNode(kind: .list(elements), span: span)
    return .call(
      name, overloads.filter { if case .list = $0.parameters[0] { true } else { false } }, [list])
  }
}

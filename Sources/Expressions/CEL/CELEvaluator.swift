/// Evaluates a program once.
struct CELEvaluator {
  let bindings: [String: CELValue]

  /// The variables of loops and bindings.
  var frame: [CELValue]
  var meter: CELMeter

  init(bindings: [String: CELValue], frameSize: Int, meter: CELMeter) {
    self.bindings = bindings
    frame = Array(repeating: .null, count: frameSize)
    self.meter = meter
  }

  mutating func value(of node: CELNode) throws(CELError) -> CELValue {
    try meter.spend(1)
    switch node.kind {
    case .constant(let value): return value
    case .typeName(let name, _): return .type(name)
    case .local(let slot): return frame[slot]
    case .variable(let name):
      guard let value = bindings[name] else { throw .unboundName(name) }
      return value
    case .unknown(let name): throw .unboundName(name)
    case .select(let operand, let name, let isOptional):
      return try select(name, from: try value(of: operand), isOptional: isOptional)
    case .has(let operand, let name):
      return .bool(try has(name, in: try value(of: operand)))
    case .index(let operand, let position, let isOptional):
      let container = try value(of: operand)
      let index = try value(of: position)
      try meter.spend(index.weight)
      return try element(at: index, of: container, isOptional: isOptional)
    case .list(let elements): return try list(elements)
    case .map(let entries): return try map(entries)
    case .not(let operand): return .bool(!(try bool(operand, "!")))
    case .minus(let operand): return try value(of: operand).negated()
    case .logic(let logic, let operands): return .bool(try decide(logic, operands))
    case .conditional(let condition, let then, let otherwise):
      return try value(of: try bool(condition, "?:") ? then : otherwise)
    case .binary(let binary, let left, let right):
      let first = try value(of: left)
      let second = try value(of: right)
      try meter.spend(first.weight + second.weight)
      return try CELValue.binary(binary, first, second, &meter)
    case .call(let name, let overloads, let operands):
      return try call(name, overloads, operands)
    case .loop(let loop): return try run(loop)
    case .bind(let slot, let bound, let body):
      frame[slot] = try value(of: bound)
      return try value(of: body)
    case .mapOptional(let operand, let slot, let body, let isFlat):
      return try mapOptional(operand, slot, body, isFlat: isFlat)
    case .alternative(let operand, let other, let isValue):
      return try alternative(operand, other, isValue: isValue)
    case .sort(let operand, let slot, let key):
      return try sort(operand, slot, key)
    }
  }

  mutating func bool(_ node: CELNode, _ operation: String) throws(CELError) -> Bool {
    let value = try value(of: node)
    guard case .bool(let bool) = value else { throw .noSuchOverload(operation, [value.typeName]) }
    return bool
  }

  /// `&&` and `||`: an operand that decides outweighs the faults of all others.
  private mutating func decide(
    _ logic: Syntax.LogicOperator, _ operands: [CELNode]
  ) throws(CELError) -> Bool {
    let deciding = logic == .or
    var fault: CELError?
    for operand in operands {
      do throws(CELError) {
        if try bool(operand, deciding ? "||" : "&&") == deciding { return deciding }
      } catch {
        try absorb(error, &fault)
      }
    }
    if let fault { throw fault }
    return !deciding
  }

  /// Keeps a fault back until nothing can outweigh it any more.
  func absorb(_ error: CELError, _ fault: inout CELError?) throws(CELError) {
    if case .costLimit = error { throw error }
    fault = fault ?? error
  }

  private mutating func call(
    _ name: String, _ overloads: [CELOverload], _ operands: [CELNode]
  ) throws(CELError) -> CELValue {
    var values: [CELValue] = []
    values.reserveCapacity(operands.count)
    for operand in operands {
      let value = try value(of: operand)
      try meter.spend(value.weight)
      values.append(value)
    }
    for overload in overloads where overload.admits(values) {
      guard let body = overload.body else { continue }
      return try body(CELArguments(name: name, values: values), &meter)
    }
    guard !overloads.isEmpty else { throw .unknownFunction(name) }
    throw .noSuchOverload(name, values.map(\.typeName))
  }

  // MARK: Lists and maps

  private mutating func list(_ elements: [CELNode.Element]) throws(CELError) -> CELValue {
    var list: [CELValue] = []
    list.reserveCapacity(elements.count)
    for element in elements {
      let value = try value(of: element.value)
      guard element.isOptional else {
        list.append(value)
        continue
      }
      if let present = try optional(value, "[?]") { list.append(present) }
    }
    return .list(list)
  }

  private mutating func map(_ entries: [CELNode.Entry]) throws(CELError) -> CELValue {
    var map = CELMap()
    for entry in entries {
      let key = try value(of: entry.key)
      let value = try value(of: entry.value)
      guard entry.isOptional else {
        try map.insert(key, value)
        continue
      }
      if let present = try optional(value, "{?}") { try map.insert(key, present) }
    }
    return .map(map)
  }

  /// What is in an optional value.
  func optional(_ value: CELValue, _ operation: String) throws(CELError) -> CELValue? {
    guard case .optional(let present) = value else {
      throw .noSuchOverload(operation, [value.typeName])
    }
    return present
  }
}

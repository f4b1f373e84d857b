// Macros over lists.
extension Evaluator {
  /// Whether so many elements may still be looked at; where nothing repeats, whatever is there.
  func maySpend(_ count: Int) -> Bool { workspace?.spend(count) ?? true }

  /// The same for text, of which four bytes weigh as much as an element.
  func maySpend(bytes: Int) -> Bool { maySpend(bytes / 4) }

  func loop(_ loop: LoopNode) -> Value {
    let list = value(of: loop.list)
    guard case .list(let elements) = list else {
      return list.failure ?? wrongType(loop.kind.rawValue, list)
    }
    guard let workspace else { preconditionFailure("A loop runs without a workspace.") }
    // A loop further in may use the same slots, if it came with a name from outside.
    let outer = (
      workspace.variables[loop.elementSlot], loop.indexSlot.map { workspace.variables[$0] }
    )
    defer {
      workspace.variables[loop.elementSlot] = outer.0
      if let slot = loop.indexSlot { workspace.variables[slot] = outer.1 ?? .missing }
    }
    func enter(_ index: Int) -> Bool {
      workspace.variables[loop.elementSlot] = elements[index]
      if let slot = loop.indexSlot { workspace.variables[slot] = .number(Double(index)) }
      return workspace.spend(1)
    }
    switch loop.kind {
    case .all: return quantified(loop, elements.indices, decidedBy: false, enter)
    case .exists: return quantified(loop, elements.indices, decidedBy: true, enter)
    case .existsOne: return existsOne(loop, elements.indices, enter)
    case .filter: return filtered(loop, elements, enter)
    case .map, .transformList: return mapped(loop, elements.indices, enter)
    case .sortBy: return sorted(loop, elements, enter)
    }
  }

  private func quantified(
    _ loop: LoopNode, _ indices: Range<Int>, decidedBy deciding: Bool, _ enter: (Int) -> Bool
  ) -> Value {
    var result = Value.bool(!deciding)
    for index in indices {
      guard enter(index) else { return .error(.tooCostly) }
      let value = value(of: loop.body)
      switch value {
      case .bool(deciding): return value
      case .bool: break
      default: result = undecided(result, value)
      }
    }
    return result
  }

  /// A second one decides, whatever is not known about others; as in CEL an error always counts.
  private func existsOne(
    _ loop: LoopNode, _ indices: Range<Int>, _ enter: (Int) -> Bool
  ) -> Value {
    var count = 0
    var isUnknown = false
    for index in indices {
      guard enter(index) else { return .error(.tooCostly) }
      switch value(of: loop.body) {
      case .bool(let isTrue): if isTrue { count += 1 }
      case .missing: isUnknown = true
      case let value: return value.failure ?? wrongType(loop.kind.rawValue, value)
      }
    }
    if count > 1 { return .bool(false) }
    return isUnknown ? .missing : .bool(count == 1)
  }

  private func filtered(
    _ loop: LoopNode, _ elements: [Value], _ enter: (Int) -> Bool
  ) -> Value {
    var kept: [Value] = []
    for index in elements.indices {
      guard enter(index) else { return .error(.tooCostly) }
      let value = value(of: loop.body)
      guard case .bool(let isKept) = value else {
        return value.failure ?? wrongType(loop.kind.rawValue, value)
      }
      if isKept { kept.append(elements[index]) }
    }
    return .list(kept)
  }

  private func mapped(
    _ loop: LoopNode, _ indices: Range<Int>, _ enter: (Int) -> Bool
  ) -> Value {
    var results: [Value] = []
    for index in indices {
      guard enter(index) else { return .error(.tooCostly) }
      if let filter = loop.filter {
        let test = value(of: filter)
        guard case .bool(let isWanted) = test else {
          return test.failure ?? wrongType(loop.kind.rawValue, test)
        }
        guard isWanted else { continue }
      }
      let value = settledValue(of: loop.body)
      if let failure = value.failure { return failure }
      results.append(value)
    }
    return .list(results)
  }

  private func sorted(
    _ loop: LoopNode, _ elements: [Value], _ enter: (Int) -> Bool
  ) -> Value {
    var keys: [Value] = []
    for index in elements.indices {
      guard enter(index) else { return .error(.tooCostly) }
      let key = settledValue(of: loop.body)
      if let failure = key.failure { return failure }
      keys.append(key)
    }
    let places = elements.indices.sorted { isBefore(keys[$0], keys[$1], tie: $0 < $1) }
    return .list(places.map { elements[$0] })
  }

  /// The order of two values of one type; what is missing comes last.
  func isBefore(_ left: Value, _ right: Value, tie: Bool) -> Bool {
    if left.failure != nil || right.failure != nil {
      return left.failure == nil || (right.failure != nil && tie)
    }
    let order = order(left, right) ?? 0
    return order == 0 ? tie : order < 0
  }

  // MARK: Tables and places

  func lookup(_ table: Table) -> Value {
    let key = value(of: table.key)
    if let failure = key.failure { return failure }
    for entry in table.entries {
      let found = compare(.equal, table.key, key, entry.key, table.precision)
      if case .bool(true) = found { return settledValue(of: entry.value) }
      if case .error = found { return found }
    }
    return .missing
  }

  func element(of list: Node, at index: Node) -> Value {
    let (values, place) = (value(of: list), settledValue(of: index))
    if let failure = values.failure ?? place.failure { return failure }
    guard case .list(let elements) = values, case .number(let number) = place else {
      return wrongType("a place", values)
    }
    guard let index = Int(exactly: number) else { return .error(.outOfRange("a place")) }
    return elements.indices.contains(index) ? elements[index] : .missing
  }

  /// The first operand that is there; the last one as it is.
  func firstPresent(_ operands: [Node]) -> Value {
    var value = Value.missing
    for operand in operands {
      value = settledValue(of: operand)
      if value.failure == nil { return value }
    }
    return value
  }
}

// Comprehensions, as loops.
extension CELEvaluator {
  mutating func run(_ loop: CELNode.Loop) throws(CELError) -> CELValue {
    let range = try range(try value(of: loop.range))
    switch loop.purpose {
    case .all: return .bool(try decide(loop, range, deciding: false))
    case .exists: return .bool(try decide(loop, range, deciding: true))
    case .existsOne:
      var count = 0
      for index in range.indices {
        enter(range, index, loop)
        if try bool(loop.body, "existsOne") { count += 1 }
      }
      return .bool(count == 1)
    case .list:
      var list: [CELValue] = []
      for index in range.indices where try passes(range, index, loop) {
        list.append(try value(of: loop.body))
      }
      return .list(list)
    case .map:
      var map = CELMap()
      for index in range.indices where try passes(range, index, loop) {
        // The body may have variables of its own, but not in the same places.
        try map.insert(frame[loop.slots[0]], try value(of: loop.body))
      }
      return .map(map)
    case .mapEntry:
      var map = CELMap()
      for index in range.indices where try passes(range, index, loop) {
        let made = try value(of: loop.body)
        guard case .map(let entries) = made else {
          throw .noSuchOverload("transformMapEntry", [made.typeName])
        }
        for entry in entries.entries { try map.insert(entry.key, entry.value) }
      }
      return .map(map)
    }
  }

  /// What a loop goes over, which is not copied: an element may decide at once.
  private enum Range {
    case list([CELValue])
    case map([CELMap.Entry])

    var indices: Swift.Range<Int> {
      switch self {
      case .list(let list): list.indices
      case .map(let entries): entries.indices
      }
    }
  }

  private func range(_ value: CELValue) throws(CELError) -> Range {
    switch value {
    case .list(let list): .list(list)
    case .map(let map): .map(map.entries)
    default: throw .noSuchOverload("comprehension", [value.typeName])
    }
  }

  /// Sets the variables: the element or key alone, or the position or key and what is there.
  private mutating func enter(_ range: Range, _ index: Int, _ loop: CELNode.Loop) {
    let isSingle = loop.slots.count == 1
    switch range {
    case .list(let list):
      frame[loop.slots[0]] = isSingle ? list[index] : .int(Int64(index))
      if !isSingle { frame[loop.slots[1]] = list[index] }
    case .map(let entries):
      frame[loop.slots[0]] = entries[index].key
      if !isSingle { frame[loop.slots[1]] = entries[index].value }
    }
  }

  private mutating func passes(
    _ range: Range, _ index: Int, _ loop: CELNode.Loop
  ) throws(CELError) -> Bool {
    enter(range, index, loop)
    guard let filter = loop.filter else { return true }
    return try bool(filter, "filter")
  }

  /// An element that decides outweighs the faults of all others.
  private mutating func decide(
    _ loop: CELNode.Loop, _ range: Range, deciding: Bool
  ) throws(CELError) -> Bool {
    var fault: CELError?
    for index in range.indices {
      enter(range, index, loop)
      do throws(CELError) {
        if try bool(loop.body, deciding ? "exists" : "all") == deciding { return deciding }
      } catch {
        try absorb(error, &fault)
      }
    }
    if let fault { throw fault }
    return !deciding
  }

  /// `list.sortBy(x, key)`, whose keys are computed once for each element.
  mutating func sort(
    _ operand: CELNode, _ slot: Int, _ key: CELNode
  ) throws(CELError) -> CELValue {
    let value = try value(of: operand)
    guard case .list(let list) = value else { throw .noSuchOverload("sortBy", [value.typeName]) }
    var keys: [CELValue] = []
    for element in list {
      frame[slot] = element
      keys.append(try self.value(of: key))
    }
    return .list(try CELLibrary.sorted(list, by: keys, "sortBy", &meter))
  }
}

// Comprehensions, as loops.
extension CELEvaluator {
  mutating func run(_ loop: CELNode.Loop) throws(CELError) -> CELValue {
    let steps = try steps(of: try value(of: loop.range), variables: loop.slots.count)
    switch loop.purpose {
    case .all: return .bool(try decide(loop, steps, deciding: false))
    case .exists: return .bool(try decide(loop, steps, deciding: true))
    case .existsOne:
      var count = 0
      for step in steps {
        enter(step, loop)
        if try bool(loop.body, "existsOne") { count += 1 }
      }
      return .bool(count == 1)
    case .list:
      var list: [CELValue] = []
      for step in steps where try passes(step, loop) { list.append(try value(of: loop.body)) }
      return .list(list)
    case .map:
      var map = CELMap()
      for step in steps where try passes(step, loop) {
        try map.insert(step.first, try value(of: loop.body))
      }
      return .map(map)
    case .mapEntry:
      var map = CELMap()
      for step in steps where try passes(step, loop) {
        let made = try value(of: loop.body)
        guard case .map(let entries) = made else {
          throw .noSuchOverload("transformMapEntry", [made.typeName])
        }
        for entry in entries.entries { try map.insert(entry.key, entry.value) }
      }
      return .map(map)
    }
  }

  /// The values of a loop's variables; the second is there only if there are two of them.
  private typealias Step = (first: CELValue, second: CELValue)

  private func steps(of range: CELValue, variables: Int) throws(CELError) -> [Step] {
    switch range {
    case .list(let list) where variables == 1: return list.map { ($0, .null) }
    case .list(let list): return list.enumerated().map { (.int(Int64($0)), $1) }
    case .map(let map): return map.entries.map { ($0.key, $0.value) }
    default: throw .noSuchOverload("comprehension", [range.typeName])
    }
  }

  private mutating func enter(_ step: Step, _ loop: CELNode.Loop) {
    frame[loop.slots[0]] = step.first
    if loop.slots.count > 1 { frame[loop.slots[1]] = step.second }
  }

  private mutating func passes(_ step: Step, _ loop: CELNode.Loop) throws(CELError) -> Bool {
    enter(step, loop)
    guard let filter = loop.filter else { return true }
    return try bool(filter, "filter")
  }

  /// An element that decides outweighs the faults of all others.
  private mutating func decide(
    _ loop: CELNode.Loop, _ steps: [Step], deciding: Bool
  ) throws(CELError) -> Bool {
    var fault: CELError?
    for step in steps {
      enter(step, loop)
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

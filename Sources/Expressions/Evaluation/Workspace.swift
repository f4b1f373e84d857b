/// What one evaluation keeps beside the row: the variables of loops, and how much it may still do.
final class Workspace {
  var variables: [Value]
  private var budget = Workspace.limit

  /// How many elements one evaluation may look at.
  static let limit = 100_000

  init(variableCount: Int) {
    variables = Array(repeating: .missing, count: variableCount)
  }

  /// Takes from the budget; false once it is used up, for good.
  func spend(_ count: Int) -> Bool {
    budget = count > budget ? -1 : budget - count
    return budget >= 0
  }
}

/// A loop as a step of a program.
final class LoopNode: Sendable {
  let kind: Loop.Kind
  let list: Node
  let indexSlot: Int?
  let elementSlot: Int
  let filter: Node?
  let body: Node

  init(
    _ kind: Loop.Kind, list: Node, indexSlot: Int?, elementSlot: Int, filter: Node?, body: Node
  ) {
    self.kind = kind
    self.list = list
    self.indexSlot = indexSlot
    self.elementSlot = elementSlot
    self.filter = filter
    self.body = body
  }
}

/// A table as a step of a program: keys that are the same for every row, and what they stand for.
final class Table: Sendable {
  let key: Node
  let precision: Precision
  let entries: [(key: Node, value: Node)]

  init(key: Node, entries: [(key: Node, value: Node)]) {
    self.key = key
    precision = max(key.precision, entries.map(\.key.precision).max() ?? .exact)
    self.entries = entries
  }
}

extension Function {
  /// Whether what it makes or looks at may be many times the size of what it is given.
  var needsBudget: Bool {
    switch self {
    case .range, .replace, .join, .split, .distinct, .containsAll, .equivalent, .intersects: true
    default: false
    }
  }
}

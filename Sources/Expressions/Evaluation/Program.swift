/// What evaluation needs besides the row.
package struct EvaluationContext: Sendable, Hashable {
  /// The run's scheduled time.
  package var now: Instant

  /// The tenant's zone.
  package var zone: Zone

  /// Creates a context.
  package init(now: Instant, zone: Zone) {
    self.now = now
    self.zone = zone
  }
}

/// A row whose inputs stand in numbered slots.
package protocol RowSource {
  /// The value of a slot; `.missing` for NULL.
  func value(at slot: Int) -> Value
}

/// A term compiled for rows of one layout: compile once, evaluate many.
///
/// Evaluation never traps: what cannot be computed is `missing` or an `error` value. This evaluator
/// is the reference for every faster one.
package struct Program: Sendable {
  private let root: Node
  private let context: EvaluationContext

  /// How many variables the loops need; `nil` if nothing in the program can take long.
  private let variableCount: Int?

  /// Compiles a term; `slots` says where each of its inputs stands in a row.
  package init(_ term: Term, slots: [Input: Int], context: EvaluationContext) {
    var compiler = Compiler(slots: slots, context: context)
    self.root = compiler.node(for: term)
    self.context = context
    variableCount = compiler.variableCount
  }

  /// Evaluates the term for one row.
  package func value(of row: some RowSource, severity: Severity? = nil) -> Value {
    Evaluator(
      row: row, severity: severity, context: context,
      workspace: variableCount.map { Workspace(variableCount: $0) }
    ).value(of: root)
  }
}

/// A step of a program.
///
/// What most rows come by holds its parts in objects: unlike the parts of an indirect case they
/// are looked at without counting references to them.
enum Node: Sendable {
  case constant(Value)
  case slot(Int)
  case severity
  case and(Pair)
  case or(Pair)
  indirect case not(Node)
  case compare(Comparison, Pair, Precision)
  indirect case between(Node, Node, Node, Precision)

  /// `x in [a, b]`.
  case isAny(Choice, Precision)

  /// `x in list`.
  indirect case isIn(Node, Node)
  indirect case isMissing(Node, isNegated: Bool)
  indirect case conditional(Node, Node, Node)
  case arithmetic(Arithmetic, Pair)
  indirect case negate(Node)
  case list([Node])
  indirect case severityIs(Severity, isAtLeast: Bool, Node)
  case call(Function, [Node])

  case variable(Int)
  case loop(LoopNode)
  case lookup(Table)
  indirect case element(Node, Node)
  case firstPresent([Node])

  /// `matches` with a pattern that is the same for every row.
  indirect case matches(Node, Pattern)
}

/// The two sides of a step.
final class Pair: Sendable {
  let left: Node
  let right: Node

  init(_ left: Node, _ right: Node) {
    self.left = left
    self.right = right
  }
}

/// What is looked for, and among what.
final class Choice: Sendable {
  let sought: Node
  let elements: [Node]

  init(_ sought: Node, among elements: [Node]) {
    self.sought = sought
    self.elements = elements
  }
}

enum Comparison: Sendable {
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

  /// Whether it holds where the left side is less (-1), equal (0) or greater (1).
  func holds(_ order: Int) -> Bool {
    switch self {
    case .equal: order == 0
    case .notEqual: order != 0
    case .less: order < 0
    case .lessOrEqual: order <= 0
    case .greater: order > 0
    case .greaterOrEqual: order >= 0
    }
  }
}

enum Arithmetic: Sendable { case add, subtract, multiply, divide, modulo }

/// How far the numbers of a comparison can be trusted as they are.
enum Precision: Sendable, Comparable {
  /// They are read or written: the order of Doubles is that of their decimals.
  case exact

  /// They are computed: near a tie the last digits decide.
  case computed

  /// They are sums or differences, of which little but rounding errors may be left.
  case cancelling
}

extension Node {
  /// How far the node's number can be trusted.
  var precision: Precision {
    switch self {
    case .arithmetic(.add, _), .arithmetic(.subtract, _): .cancelling
    case .arithmetic(_, let pair): max(.computed, pair.left.precision, pair.right.precision)
    case .negate(let inner): inner.precision
    case .conditional(_, let first, let second): max(first.precision, second.precision)
    case .list(let nodes): nodes.map(\.precision).max() ?? .exact
    case .call(let function, let operands):
      switch function {
      case .min, .max, .abs, .clamp: operands.map(\.precision).max() ?? .exact
      case .sum, .mean, .slope, .stddev, .median, .percentile, .forecast:
        .cancelling
      case .sqrt, .z, .days: .computed
      default: .exact
      }
    default: .exact
    }
  }

  fileprivate var isConstant: Bool {
    if case .constant = self { true } else { false }
  }
}

private struct Compiler {
  let slots: [Input: Int]
  let context: EvaluationContext
  var variableCount: Int?

  mutating func node(for term: Term) -> Node {
    switch term {
    case .constant(let value): return .constant(value)
    case .input(let input, _):
      guard let slot = slots[input] else { preconditionFailure("\(input) was not fetched") }
      return .slot(slot)
    case .now: return .constant(.instant(context.now))
    case .today: return .constant(.instant(context.zone.startOfDay(context.now)))
    case .severity: return .severity
    case .parameter(let name):
      preconditionFailure("param \(name) of a condition has no argument")
    case .named(_, let inner): return node(for: inner)
    case .variable(let variable): return .variable(variable.slot)
    case .loop(let loop): return .loop(node(for: loop))
    case .apply(let operation, let terms):
      let operands = terms.map { node(for: $0) }
      guard let node = node(for: operation, operands) else {
        preconditionFailure("\(operation) does not take \(operands.count) operands")
      }
      return operands.allSatisfy(\.isConstant) ? folded(node) : node
    }
  }

  private mutating func node(for loop: Loop) -> LoopNode {
    let slots = loop.variables.map(\.slot)
    variableCount = max(variableCount ?? 0, (slots.max() ?? 0) + 1)
    return LoopNode(
      loop.kind, list: node(for: loop.list), indexSlot: slots.count > 1 ? slots[0] : nil,
      elementSlot: slots[slots.count - 1], filter: loop.filter.map { node(for: $0) },
      body: node(for: loop.body))
  }

  /// The value of what is the same for every row.
  ///
  /// Numbers stay as they are: a computed one that is compared needs its exact operands.
  private func folded(_ node: Node) -> Node {
    let evaluator = Evaluator(
      row: NoRow(), severity: nil, context: context, workspace: Workspace(variableCount: 0))
    switch node {
    case .severityIs, .list: return node
    default: break
    }
    let value = evaluator.value(of: node)
    if case .number = value { return node }
    return .constant(value)
  }

  /// `nil` if the operation takes another number of operands.
  private mutating func node(for operation: Operation, _ operands: [Node]) -> Node? {
    switch operation {
    case .and: balanced(operands[...], joined: Node.and) ?? .constant(.bool(true))
    case .or: balanced(operands[...], joined: Node.or) ?? .constant(.bool(false))
    case .list: .list(operands)
    case .firstPresent: .firstPresent(operands)
    case .lookup: lookup(operands)
    case .function(let function): call(function, operands)
    default:
      switch operands.count {
      case 1: node(for: operation, operands[0])
      case 2: node(for: operation, operands[0], operands[1])
      case 3: node(for: operation, operands[0], operands[1], operands[2])
      default: nil
      }
    }
  }

  /// Many operands as a tree of pairs, which is as deep as the logarithm of their count.
  private func balanced(_ operands: ArraySlice<Node>, joined: (Pair) -> Node) -> Node? {
    guard operands.count > 1 else { return operands.first }
    let middle = operands.startIndex + operands.count / 2
    guard let left = balanced(operands[..<middle], joined: joined),
      let right = balanced(operands[middle...], joined: joined)
    else { return nil }
    return joined(Pair(left, right))
  }

  private func node(for operation: Operation, _ operand: Node) -> Node? {
    switch operation {
    case .not: .not(operand)
    case .isMissing: .isMissing(operand, isNegated: false)
    case .isPresent: .isMissing(operand, isNegated: true)
    case .negate: .negate(operand)
    case .severityIs(let severity): .severityIs(severity, isAtLeast: false, operand)
    case .severityAtLeast(let severity): .severityIs(severity, isAtLeast: true, operand)
    default: nil
    }
  }

  private func node(for operation: Operation, _ left: Node, _ right: Node) -> Node? {
    let comparison: Comparison? =
      switch operation {
      case .equal: .equal
      case .notEqual: .notEqual
      case .less: .less
      case .lessOrEqual: .lessOrEqual
      case .greater: .greater
      case .greaterOrEqual: .greaterOrEqual
      default: nil
      }
    let precision = max(left.precision, right.precision)
    if let comparison { return .compare(comparison, Pair(left, right), precision) }
    return switch operation {
    case .element: .element(left, right)
    case .isIn:
      if case .list(let elements) = right {
        .isAny(Choice(left, among: elements), precision)
      } else {
        .isIn(left, right)
      }
    case .add: .arithmetic(.add, Pair(left, right))
    case .subtract: .arithmetic(.subtract, Pair(left, right))
    case .multiply: .arithmetic(.multiply, Pair(left, right))
    case .divide: .arithmetic(.divide, Pair(left, right))
    case .modulo: .arithmetic(.modulo, Pair(left, right))
    default: nil
    }
  }

  private func node(
    for operation: Operation, _ first: Node, _ second: Node, _ third: Node
  ) -> Node? {
    switch operation {
    case .conditional: .conditional(first, second, third)
    case .between:
      .between(
        first, second, third, max(first.precision, second.precision, third.precision))
    default: nil
    }
  }

  private func lookup(_ operands: [Node]) -> Node? {
    guard let key = operands.first, operands.count.isMultiple(of: 2) == false else { return nil }
    let entries = stride(from: 1, to: operands.count, by: 2).map { index in
      (key: operands[index], value: operands[index + 1])
    }
    return .lookup(Table(key: key, entries: entries))
  }

  private mutating func call(_ function: Function, _ operands: [Node]) -> Node? {
    if function.needsBudget { variableCount = variableCount ?? 0 }
    let signature = function.signature
    let isRight =
      operands.count >= signature.required
      && (operands.count <= signature.parameters.count || signature.repeats)
    if isRight, function == .matches, case .constant(.text(let text)) = operands[1],
      let pattern = try? Pattern(text)
    {
      return .matches(operands[0], pattern)
    }
    return isRight ? .call(function, operands) : nil
  }
}

/// The row of what reads none: constants, and values given by hand.
package struct NoRow: RowSource {
  /// Creates the row.
  package init() {}

  package func value(at slot: Int) -> Value { .missing }
}

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
/// Evaluation never traps; what goes wrong for a row is its `.error` value.
package struct Program: Sendable {
  private let root: Node
  private let context: EvaluationContext

  /// Compiles `term`; `slots` says where each of its inputs stands in a row.
  package init(_ term: Term, slots: [Input: Int], context: EvaluationContext) {
    root = Node(term, slots: slots, context: context)
    self.context = context
  }

  /// The term's value for one row; `severity` is that of the alert, where there is one.
  package func value(of row: some RowSource, severity: Severity? = nil) -> Value {
    Evaluation(row: row, severity: severity, context: context).value(of: root)
  }
}

/// A term with its inputs resolved to slots and what does not depend on the row computed.
indirect enum Node: Sendable {
  case constant(Value)
  case slot(Int)
  case severity
  case apply(Operation, [Node])

  init(_ term: Term, slots: [Input: Int], context: EvaluationContext) {
    switch term {
    case .constant(let value): self = .constant(value)
    case .input(let input, _):
      guard let slot = slots[input] else {
        preconditionFailure("\(input) was not fetched")
      }
      self = .slot(slot)
    case .now: self = .constant(.instant(context.now))
    case .today: self = .constant(.instant(context.zone.startOfDay(context.now)))
    case .severity: self = .severity
    case .parameter(let name): preconditionFailure("param \(name) of a condition has no argument")
    case .named(_, let term): self.init(term, slots: slots, context: context)
    case .apply(let operation, let operands):
      let nodes = operands.map { Node($0, slots: slots, context: context) }
      let node = Node.apply(operation, nodes)
      self =
        nodes.allSatisfy(\.isConstant) && !operation.readsSeverity
        ? .constant(Evaluation(row: NoRow(), severity: nil, context: context).value(of: node))
        : node
    }
  }

  private var isConstant: Bool {
    if case .constant = self { true } else { false }
  }
}

extension Operation {
  fileprivate var readsSeverity: Bool {
    switch self {
    case .severityIs, .severityAtLeast: true
    default: false
    }
  }
}

/// The row of a constant, which reads none.
private struct NoRow: RowSource {
  func value(at slot: Int) -> Value { .missing }
}

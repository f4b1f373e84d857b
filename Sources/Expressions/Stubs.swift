// Signatures that other targets compile against until they are filled in.
/// What evaluation needs besides the row.
package struct EvaluationContext: Sendable, Hashable {
  package var now: Instant
  package var zone: Zone
  package init(now: Instant, zone: Zone) {
    self.now = now
    self.zone = zone
  }
}

/// A row whose inputs stand in numbered slots.
package protocol RowSource {
  func value(at slot: Int) -> Value
}

/// A term compiled for rows of one layout: compile once, evaluate many.
package struct Program: Sendable {
  package init(_ term: Term, slots: [Input: Int], context: EvaluationContext) {}
  package func value(of row: some RowSource, severity: Severity? = nil) -> Value { .missing }
}

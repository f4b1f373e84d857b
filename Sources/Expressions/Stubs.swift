// Signatures that other targets compile against until they are filled in.
package import Diagnostics

/// What type an expression must have.
package enum Expectation: Sendable, Hashable {
  case any, condition
  case type(ValueType)
}

/// Parses and checks expressions of the rule dialect.
package struct Checker: Sendable {
  package init(scope: Scope) {}

  /// Checks one expression; spans of the diagnostics are byte offsets in `text`.
  package func check(
    _ text: String, expecting: Expectation = .any
  ) -> (expression: CheckedExpression?, diagnostics: [Diagnostic]) { (nil, []) }
}

extension ConditionSymbol {
  /// The condition called with arguments; those left out have their fallback.
  package func call(_ arguments: [String: Term], isConjunct: Bool) -> CheckedExpression {
    CheckedExpression(text: name, type: .bool, term: when)
  }
}

extension Term {
  /// Everything the term reads from a row.
  package var inputs: Set<Input> { [] }
}

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

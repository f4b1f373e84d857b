// Signatures that other targets compile against until they are filled in.
package import Diagnostics

/// A time zone's rules.
package struct Zone: Sendable, Hashable {
  package static let utc = Zone()
  init() {}
  package init?(identifier: String) {}
  package var identifier: String { "UTC" }
  /// The first instant of the local day that `instant` falls on.
  package func startOfDay(_ instant: Instant) -> Instant { instant }
  /// Local wall-clock time as microseconds since 1970-01-01T00:00 local.
  package func wallClock(_ instant: Instant) -> Int64 { instant.microseconds }
  package func adding(_ period: Period, to instant: Instant) -> Instant { instant }
  package func subtracting(_ period: Period, from instant: Instant) -> Instant { instant }
}

extension Window {
  package func bounds(at now: Instant, in zone: Zone) -> TimeBounds {
    TimeBounds(start: nil, end: now)
  }
}

extension Window: CustomStringConvertible {
  package var description: String { "" }
}

extension Period {
  /// Parses `45d`, `6h`.
  package init?(_ text: String) { return nil }
}

extension Instant {
  /// Parses RFC 3339, or `2026-01-31 02:00` and `2026-01-31` in `zone`.
  package init?(_ text: String, in zone: Zone) { return nil }
  /// `2026-01-31T02:00:00Z`
  package var iso8601: String { "" }
}

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

extension Double {
  /// The number as a decimal rounded to `places`, half away from zero, decided on its shortest
  /// printed form; `"3192.65"`.
  package func decimalText(places: Int) -> String { "" }
}

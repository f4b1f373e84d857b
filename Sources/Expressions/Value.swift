/// What an expression evaluates to.
///
/// The rule dialect has one number type. Text compares by code point, never by canonical
/// equivalence.
package enum Value: Sendable, Hashable {
  /// NULL, or what cannot be computed from NULL; a condition that is missing is *unknown*.
  case missing
  case bool(Bool)
  case number(Double)
  case text(String)
  case instant(Instant)
  case duration(Period)
  case list([Value])

  /// Evaluation failed for this row (overflow, a bad pattern); it is counted and never traps.
  case error(EvaluationError)
}

/// Why one row could not be evaluated.
package enum EvaluationError: Error, Sendable, Hashable {
  case overflow
  case outOfRange(String)
  case badPattern(String)
  case wrongType(String)

  /// A text that holds no number, or nothing that is true or false.
  case unreadable(String)

  /// A loop, or what it made, would have taken too long.
  case tooCostly
}

/// The static type of an expression.
package indirect enum ValueType: Sendable, Hashable {
  case bool
  case number
  case text

  /// A point in time; a `date` column is the start of that local day.
  case instant
  case duration
  case list(ValueType)

  /// `severity`, comparable with `is` and `is at least` only.
  case severity

  /// The type of `missing` alone.
  case null
}

/// How urgent an alert is.
package enum Severity: String, Sendable, Hashable, CaseIterable, Comparable {
  case low, medium, high, critical

  package static func < (lhs: Self, rhs: Self) -> Bool { lhs.rank < rhs.rank }

  /// 0 for low … 3 for critical.
  package var rank: Int {
    switch self {
    case .low: 0
    case .medium: 1
    case .high: 2
    case .critical: 3
    }
  }
}

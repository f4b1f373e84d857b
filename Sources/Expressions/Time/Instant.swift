/// A point in time: microseconds since 1970-01-01T00:00:00Z, PostgreSQL's own resolution.
package struct Instant: Sendable, Hashable, Comparable {
  /// Microseconds since the epoch.
  package var microseconds: Int64

  /// Creates an instant.
  package init(microseconds: Int64) { self.microseconds = microseconds }

  package static func < (lhs: Self, rhs: Self) -> Bool { lhs.microseconds < rhs.microseconds }
}

/// A length of calendar time, such as `45d`, `6h` or `3mo`.
///
/// Days and months are those of the tenant's calendar; the rest is exact. As in PostgreSQL's
/// `interval` the three parts stay apart until the period is added to a point in time.
package struct Period: Sendable, Hashable {
  /// Calendar months (`mo`, and `y` as twelve).
  package var months: Int

  /// Calendar days (`d`, and `w` as seven).
  package var days: Int

  /// Exact microseconds (`h`, `min`, `s`).
  package var microseconds: Int64

  /// Creates a period.
  package init(months: Int = 0, days: Int = 0, microseconds: Int64 = 0) {
    self.months = months
    self.days = days
    self.microseconds = microseconds
  }
}

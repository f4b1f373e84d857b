/// The stretch of time a metric looks at, relative to the run's scheduled time.
package enum Window: Sendable, Hashable {
  /// `[all time]`: everything before the run's time.
  case allTime

  /// `[30d]`, `[30d, ending 30d ago]`: `length` back from `end`.
  ///
  /// Days, weeks, months and years are complete local days ending at the last local midnight;
  /// hours and minutes end at the run's time. `endingAgo` moves the end back.
  case trailing(length: Period, endingAgo: Period?)

  /// `[this month]`, `[last quarter]` and their like; `offset` is 0 for this, -1 for last.
  ///
  /// A `this` period ends at the last local midnight.
  case calendar(CalendarUnit, offset: Int)

  /// The calendar periods a window can name.
  package enum CalendarUnit: String, Sendable, Hashable, CaseIterable {
    case month, quarter, year
  }
}

/// Half-open bounds, `start <= t < end`; a `nil` start is the beginning of time.
package struct TimeBounds: Sendable, Hashable {
  package var start: Instant?
  package var end: Instant

  /// Creates bounds.
  package init(start: Instant?, end: Instant) {
    self.start = start
    self.end = end
  }
}

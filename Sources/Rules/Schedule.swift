/// When a rule runs, in the tenant's zone.
package enum Schedule: Sendable, Hashable {
  /// `every 6h`, aligned to midnight UTC; microseconds.
  case every(microseconds: Int64)

  /// `daily at 02:00`; an empty set of weekdays means all, 1 is Monday.
  case daily(hour: Int, minute: Int, weekdays: Set<Int>)

  /// `monthly on day 1 at 06:00`.
  case monthly(day: Int, hour: Int, minute: Int)

  /// Five fields, as written.
  case cron(String)
}

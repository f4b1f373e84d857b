/// When a rule runs, in the tenant's zone.
package enum Schedule: Sendable, Hashable {
  /// `every 6h`, aligned to midnight UTC; microseconds, which divide a day.
  case every(microseconds: Int64)

  /// `daily at 02:00`; an empty set of weekdays means all, 1 is Monday.
  case daily(hour: Int, minute: Int, weekdays: Set<Int>)

  /// `monthly on day 1 at 06:00`.
  case monthly(day: Int, hour: Int, minute: Int)

  /// Five fields.
  case cron(Cron)
}

extension Schedule: CustomStringConvertible {
  /// The schedule as analysts write it, in one spelling: equal schedules have equal texts.
  package var description: String {
    switch self {
    case .every(let microseconds):
      let units: [(Int64, String)] = [(3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s")]
      for (length, name) in units where microseconds % length == 0 {
        return "every \(microseconds / length)\(name)"
      }
      return "every \(microseconds) µs"
    case .daily(let hour, let minute, let weekdays):
      let time = Self.time(hour, minute)
      if weekdays.isEmpty || weekdays.count == 7 { return "daily at \(time)" }
      if weekdays == Set(1...5) { return "weekdays at \(time)" }
      let days = weekdays.sorted().map { Self.weekdays[$0 - 1] }
      return "weekly on \(days.joined(separator: ", ")) at \(time)"
    case .monthly(let day, let hour, let minute):
      return "monthly on day \(day) at \(Self.time(hour, minute))"
    case .cron(let cron): return "cron \(cron.text)"
    }
  }

  private static func time(_ hour: Int, _ minute: Int) -> String {
    [hour, minute].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
  }
}

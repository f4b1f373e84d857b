package import Expressions

/// A time that a schedule names: what clocks are to show, and when they first do.
///
/// The reading is the identity. Where the clocks jump over 02:30, the nominal time of that day still
/// reads 02:30, and its instant is the first after the jump; where they show 02:30 twice, it is the
/// first of the two.
package struct NominalTime: Sendable, Hashable {
  /// Wall-clock time as microseconds since 1970-01-01T00:00, on the schedule's own clock.
  package let reading: Int64

  /// When it runs.
  package let instant: Instant

  /// Creates a nominal time.
  package init(reading: Int64, instant: Instant) {
    self.reading = reading
    self.instant = instant
  }

  /// The reading as `2026-03-29 02:30:00`, as PostgreSQL writes a timestamp without a zone.
  package var text: String {
    String(Instant(microseconds: reading).iso8601.dropLast()).replacing("T", with: " ")
  }
}

extension Schedule {
  /// The clock that the schedule's readings are taken from: `every` counts from midnight UTC, all
  /// else goes by the tenant's wall clock.
  package func clock(in zone: Zone) -> Zone {
    if case .every = self { return .utc }
    return zone
  }

  /// The first time strictly after an instant; `nil` if there is none before the year 10000.
  package func next(after instant: Instant, in zone: Zone) -> Instant? {
    nominalTime(after: instant, in: zone)?.instant
  }

  /// The first nominal time whose instant lies after the one given.
  ///
  /// Of several readings inside one jump of the clocks, which all fall on the same instant, it is
  /// the earliest.
  package func nominalTime(after instant: Instant, in zone: Zone) -> NominalTime? {
    let clock = clock(in: zone)
    var reading = clock.wallClock(instant)
    // Where clocks go back, some readings to come were shown, and had their run, before `instant`.
    while let time = nominalTime(afterReading: reading, in: zone) {
      if time.instant > instant { return time }
      reading = time.reading
    }
    return nil
  }

  /// The nominal time that follows a reading on the schedule's own clock.
  package func nominalTime(afterReading reading: Int64, in zone: Zone) -> NominalTime? {
    guard let next = self.reading(after: reading) else { return nil }
    let instant = clock(in: zone).instant(atWallClock: next)
    return instant > .latest ? nil : NominalTime(reading: next, instant: instant)
  }

  /// The next reading that the schedule names, whatever any zone's clocks make of it.
  private func reading(after reading: Int64) -> Int64? {
    let day: Int64 = 86_400_000_000
    switch self {
    case .every(let length):
      return (reading.floorDivided(by: length) + 1) * length
    case .daily(let hour, let minute, let weekdays):
      let first = reading.floorDivided(by: day)
      return (first...first + 7).lazy.map { ($0, $0 * day + Self.microseconds(hour, minute)) }
        .first { number, candidate in
          candidate > reading
            && (weekdays.isEmpty
              || weekdays.contains(CivilDate(daysSinceEpoch: Int(number)).weekday))
        }?.1
    case .monthly(let dayOfMonth, let hour, let minute):
      var date = CivilDate(daysSinceEpoch: Int(reading.floorDivided(by: day)))
      date.day = dayOfMonth
      func candidate(_ date: CivilDate) -> Int64 {
        Int64(date.daysSinceEpoch) * day + Self.microseconds(hour, minute)
      }
      return candidate(date) > reading ? candidate(date) : candidate(date.adding(months: 1))
    case .cron(let cron):
      return cron.minute(after: reading.floorDivided(by: 60_000_000)).map { $0 * 60_000_000 }
    }
  }

  private static func microseconds(_ hour: Int, _ minute: Int) -> Int64 {
    Int64(hour * 60 + minute) * 60_000_000
  }
}

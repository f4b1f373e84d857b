import Foundation
import Synchronization

/// A time zone: how the instants of one place read on its clocks.
///
/// Its rules come from the operating environment's zone data and are tabled once per identifier
/// from 1850 to 2200, so that reading a clock is a binary search. Earlier and later instants have
/// the first and the last offset of the table. A local time that does not exist stands for the first valid instant
/// after it, one that comes twice for the first.
package struct Zone: Sendable {
  /// Coordinated Universal Time.
  package static let utc = Zone(identifier: "UTC", rules: ZoneRules(offset: 0))

  /// The IANA identifier, as it was given.
  package let identifier: String

  private let rules: ZoneRules

  private init(identifier: String, rules: ZoneRules) {
    self.identifier = identifier
    self.rules = rules
  }

  /// Looks up a zone by its IANA identifier, such as `Europe/Berlin`; `nil` if there is none.
  package init?(identifier: String) {
    if identifier == "UTC" {
      self = .utc
      return
    }
    if let known = Self.tables.withLock({ $0[identifier] }) {
      self.init(identifier: identifier, rules: known)
      return
    }
    guard let zone = TimeZone(identifier: identifier) else { return nil }
    // Outside the lock: two threads may table the same zone, and either result serves.
    let rules = ZoneRules(zone)
    Self.tables.withLock { $0[identifier] = rules }
    self.init(identifier: identifier, rules: rules)
  }

  private static let tables = Mutex<[String: ZoneRules]>([:])

  /// Local wall-clock time as microseconds since 1970-01-01T00:00 local.
  package func wallClock(_ instant: Instant) -> Int64 {
    let reading = instant.microseconds.addingReportingOverflow(rules.offset(at: instant))
    return reading.overflow ? instant.microseconds : reading.partialValue
  }

  /// The instant at which clocks show `wallClock`, in microseconds since 1970-01-01T00:00 local.
  package func instant(atWallClock wallClock: Int64) -> Instant {
    rules.instant(atWallClock: wallClock)
  }

  /// The first instant of a local day.
  package func startOfDay(_ date: CivilDate) -> Instant {
    instant(atWallClock: Int64(date.daysSinceEpoch) * microsecondsPerDay)
  }

  /// The first instant of the local day that `instant` falls on.
  package func startOfDay(_ instant: Instant) -> Instant {
    let reading = wallClock(instant)
    return self.instant(atWallClock: reading - reading.floorRemainder(by: microsecondsPerDay))
  }

  /// The local day that `instant` falls on.
  package func date(_ instant: Instant) -> CivilDate {
    CivilDate(daysSinceEpoch: Int(wallClock(instant).floorDivided(by: microsecondsPerDay)))
  }

  /// Adds months, then days, then exact time, as PostgreSQL does.
  ///
  /// A result outside the years 1 to 9999 becomes the nearest instant inside.
  package func adding(_ period: Period, to instant: Instant) -> Instant {
    guard let reading = wallClock(instant).moved(byCalendarPartOf: period) else {
      return period.isNegative ? .earliest : .latest
    }
    let start =
      period.months == 0 && period.days == 0 ? instant : self.instant(atWallClock: reading)
    let sum = start.microseconds.addingReportingOverflow(period.microseconds)
    guard !sum.overflow else { return period.microseconds < 0 ? .earliest : .latest }
    return min(max(Instant(microseconds: sum.partialValue), .earliest), .latest)
  }

  /// Takes away months, then days, then exact time.
  package func subtracting(_ period: Period, from instant: Instant) -> Instant {
    adding(period.negated, to: instant)
  }
}

extension Zone: Hashable {
  package static func == (left: Zone, right: Zone) -> Bool {
    left.identifier == right.identifier
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(identifier) }
}

let microsecondsPerSecond: Int64 = 1_000_000
let microsecondsPerDay: Int64 = 86_400_000_000

extension Int64 {
  /// A wall-clock reading moved by the months and days of a period; `nil` outside the calendar.
  func moved(byCalendarPartOf period: Period) -> Int64? {
    var days = Int(floorDivided(by: microsecondsPerDay))
    let time = floorRemainder(by: microsecondsPerDay)
    // Nothing within the supported years is further apart than this.
    let limit = 5_000_000
    guard abs(days) <= limit, period.months.magnitude <= limit.magnitude,
      period.days.magnitude <= limit.magnitude
    else { return nil }
    if period.months != 0 {
      days = CivilDate(daysSinceEpoch: days).adding(months: period.months).daysSinceEpoch
    }
    return Int64(days + period.days) * microsecondsPerDay + time
  }
}

/// The offsets of one zone, in the order of time.
private final class ZoneRules: Sendable {
  /// When each offset but the first begins, in microseconds.
  private let starts: [Int64]

  /// Microseconds to add to an instant; one more than `starts`.
  private let offsets: [Int64]

  /// What clocks show when each offset but the last ends.
  private let wallClockEnds: [Int64]

  init(offset: Int64) {
    starts = []
    offsets = [offset]
    wallClockEnds = []
  }

  init(_ zone: TimeZone) {
    let first = Date(timeIntervalSince1970: -3_786_825_600)
    let last = Date(timeIntervalSince1970: 7_258_118_400)
    var starts: [Int64] = []
    var offsets = [Int64(zone.secondsFromGMT(for: first)) * microsecondsPerSecond]
    var date = first
    while let next = zone.nextDaylightSavingTimeTransition(after: date), next > date, next < last {
      date = next
      let offset = Int64(zone.secondsFromGMT(for: next)) * microsecondsPerSecond
      // A change of name or of daylight saving alone moves no clock.
      guard offset != offsets.last else { continue }
      starts.append(Int64(next.timeIntervalSince1970.rounded()) * microsecondsPerSecond)
      offsets.append(offset)
    }
    self.starts = starts
    self.offsets = offsets
    wallClockEnds = zip(starts, offsets).map { $0 + $1 }
  }

  func offset(at instant: Instant) -> Int64 {
    offsets[starts.firstIndex { $0 > instant.microseconds }]
  }

  func instant(atWallClock wallClock: Int64) -> Instant {
    let index = wallClockEnds.firstIndex { $0 > wallClock }
    let difference = wallClock.subtractingReportingOverflow(offsets[index])
    let candidate = difference.overflow ? wallClock : difference.partialValue
    // In a gap the clocks jump over the reading: the change itself is the first instant after it.
    return Instant(microseconds: index == 0 ? candidate : max(candidate, starts[index - 1]))
  }
}

extension [Int64] {
  /// The first index whose element satisfies `predicate`, or the count; such elements come last.
  fileprivate func firstIndex(where predicate: (Int64) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

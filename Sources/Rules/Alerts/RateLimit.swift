package import Expressions

extension Limits.Rate.Unit {
  /// The start of the calendar window that `now` falls into; weeks begin on Monday.
  package func windowStart(at now: Instant, in zone: Zone) -> Instant {
    switch self {
    case .minute: now.truncated(to: 60_000_000, in: zone)
    case .hour: now.truncated(to: 3_600_000_000, in: zone)
    case .day: zone.startOfDay(now)
    case .week:
      zone.subtracting(Period(days: zone.daysSinceMonday(now)), from: zone.startOfDay(now))
    }
  }
}

/// What one calendar window still admits.
///
/// Pure: the caller loads what was granted before and stores what is granted now.
package struct RateWindow: Sendable, Hashable {
  package let start: Instant
  package let capacity: Int
  package private(set) var used: Int

  /// A window with what earlier runs took of it.
  package init(start: Instant, capacity: Int, used: Int) {
    self.start = start
    self.capacity = capacity
    self.used = used
  }

  /// Whether a grant is left.
  package var hasRoom: Bool { used < capacity }

  /// Takes one grant if one is left.
  package mutating func admit() -> Bool {
    guard hasRoom else { return false }
    used += 1
    return true
  }
}

extension Limits.MaxMatches {
  /// Whether so many matches are more than the rule expects of a population of `inScope`.
  package func isExceeded(by matched: Int, inScope: Int) -> Bool {
    switch self {
    case .count(let limit): matched > limit
    case .share(let share): Double(matched) > share * Double(inScope)
    }
  }
}

extension Instant {
  /// The start of the local wall-clock unit that the instant falls into.
  fileprivate func truncated(to unit: Int64, in zone: Zone) -> Instant {
    let wall = zone.wallClock(self)
    let past = ((wall % unit) + unit) % unit
    return Instant(microseconds: microseconds - past)
  }
}

extension Zone {
  fileprivate func daysSinceMonday(_ instant: Instant) -> Int {
    let day: Int64 = 86_400_000_000
    let wall = wallClock(instant)
    let dayNumber = wall >= 0 ? wall / day : -((-wall + day - 1) / day)
    // 1970-01-01 was a Thursday, three days after a Monday.
    return Int(((dayNumber + 3) % 7 + 7) % 7)
  }
}

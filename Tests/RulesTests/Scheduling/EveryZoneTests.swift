import Expressions
import Foundation
import Rules
import Support
import Testing

/// Schedules held to Foundation's offsets, minute by minute, in every zone and for thirty years.
///
/// The judge walks through time and looks at clocks: a reading is due at the first instant at which
/// clocks have reached or passed it. It knows no calendar arithmetic but the date of a day.
@Suite("Schedules in every zone")
struct EveryZoneTests {
  static let portions = 12

  @Test(
    "lose no time and name none twice around every change of the clocks", arguments: 0..<portions)
  func changes(portion: Int) throws {
    for (index, identifier) in Self.zones(portion).enumerated() {
      let place = try #require(Place(identifier))
      var generator = SeededGenerator(seed: UInt64(portion * 1000 + index))
      let samples = (0..<4).map { _ in
        Int64.random(in: Self.years.lowerBound...Self.years.upperBound, using: &generator)
      }
      let changes = place.changes(in: Self.years)
      // All schedules here are on a quarter of an hour, and most changes of the clocks too.
      let step = changes.allSatisfy { $0 % quarter == 0 } ? quarter : quarter / 15
      for moment in changes + samples {
        let start = (moment / quarter - 8) * quarter
        for subject in Subject.all {
          let fault = subject.fault(in: place, from: start, to: start + 28 * 4 * quarter, step)
          if let fault { Issue.record("\(identifier): \(subject.schedule): \(fault)") }
        }
      }
    }
  }

  @Test("name every Sunday of thirty years once", arguments: 0..<portions)
  func sundays(portion: Int) throws {
    let schedule = Schedule.daily(hour: 2, minute: 30, weekdays: [7])
    let first = try #require(Instant("2010-01-01", in: .utc)).microseconds
    let last = try #require(Instant("2040-01-01", in: .utc)).microseconds
    for identifier in Self.zones(portion) {
      let zone = try #require(Zone(identifier: identifier))
      var instant = zone.instant(atWallClock: first)
      var readings: Set<Int64> = []
      while let time = schedule.nominalTime(after: instant, in: zone), time.reading < last {
        if time.instant <= instant { Issue.record("\(identifier): \(time.text) is no later") }
        readings.insert(time.reading)
        instant = time.instant
      }
      #expect(readings.count == 1565, "\(identifier)")
    }
  }

  private static let years: ClosedRange<Int64> = 1_262_304_000_000_000...2_208_988_800_000_000

  private static func zones(_ portion: Int) -> [String] {
    let all = TimeZone.knownTimeZoneIdentifiers.sorted()
    precondition(all.count > 400, "the system's zone data is missing")
    return all.enumerated().filter { $0.offset % portions == portion }.map(\.element)
  }
}

private let quarter: Int64 = 900_000_000
private let day: Int64 = 86_400_000_000

/// A zone as we read it, and as Foundation does.
private struct Place {
  let zone: Zone
  private let system: TimeZone

  init?(_ identifier: String) {
    guard let zone = Zone(identifier: identifier), let system = TimeZone(identifier: identifier)
    else { return nil }
    self.zone = zone
    self.system = system
  }

  func changes(in years: ClosedRange<Int64>) -> [Int64] {
    var found: [Int64] = []
    var date = Date(timeIntervalSince1970: Double(years.lowerBound / 1_000_000))
    while let next = system.nextDaylightSavingTimeTransition(after: date), next > date {
      date = next
      let moment = Int64(next.timeIntervalSince1970) * 1_000_000
      guard years.contains(moment) else { break }
      found.append(moment)
    }
    return found
  }

  /// What clocks show, by Foundation.
  func reading(_ moment: Int64) -> Int64 {
    let date = Date(timeIntervalSince1970: Double(moment / 1_000_000))
    return moment + Int64(system.secondsFromGMT(for: date)) * 1_000_000
  }
}

/// A schedule, and whether it names a reading.
private struct Subject: Sendable {
  let schedule: Schedule
  let names: @Sendable (_ date: CivilDate, _ minute: Int) -> Bool

  static let all: [Subject] = {
    func daily(_ hour: Int, _ minute: Int, _ weekdays: Set<Int> = []) -> Subject {
      Subject(schedule: .daily(hour: hour, minute: minute, weekdays: weekdays)) {
        $1 == hour * 60 + minute && (weekdays.isEmpty || weekdays.contains($0.weekday))
      }
    }
    return [
      daily(2, 0), daily(2, 30), daily(0, 0), daily(23, 45), daily(1, 30, [1, 2, 3, 4, 5]),
      daily(3, 0, [7]),
      Subject(schedule: .monthly(day: 1, hour: 0, minute: 30)) { $0.day == 1 && $1 == 30 },
      Subject(schedule: ScheduleTimesTests.cron("*/15 * * * *")) { $1 % 15 == 0 },
      Subject(schedule: ScheduleTimesTests.cron("0 * * * *")) { $1 % 60 == 0 },
      Subject(schedule: ScheduleTimesTests.cron("15,45 1-3 * mar-nov *")) {
        $1 % 30 == 15 && (1...3).contains($1 / 60) && (3...11).contains($0.month)
      },
      Subject(schedule: ScheduleTimesTests.cron("30 */2 1-7 * sun")) {
        $1 % 120 == 30 && ($0.day <= 7 || $0.weekday == 7)
      },
    ]
  }()

  /// What is wrong with the times after `start` up to `end`.
  func fault(in place: Place, from start: Int64, to end: Int64, _ step: Int64) -> String? {
    var expected: [NominalTime] = []
    // Two hours' head start: what was shown before a change is not due when it is shown again.
    let head = start - 8 * quarter
    var seen = place.reading(head)
    for moment in stride(from: head, through: end, by: Int(step)) {
      let reading = place.reading(moment)
      while seen < reading {
        seen += step
        let date = CivilDate(daysSinceEpoch: Int(seen / day))
        if moment > start, names(date, Int(seen % day / 60_000_000)) {
          expected.append(NominalTime(reading: seen, instant: Instant(microseconds: moment)))
        }
      }
    }
    var found: [NominalTime] = []
    var next = schedule.nominalTime(after: Instant(microseconds: start), in: place.zone)
    while let time = next, time.instant.microseconds <= end {
      found.append(time)
      next = schedule.nominalTime(afterReading: time.reading, in: place.zone)
    }
    if found != expected {
      return "\(found.map(\.text)) instead of \(expected.map(\.text))"
    }
    for (time, following) in zip(expected, expected.dropFirst())
    where following.instant > time.instant {
      let next = schedule.next(after: time.instant, in: place.zone)
      if next != following.instant { return "after \(time.text) not \(following.text)" }
    }
    return nil
  }
}

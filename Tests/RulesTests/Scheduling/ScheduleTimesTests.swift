import Expressions
import Rules
import Testing

@Suite("The times that a schedule names")
struct ScheduleTimesTests {
  @Test(
    "come one after the other",
    arguments: [
      (.every(microseconds: 6 * hour), "2026-01-31 03:30", "2026-01-31 07:00", "13:00"),
      (.every(microseconds: 15 * minute), "2026-01-31 03:30", "2026-01-31 03:45", "04:00"),
      (.daily(hour: 2, minute: 0, weekdays: []), "2026-01-31 01:59", "2026-01-31 02:00", "02:00"),
      (
        .daily(hour: 8, minute: 30, weekdays: [1, 2, 3, 4, 5]), "2026-01-30 08:30",
        "2026-02-02 08:30", "08:30"
      ),
      (.daily(hour: 6, minute: 0, weekdays: [1]), "2026-02-02 05:00", "2026-02-02 06:00", "06:00"),
      (.monthly(day: 1, hour: 6, minute: 0), "2026-01-01 06:00", "2026-02-01 06:00", "06:00"),
      (.monthly(day: 28, hour: 6, minute: 0), "2026-01-01 06:00", "2026-01-28 06:00", "06:00"),
      (cron("0 */6 * * *"), "2026-01-31 03:30", "2026-01-31 06:00", "12:00"),
      (cron("*/20 9-10 * * mon-fri"), "2026-01-30 10:40", "2026-02-02 09:00", "09:20"),
      (cron("15,45 8 1 jan,jul *"), "2026-01-01 08:45", "2026-07-01 08:15", "08:45"),
      // Limited fields of days: either will do.
      (cron("0 6 13 * fri"), "2026-02-06 06:00", "2026-02-13 06:00", "06:00"),
      (cron("0 6 13 * fri"), "2026-05-09 06:00", "2026-05-13 06:00", "06:00"),
      (cron("0 6 */2 * mon"), "2026-02-01 00:00", "2026-02-09 06:00", "06:00"),
      (cron("0 6 29 2 *"), "2026-02-01 00:00", "2028-02-29 06:00", "06:00"),
      (cron("0 6 29 2 *"), "2096-03-01 00:00", "2104-02-29 06:00", "06:00"),
      (cron("0 6 * * 7"), "2026-01-31 00:00", "2026-02-01 06:00", "06:00"),
      (cron("0 6 * * fri-sun"), "2026-01-31 07:00", "2026-02-01 06:00", "06:00"),
      (cron("59 23 31 12 *"), "2026-01-31 00:00", "2026-12-31 23:59", "23:59"),
    ] as [(Schedule, String, String, String)])
  func sequence(schedule: Schedule, after: String, first: String, thenAt time: String) throws {
    let berlin = try #require(Zone(identifier: "Europe/Berlin"))
    let start = try #require(Instant(after, in: berlin))
    let next = try #require(schedule.next(after: start, in: berlin))
    #expect(next == Instant(first, in: berlin))
    let second = try #require(schedule.nominalTime(after: next, in: berlin))
    #expect(Instant(microseconds: berlin.wallClock(second.instant)).iso8601.contains("T\(time):00"))
  }

  @Test(
    "run at the first valid instant where clocks jump over them, and once where they come twice",
    arguments: [
      ("Europe/Berlin", "2026-03-28 02:30", "2026-03-29 02:30:00", "2026-03-29T01:00:00Z"),
      ("Europe/Berlin", "2026-10-24 02:30", "2026-10-25 02:30:00", "2026-10-25T00:30:00Z"),
      ("Australia/Lord_Howe", "2026-10-03 02:30", "2026-10-04 02:30:00", "2026-10-03T15:30:00Z"),
      ("Africa/Casablanca", "2026-03-21 02:30", "2026-03-22 02:30:00", "2026-03-22T02:00:00Z"),
      // A whole day that never was.
      ("Pacific/Apia", "2011-12-29 02:30", "2011-12-30 02:30:00", "2011-12-30T10:00:00Z"),
      ("Pacific/Apia", "2011-12-31 00:00", "2011-12-31 02:30:00", "2011-12-30T12:30:00Z"),
    ])
  func clockChanges(_ identifier: String, after: String, reading: String, at: String) throws {
    let zone = try #require(Zone(identifier: identifier))
    let daily = Schedule.daily(hour: 2, minute: 30, weekdays: [])
    let start = try #require(Instant(after, in: zone))
    let next = try #require(daily.nominalTime(after: start, in: zone))
    #expect(next.text == reading)
    #expect(next.instant.iso8601 == at)
  }

  @Test("are not shown again by clocks that went back")
  func secondPass() throws {
    let berlin = try #require(Zone(identifier: "Europe/Berlin"))
    let quarters = Self.cron("*/15 * * * *")
    // 02:10 for the second time: what comes next is 03:00.
    let start = try #require(Instant("2026-10-25T01:10:00Z", in: .utc))
    #expect(quarters.next(after: start, in: berlin)?.iso8601 == "2026-10-25T02:00:00Z")
    // Times of UTC go on.
    let every = Schedule.every(microseconds: 15 * Self.minute)
    #expect(every.next(after: start, in: berlin)?.iso8601 == "2026-10-25T01:15:00Z")
  }

  @Test("that fall into one jump are separate times of one instant")
  func sharedInstant() throws {
    let berlin = try #require(Zone(identifier: "Europe/Berlin"))
    let quarters = Self.cron("*/15 * * * *")
    let start = try #require(Instant("2026-03-29 01:45", in: berlin))
    var times: [NominalTime] = []
    var reading = berlin.wallClock(start)
    for _ in 0..<5 {
      let time = try #require(quarters.nominalTime(afterReading: reading, in: berlin))
      times.append(time)
      reading = time.reading
    }
    #expect(
      times.map { $0.text.suffix(8) } == [
        "02:00:00", "02:15:00", "02:30:00", "02:45:00", "03:00:00",
      ])
    #expect(Set(times.map(\.instant.iso8601)) == ["2026-03-29T01:00:00Z"])
    #expect(quarters.next(after: times[0].instant, in: berlin)?.iso8601 == "2026-03-29T01:15:00Z")
  }

  @Test("end with the calendar")
  func end() throws {
    let last = try #require(Instant("9999-12-31 23:00", in: .utc))
    #expect(Schedule.daily(hour: 2, minute: 0, weekdays: []).next(after: last, in: .utc) == nil)
  }

  @Test(
    "have one spelling",
    arguments: [
      (.every(microseconds: 6 * hour), "every 6h"),
      (.every(microseconds: 90 * minute), "every 90min"),
      (.every(microseconds: 24 * hour), "every 24h"),
      (.daily(hour: 2, minute: 5, weekdays: []), "daily at 02:05"),
      (.daily(hour: 8, minute: 30, weekdays: [1, 2, 3, 4, 5]), "weekdays at 08:30"),
      (.daily(hour: 8, minute: 30, weekdays: [7]), "weekly on sunday at 08:30"),
      (.monthly(day: 3, hour: 18, minute: 0), "monthly on day 3 at 18:00"),
      (cron(" 0  6 * * MON"), "cron 0 6 * * mon"),
    ] as [(Schedule, String)])
  func spelling(schedule: Schedule, text: String) {
    #expect("\(schedule)" == text)
  }

  @Test(
    "are not read from fields that no clock shows",
    arguments: [
      "0 6 30 2 *", "0 6 31 4,6,9,11 *", "60 * * * *", "* * * * 8", "5/2 * * * *", "* * 0 * *",
      "* * * mon *", "5-2 * * * *", "* * * *", "* * * * * *", "1, * * * *", "*/0 * * * *",
    ])
  func refused(text: String) {
    #expect(Cron(text) == nil)
  }

  static let minute: Int64 = 60_000_000
  static let hour = 60 * minute

  static func cron(_ text: String) -> Schedule {
    guard let cron = Cron(text) else { preconditionFailure("a test's cron line is wrong") }
    return .cron(cron)
  }
}

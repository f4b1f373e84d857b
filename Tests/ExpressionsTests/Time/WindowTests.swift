import Testing

@testable import Expressions

@Suite("Windows")
struct WindowTests {
  private static let days30 = Window.trailing(length: Period(days: 30), endingAgo: nil)
  private static let before = Window.trailing(
    length: Period(days: 30), endingAgo: Period(days: 30))
  private static let hours6 = Window.trailing(
    length: Period(microseconds: 21_600_000_000), endingAgo: nil)

  @Test(
    "of days are complete local days up to the last midnight",
    arguments: [
      // Clocks go forward on 29 March: the window has 29 days of 24 hours and one of 23.
      (
        "Europe/Berlin", "2026-04-10 14:00", days30, "2026-03-10T23:00:00Z",
        "2026-04-09T22:00:00Z"
      ),
      (
        "Europe/Berlin", "2026-04-10 02:00", days30, "2026-03-10T23:00:00Z",
        "2026-04-09T22:00:00Z"
      ),
      (
        "Europe/Berlin", "2026-04-10 02:00", before, "2026-02-08T23:00:00Z",
        "2026-03-10T23:00:00Z"
      ),
      (
        "America/New_York", "2026-11-05 09:00", days30, "2026-10-06T04:00:00Z",
        "2026-11-05T05:00:00Z"
      ),
      (
        "Asia/Kolkata", "2026-11-05 00:00", days30, "2026-10-05T18:30:00Z",
        "2026-11-04T18:30:00Z"
      ),
      // 30 December 2011 never was in Apia: thirty dates are twenty-nine days of 24 hours.
      (
        "Pacific/Apia", "2012-01-10 08:00", days30, "2011-12-11T10:00:00Z",
        "2012-01-09T10:00:00Z"
      ),
      // Midnight of 15 October 2017 never was in São Paulo; other midnights stay midnights.
      (
        "America/Sao_Paulo", "2017-10-15 08:00", days30, "2017-09-15T03:00:00Z",
        "2017-10-15T03:00:00Z"
      ),
      (
        "America/Sao_Paulo", "2017-11-14 08:00", days30, "2017-10-15T03:00:00Z",
        "2017-11-14T02:00:00Z"
      ),
      (
        "UTC", "2026-03-31 08:00",
        .trailing(length: Period(months: 1), endingAgo: nil), "2026-02-28T00:00:00Z",
        "2026-03-31T00:00:00Z"
      ),
    ])
  func days(
    identifier: String, now: String, window: Window, start: String, end: String
  ) throws {
    try check(identifier, now, window, start, end)
  }

  @Test(
    "of hours end at the run's time",
    arguments: [
      (
        "Europe/Berlin", "2026-03-29 05:00", hours6, "2026-03-28T21:00:00Z",
        "2026-03-29T03:00:00Z"
      ),
      (
        "UTC", "2026-03-29 05:00",
        .trailing(length: Period(microseconds: 3_600_000_000), endingAgo: Period(days: 7)),
        "2026-03-22T04:00:00Z", "2026-03-22T05:00:00Z"
      ),
      (
        "UTC", "2026-03-29 05:00",
        .trailing(length: Period(days: 1), endingAgo: Period(microseconds: 21_600_000_000)),
        "2026-03-27T00:00:00Z", "2026-03-28T00:00:00Z"
      ),
    ])
  func hours(
    identifier: String, now: String, window: Window, start: String, end: String
  ) throws {
    try check(identifier, now, window, start, end)
  }

  @Test(
    "of the calendar begin on its first days, and end at the last midnight if they are not over",
    arguments: [
      (
        "Europe/Berlin", "2026-05-17 02:00", Window.calendar(.month, offset: 0),
        "2026-04-30T22:00:00Z", "2026-05-16T22:00:00Z"
      ),
      (
        "Europe/Berlin", "2026-04-01 02:00", .calendar(.month, offset: -1),
        "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"
      ),
      (
        "UTC", "2026-05-17 02:00", .calendar(.quarter, offset: 0), "2026-04-01T00:00:00Z",
        "2026-05-17T00:00:00Z"
      ),
      (
        "UTC", "2026-02-17 02:00", .calendar(.quarter, offset: -1), "2025-10-01T00:00:00Z",
        "2026-01-01T00:00:00Z"
      ),
      (
        "UTC", "2026-02-17 02:00", .calendar(.year, offset: 0), "2026-01-01T00:00:00Z",
        "2026-02-17T00:00:00Z"
      ),
      (
        "America/New_York", "2026-02-17 02:00", .calendar(.year, offset: -1),
        "2025-01-01T05:00:00Z", "2026-01-01T05:00:00Z"
      ),
      (
        "UTC", "2026-03-01 02:00", .calendar(.month, offset: 0), "2026-03-01T00:00:00Z",
        "2026-03-01T00:00:00Z"
      ),
    ])
  func calendar(
    identifier: String, now: String, window: Window, start: String, end: String
  ) throws {
    try check(identifier, now, window, start, end)
  }

  @Test("of all time end at the run's time")
  func allTime() throws {
    let now = try instant("2026-02-17 02:00", "UTC")
    #expect(Window.allTime.bounds(at: now, in: .utc) == TimeBounds(start: nil, end: now))
  }

  @Test("that stand before each other meet", arguments: ["Europe/Berlin", "Pacific/Apia"])
  func meeting(identifier: String) throws {
    let zone = try zone(identifier)
    for day in 0..<1500 {
      let now = Instant(microseconds: (15_000 + Int64(day)) * 86_400_000_000)
      let last = Self.days30.bounds(at: now, in: zone)
      #expect(Self.before.bounds(at: now, in: zone).end == last.start)
    }
  }

  @Test("print as the analyst writes them")
  func printing() {
    #expect(Self.days30.description == "30d")
    #expect(Self.before.description == "30d, ending 30d ago")
    #expect(Window.calendar(.month, offset: 0).description == "this month")
    #expect(Window.calendar(.quarter, offset: -1).description == "last quarter")
    #expect(Window.allTime.description == "all time")
  }

  private func check(
    _ identifier: String, _ now: String, _ window: Window, _ start: String, _ end: String
  ) throws {
    let bounds = window.bounds(at: try instant(now, identifier), in: try zone(identifier))
    #expect(bounds.start?.iso8601 == start)
    #expect(bounds.end.iso8601 == end)
  }
}

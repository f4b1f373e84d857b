import Expressions
import Rules
import Testing

@Suite("A calendar window")
struct RateLimitTests {
  @Test(
    "starts at the local minute, hour, day or Monday",
    arguments: [
      ("UTC", Limits.Rate.Unit.minute, "2026-03-04T10:30:00Z"),
      ("UTC", .hour, "2026-03-04T10:00:00Z"),
      ("UTC", .day, "2026-03-04T00:00:00Z"),
      ("UTC", .week, "2026-03-02T00:00:00Z"),
      // Half-hour offsets: the local hour begins at half past in UTC.
      ("Asia/Kolkata", .hour, "2026-03-04T10:30:00Z"),
      ("Asia/Kolkata", .day, "2026-03-03T18:30:00Z"),
      ("America/New_York", .day, "2026-03-04T05:00:00Z"),
      ("America/New_York", .week, "2026-03-02T05:00:00Z"),
    ])
  func windowStart(zone: String, unit: Limits.Rate.Unit, expected: String) throws {
    let zone = try #require(Zone(identifier: zone))
    let now = try #require(Instant("2026-03-04T10:30:45Z", in: .utc))
    #expect(unit.windowStart(at: now, in: zone).iso8601 == expected)
  }

  @Test("starts its week on the Monday before the clocks change")
  func weekOverClockChange() throws {
    let zone = try #require(Zone(identifier: "Europe/Berlin"))
    // Summer time begins on Sunday 2026-03-29 at 02:00.
    let now = try #require(Instant("2026-03-29T20:00:00Z", in: .utc))
    let start = Limits.Rate.Unit.week.windowStart(at: now, in: zone)
    #expect(start.iso8601 == "2026-03-22T23:00:00Z")
  }

  @Test("admits its capacity and not one more")
  func admits() {
    var window = RateWindow(start: Instant(microseconds: 0), capacity: 3, used: 1)
    #expect((0..<5).map { _ in window.admit() } == [true, true, false, false, false])
    #expect(window.used == 3)
  }

  @Test(
    "is exceeded by more matches than the number or share",
    arguments: [
      (Limits.MaxMatches.count(10), 10, 100, false), (.count(10), 11, 100, true),
      (.share(0.05), 5, 100, false), (.share(0.05), 6, 100, true), (.share(0.05), 1, 0, true),
    ])
  func maxMatches(limit: Limits.MaxMatches, matched: Int, inScope: Int, expected: Bool) {
    #expect(limit.isExceeded(by: matched, inScope: inScope) == expected)
  }
}

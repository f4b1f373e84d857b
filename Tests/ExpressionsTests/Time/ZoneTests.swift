import Foundation
import Testing

@testable import Expressions

@Suite("Zones")
struct ZoneTests {
  @Test("are found by identifier alone")
  func identifiers() throws {
    #expect(Zone(identifier: "Nowhere/At_All") == nil)
    #expect(Zone(identifier: "") == nil)
    #expect(try zone("Europe/Berlin") == zone("Europe/Berlin"))
    #expect(try zone("Europe/Berlin") != zone("Europe/Vienna"))
    #expect(try zone("Europe/Berlin").identifier == "Europe/Berlin")
  }

  @Test(
    "read their clocks as the system's zone data say",
    arguments: [
      "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "America/Sao_Paulo",
      "Australia/Lord_Howe", "Africa/Casablanca", "UTC",
    ])
  func wallClock(identifier: String) throws {
    let zone = try zone(identifier)
    let system = try #require(TimeZone(identifier: identifier))
    // Every 1.37 days from 1900 to 2100, so that all times of the day come up.
    for step in 0..<53_000 {
      let seconds = -2_208_988_800 + step * 118_368
      let offset = system.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
      let instant = Instant(microseconds: Int64(seconds) * 1_000_000)
      #expect(zone.wallClock(instant) == Int64(seconds + offset) * 1_000_000)
    }
  }

  @Test(
    "give a local time that is skipped the first instant after, one that is repeated the first",
    arguments: [
      ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29T01:00:00Z"),
      ("Europe/Berlin", "2026-03-29 03:00", "2026-03-29T01:00:00Z"),
      ("Europe/Berlin", "2026-03-29 01:59:59", "2026-03-29T00:59:59Z"),
      ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25T00:30:00Z"),
      ("Europe/Berlin", "2026-10-25 03:00", "2026-10-25T02:00:00Z"),
      ("America/New_York", "2026-03-08 02:00", "2026-03-08T07:00:00Z"),
      ("America/New_York", "2026-11-01 01:30", "2026-11-01T05:30:00Z"),
      ("America/Sao_Paulo", "2017-10-15 00:00", "2017-10-15T03:00:00Z"),
      ("America/Sao_Paulo", "2018-02-17 23:30", "2018-02-18T01:30:00Z"),
      ("Pacific/Apia", "2011-12-30 12:00", "2011-12-30T10:00:00Z"),
      ("Pacific/Apia", "2011-12-29 23:59", "2011-12-30T09:59:00Z"),
      ("Asia/Kolkata", "2026-01-31", "2026-01-30T18:30:00Z"),
    ])
  func gapsAndOverlaps(identifier: String, local: String, expected: String) throws {
    #expect(try instant(local, identifier).iso8601 == expected)
  }

  @Test(
    "add months, then days, then exact time",
    arguments: [
      ("Europe/Berlin", "2026-03-28 12:00", Period(days: 1), "2026-03-29T10:00:00Z"),
      (
        "Europe/Berlin", "2026-03-28 12:00", Period(microseconds: 86_400_000_000),
        "2026-03-29T11:00:00Z"
      ),
      ("Europe/Berlin", "2026-03-28 02:30", Period(days: 1), "2026-03-29T01:00:00Z"),
      ("UTC", "2026-01-31 10:00", Period(months: 1), "2026-02-28T10:00:00Z"),
      ("UTC", "2024-02-29 10:00", Period(months: 12), "2025-02-28T10:00:00Z"),
      ("UTC", "2026-01-31", Period(months: -2, days: 1), "2025-12-01T00:00:00Z"),
      ("Pacific/Apia", "2011-12-29 10:00", Period(days: 1), "2011-12-30T10:00:00Z"),
      ("UTC", "9999-12-31", Period(days: 400), "9999-12-31T23:59:59.999999Z"),
      ("UTC", "0001-01-02", Period(months: .min), "0001-01-01T00:00:00Z"),
      ("UTC", "0001-01-02", Period(microseconds: .min), "0001-01-01T00:00:00Z"),
    ])
  func adding(identifier: String, local: String, period: Period, expected: String) throws {
    let zone = try zone(identifier)
    #expect(zone.adding(period, to: try instant(local, identifier)).iso8601 == expected)
  }

  @Test("keep the second of two equal readings when nothing is added")
  func addingNothing() throws {
    let second = try instant("2026-10-25T01:30:00Z", "UTC")
    #expect(try zone("Europe/Berlin").adding(Period(), to: second) == second)
  }

  @Test(
    "start days at the first instant with that date",
    arguments: [
      ("Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z"),
      ("America/Sao_Paulo", "2017-10-15T12:00:00Z", "2017-10-15T03:00:00Z"),
      ("America/Sao_Paulo", "2018-02-18T02:30:00Z", "2018-02-17T02:00:00Z"),
      ("America/Havana", "2026-11-01T06:30:00Z", "2026-11-01T04:00:00Z"),
      ("Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T10:00:00Z"),
    ])
  func days(identifier: String, moment: String, start: String) throws {
    #expect(try zone(identifier).startOfDay(instant(moment, "UTC")).iso8601 == start)
  }
}

@Suite("Instants")
struct InstantTests {
  @Test(
    "are read in RFC 3339 and as local times",
    arguments: [
      ("2026-01-31T02:00:00Z", "2026-01-31T02:00:00Z"),
      ("2026-01-31t02:00:00z", "2026-01-31T02:00:00Z"),
      ("2026-01-31T02:00:00+01:30", "2026-01-31T00:30:00Z"),
      ("2026-01-31 02:00:00.25-05:00", "2026-01-31T07:00:00.25Z"),
      ("2026-01-31T02:00:00.1234567Z", "2026-01-31T02:00:00.123456Z"),
      ("2026-01-31 02:00", "2026-01-31T01:00:00Z"),
      ("2026-01-31T02:00", "2026-01-31T01:00:00Z"),
      ("2026-01-31", "2026-01-30T23:00:00Z"),
      ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
      ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ])
  func reading(text: String, expected: String) throws {
    #expect(try instant(text, "Europe/Berlin").iso8601 == expected)
  }

  @Test(
    "are refused where they are no real time",
    arguments: [
      "", "2026", "2026-13-01", "2026-02-29", "2026-01-31 24:00", "2026-01-31 02:60",
      "2026-01-31T02:00:60Z", "2026-01-31T02:00:00.Z", "2026-01-31T02:00:00+1", "31.01.2026",
      "2026-01-31 ", "2026-01-31T02:00:00Zx", "0000-01-01",
    ])
  func refusing(text: String) {
    #expect(Instant(text, in: .utc) == nil)
  }

  @Test("count days as the calendar does")
  func calendar() {
    for days in stride(from: -800_000, through: 3_000_000, by: 997) {
      let date = CivilDate(daysSinceEpoch: days)
      #expect(date.daysSinceEpoch == days)
      #expect((1...12).contains(date.month))
      #expect((1...31).contains(date.day))
    }
    #expect(CivilDate(year: 2026, month: 11, day: 23).weekday == 1)
    #expect(CivilDate(year: 1969, month: 12, day: 28).weekday == 7)
  }
}

func zone(_ identifier: String) throws -> Zone {
  try #require(Zone(identifier: identifier))
}

func instant(_ text: String, _ identifier: String) throws -> Instant {
  try #require(Instant(text, in: zone(identifier)))
}

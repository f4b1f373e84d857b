import Testing

@testable import Expressions

@Suite("Periods")
struct PeriodTests {
  @Test(
    "read a whole number and a unit, and print as they are written",
    arguments: [
      ("45d", Period(days: 45), "45d"),
      ("6h", Period(microseconds: 21_600_000_000), "6h"),
      ("30min", Period(microseconds: 1_800_000_000), "30min"),
      ("90s", Period(microseconds: 90_000_000), "90s"),
      ("60s", Period(microseconds: 60_000_000), "1min"),
      ("2w", Period(days: 14), "14d"),
      ("3mo", Period(months: 3), "3mo"),
      ("1y", Period(months: 12), "1y"),
      ("18mo", Period(months: 18), "18mo"),
      ("1_000d", Period(days: 1000), "1000d"),
      ("0d", Period(), "0d"),
    ])
  func reading(text: String, period: Period, printed: String) throws {
    #expect(try Period.parse(text) == period)
    #expect(period.description == printed)
  }

  @Test(
    "say why they cannot be read",
    arguments: [
      ("1m", PeriodFault.ambiguousUnit(amount: "1")),
      ("45days", .unknownUnit(amount: "45", unit: "days")),
      ("45", .malformed), ("d", .malformed), ("", .malformed), ("_1d", .malformed),
      ("1_d", .malformed), ("1.5h", .malformed), ("-3d", .malformed), ("4\u{301}d", .malformed),
      ("99999999999999999999d", .tooLong), ("10000y", .tooLong), ("999999999999y", .tooLong),
    ])
  func refusing(text: String, fault: PeriodFault) {
    #expect(throws: fault) { try Period.parse(text) }
    #expect(Period(text) == nil)
  }

  @Test(
    "print their parts in a row",
    arguments: [
      (Period(months: 14, days: -2, microseconds: 1_500_000), "14mo -2d 1.5s"),
      (Period(months: 12, microseconds: 3_600_000_000), "1y 1h"),
    ])
  func parts(period: Period, text: String) {
    #expect(period.description == text)
  }

  @Test("have an order in which a month has 30.436875 days")
  func length() {
    #expect(Period(months: 1).inDays == 30.436875)
    #expect(Period(days: 1, microseconds: 43_200_000_000).inDays == 1.5)
    #expect(Period(months: .max).exactMicroseconds == nil)
  }

  @Test(
    "are multiplied part by part",
    arguments: [
      (Period(days: 10), 1.5, Period(days: 15)),
      (Period(days: 1), 0.5, Period(microseconds: 43_200_000_000)),
      (Period(months: 2), 0.5, Period(months: 1)),
      (Period(months: 1), 0.5, Period(microseconds: 1_314_873_000_000)),
      (Period(microseconds: 3), 0.5, Period(microseconds: 2)),
    ])
  func multiplying(period: Period, factor: Double, product: Period) {
    #expect(period.multiplied(by: factor) == product)
    #expect(period.multiplied(by: .infinity) == nil)
  }
}

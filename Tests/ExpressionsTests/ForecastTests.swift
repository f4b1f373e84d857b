import Support
import Testing

@testable import Expressions

@Suite("A forecast")
struct ForecastTests {
  /// A Tuesday.
  private static let today = CivilDate(year: 2026, month: 3, day: 10)

  @Test("goes on with the level where all days are alike")
  func level() throws {
    let forecast = try #require(Forecast(Array(repeating: 2.5, count: 90), today: Self.today))
    #expect(forecast.total(days: 14, from: Self.today) == 35)
    #expect(forecast.total(days: 0, from: Self.today) == 0)
    #expect(forecast.total(days: 1.5, from: Self.today) == 3.75)
  }

  @Test("keeps the week's shape: what is sold on Mondays alone comes on Mondays")
  func week() throws {
    // 28 days up to Monday, 9 March: four Mondays of 7.
    let amounts = (0..<28).map { $0 % 7 == 6 ? 7.0 : 0 }
    let forecast = try #require(Forecast(amounts, today: Self.today))
    #expect(forecast.total(days: 6, from: Self.today) == 0)
    #expect(forecast.total(days: 7, from: Self.today) == 7)
    #expect(forecast.total(days: 14, from: Self.today) == 14)
  }

  @Test("takes a weekday that it has not seen for an average one")
  func unseen() throws {
    // Saturday to Monday: indices 0, 1.5 and 1.5, with the four others 7 in all.
    let forecast = try #require(Forecast([0, 3, 3], today: Self.today))
    #expect(forecast.total(days: 1, from: Self.today) == 2)
    #expect(abs(forecast.total(days: 7, from: Self.today) - 14) < 1e-9)
  }

  @Test("of nothing is nothing, and of no days unknown")
  func nothing() throws {
    let forecast = try #require(Forecast(Array(repeating: 0, count: 800), today: Self.today))
    #expect(forecast.total(days: 30, from: Self.today) == 0)
    #expect(Forecast([], today: Self.today) == nil)
  }

  @Test("keeps the year's shape once two whole years are known, and not a day before")
  func months() throws {
    // 1 a day but 13 a day in March; the two years before 10 March 2026 are 730 days.
    func amounts(_ count: Int) -> [Double] {
      (0..<count).map { day in
        CivilDate(daysSinceEpoch: Self.today.daysSinceEpoch - count + day).month == 3 ? 13 : 1
      }
    }
    let seasonal = try #require(Forecast(amounts(730), today: Self.today))
    let short = try #require(Forecast(amounts(729), today: Self.today))
    let (march, april) = (
      seasonal.total(days: 7, from: Self.today),
      seasonal.total(days: 7, from: CivilDate(year: 2026, month: 4, day: 7))
    )
    #expect(abs(march / april - 13) < 1e-9)
    #expect(
      abs(short.total(days: 7, from: Self.today) - 7 * amounts(729).reduce(0, +) / 729) < 1e-6)
    // Zeros before the first amount are no data.
    let young = try #require(
      Forecast(Array(repeating: 0, count: 400) + amounts(400), today: Self.today))
    #expect(
      abs(young.total(days: 7, from: Self.today) - 7 * amounts(400).reduce(0, +) / 800) < 1e-6)
  }

  @Test("agrees with indices reckoned one by one on random amounts")
  func random() throws {
    var generator = SeededGenerator(seed: 20_260_310)
    for _ in 0..<200 {
      let count = Int.random(in: 1...120, using: &generator)
      let amounts = (0..<count).map { _ in
        Bool.random(using: &generator) ? 0 : Double(Int.random(in: 0...9, using: &generator))
      }
      let horizon = Int.random(in: 0...40, using: &generator)
      let found = try #require(Forecast(amounts, today: Self.today))
        .total(days: Double(horizon), from: Self.today)
      #expect(abs(found - reference(amounts, horizon)) < 1e-9 * max(1, found))
    }
  }

  /// The formula as it is documented, without months.
  private func reference(_ amounts: [Double], _ horizon: Int) -> Double {
    let mean = amounts.reduce(0, +) / Double(amounts.count)
    guard mean > 0 else { return 0 }
    // Today is a Tuesday, so the last amount is of a Monday.
    func weekday(_ ahead: Int) -> Int { ((ahead % 7) + 7 + 1) % 7 }
    let indices = (0..<7).map { day -> Double in
      let own = amounts.indices.filter { weekday($0 - amounts.count) == day }.map { amounts[$0] }
      return own.isEmpty ? 1 : own.reduce(0, +) / Double(own.count) / mean
    }
    let average = indices.reduce(0, +) / 7
    return (0..<horizon).reduce(0) { $0 + mean * indices[weekday($1)] / average }
  }

  @Test(
    "is a function of rules",
    arguments: [
      ("forecast([2, 2, 2, 2, 2, 2, 2], 3d)", "6"), ("forecast([2, 2, 2, 2, 2, 2, 2], 36h)", "3"),
      ("forecast([], 3d)", "missing"), ("forecast([1], -(3d))", "error: forecast out of range"),
      ("forecast([1], customer.lead_time)", "10"),
      ("forecast([1], 40000d)", "error: forecast out of range"),
    ])
  func function(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }
}

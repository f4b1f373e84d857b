/// What daily amounts will come to, from their level and the shape of their weeks and years.
///
/// The classical decomposition with a constant level and multiplicative seasonal indices, as in
/// S. Makridakis, S. C. Wheelwright and R. J. Hyndman, "Forecasting: Methods and Applications"
/// (1998), chapter 3: a day's amount is mean × index of its weekday × index of its month.
struct Forecast {
  private let mean: Double

  /// Index of Monday to Sunday, seven that average 1.
  private let weekdays: [Double]

  /// Index of January to December, twelve that average 1; all are 1 short of two whole years.
  private let months: [Double]

  /// Learns from daily amounts, oldest first, the last being of the day before `today`; `nil` for
  /// none.
  ///
  /// Years count from the first day that has any amount: what was not there yet has no season.
  init?(_ amounts: [Double], today: CivilDate) {
    guard !amounts.isEmpty else { return nil }
    let mean = amounts.reduce(0, +) / Double(amounts.count)
    self.mean = mean
    let first = today.daysSinceEpoch - amounts.count
    let weekday = { (day: Int) in CivilDate(daysSinceEpoch: first + day).weekday - 1 }
    weekdays = Self.indices(amounts, count: 7, mean: mean, part: weekday)

    let begin = amounts.firstIndex { $0 != 0 } ?? amounts.count
    let twoYearsAgo = today.adding(months: -24).daysSinceEpoch
    guard first + begin <= twoYearsAgo else {
      months = Array(repeating: 1, count: 12)
      return
    }
    let known = Array(amounts[begin...])
    let month = { (day: Int) in CivilDate(daysSinceEpoch: first + begin + day).month - 1 }
    months = Self.indices(
      known, count: 12, mean: known.reduce(0, +) / Double(known.count), part: month)
  }

  /// Mean of each part ÷ mean of all, made to average 1; parts without days, and all parts of
  /// nothing, are 1.
  private static func indices(
    _ amounts: [Double], count: Int, mean: Double, part: (Int) -> Int
  ) -> [Double] {
    guard mean != 0 else { return Array(repeating: 1, count: count) }
    var sums = Array(repeating: 0.0, count: count)
    var days = Array(repeating: 0.0, count: count)
    for (day, amount) in amounts.enumerated() {
      sums[part(day)] += amount
      days[part(day)] += 1
    }
    let raw = zip(sums, days).map { $1 == 0 ? 1 : $0 / $1 / mean }
    let average = raw.reduce(0, +) / Double(count)
    return average == 0 ? Array(repeating: 1, count: count) : raw.map { $0 / average }
  }

  /// The sum over so many days from `today` on; of a day that is not whole, its share.
  func total(days: Double, from today: CivilDate) -> Double {
    let whole = Int(days.rounded(.down))
    var total = 0.0
    for ahead in 0..<whole { total += amount(on: today.daysSinceEpoch + ahead) }
    let rest = days - Double(whole)
    return rest > 0 ? total + rest * amount(on: today.daysSinceEpoch + whole) : total
  }

  private func amount(on day: Int) -> Double {
    let date = CivilDate(daysSinceEpoch: day)
    return mean * weekdays[date.weekday - 1] * months[date.month - 1]
  }
}

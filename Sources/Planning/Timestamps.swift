import Expressions
import SQLText

extension Instant {
  /// The point in time as SQL, to the microsecond; years no timestamp has become infinities.
  var sql: SQL { "\(bind: timestampText)::timestamptz" }

  /// `2026-01-31 02:00:00+00`, in UTC.
  var timestampText: String {
    let microsecondsPerDay: Int64 = 86_400_000_000
    let days = microseconds.floorDivided(by: microsecondsPerDay)
    let time = microseconds - days * microsecondsPerDay
    let (year, month, day) = Self.civilDate(daysSince1970: days)
    guard year >= 1 else { return "-infinity" }
    guard year <= 9999 else { return "infinity" }
    let seconds = time / 1_000_000
    let fraction = time % 1_000_000
    return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) + " "
      + padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":"
      + padded(seconds % 60, 2) + (fraction == 0 ? "" : "." + padded(fraction, 6)) + "+00"
  }

  /// The Gregorian date of a day, by counting in years that begin on 1 March.
  private static func civilDate(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let days = daysSince1970 + 719_468
    let era = days.floorDivided(by: 146_097)
    let dayOfEra = days - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    )
  }
}

private func padded(_ number: Int64, _ width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension Int64 {
  fileprivate func floorDivided(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}

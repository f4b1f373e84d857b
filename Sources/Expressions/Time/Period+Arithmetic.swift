extension Period {
  /// The mean length of a month of the Gregorian calendar, 30.436875 days, in microseconds.
  static let microsecondsPerMonth: Int64 = 2_629_746_000_000

  /// The length with a day of 24 hours and a month of 30.436875 days; `nil` if it overflows.
  ///
  /// Periods are compared by it: `30d` and `1mo` have an order although the calendar knows none.
  package var exactMicroseconds: Int64? {
    let months = Int64(months).multipliedReportingOverflow(by: Self.microsecondsPerMonth)
    let days = Int64(days).multipliedReportingOverflow(by: microsecondsPerDay)
    let calendar = months.partialValue.addingReportingOverflow(days.partialValue)
    let total = calendar.partialValue.addingReportingOverflow(microseconds)
    let isTooLong = months.overflow || days.overflow || calendar.overflow || total.overflow
    return isTooLong ? nil : total.partialValue
  }

  /// The length in days, with the fraction.
  package var inDays: Double? {
    exactMicroseconds.map { Double($0) / Double(microsecondsPerDay) }
  }

  /// Whether the period, taken as a whole, leads back in time.
  package var isNegative: Bool {
    if let exactMicroseconds { return exactMicroseconds < 0 }
    return months < 0 || days < 0
  }

  /// The same length in the other direction; parts at the limit stay at it.
  package var negated: Period {
    Period(
      months: months == .min ? .max : -months, days: days == .min ? .max : -days,
      microseconds: microseconds == .min ? .max : -microseconds)
  }

  /// The sum, part by part; `nil` if it overflows.
  package func adding(_ other: Period) -> Period? {
    let months = months.addingReportingOverflow(other.months)
    let days = days.addingReportingOverflow(other.days)
    let exact = microseconds.addingReportingOverflow(other.microseconds)
    guard !months.overflow, !days.overflow, !exact.overflow else { return nil }
    return Period(
      months: months.partialValue, days: days.partialValue, microseconds: exact.partialValue)
  }

  /// The period times a number; `nil` if it overflows.
  ///
  /// Parts that stay whole keep their kind. Otherwise the fraction of a month becomes days of
  /// 30.436875 to the month and the fraction of a day exact time, rounded to the microsecond.
  package func multiplied(by factor: Double) -> Period? {
    let months = Double(months) * factor
    let wholeMonths = months.rounded(.towardZero)
    let monthDays = (months - wholeMonths) * Double(Self.microsecondsPerMonth)
    let days = Double(days) * factor
    let wholeDays = days.rounded(.towardZero)
    let exact = Double(microseconds) * factor + (days - wholeDays) * Double(microsecondsPerDay)
    guard let newMonths = Int(exactly: wholeMonths), let newDays = Int(exactly: wholeDays),
      let newExact = Int64(exactly: (exact + monthDays).rounded())
    else { return nil }
    return Period(months: newMonths, days: newDays, microseconds: newExact)
  }
}

extension Period {
  /// A length of time as CEL writes it, such as `1h30m`; what is less than a microsecond is dropped.
  init?(celText text: String) {
    guard let duration = try? CELDuration(text) else { return nil }
    self.init(microseconds: duration.nanoseconds / 1000)
  }
}

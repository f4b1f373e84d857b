package import Expressions
import Foundation

/// Values as people read them, in the numbers and dates of their language.
package enum ValueText {
  /// Shows a value in a format, or in the one that suits its type; what is missing is a dash.
  package static func show(
    _ value: Value, as function: TextFunction? = nil, formats: TextFormats, zone: Zone
  ) -> String {
    switch (function, value) {
    case (_, .missing), (_, .error): "–"
    case (.money, .number(let number)): money(number, formats)
    case (.percent(let places), .number(let number)):
      (decimal(number) * 100).formatted(style(formats, places: places)) + "%"
    case (.number(let places), .number(let number)):
      decimal(number).formatted(style(formats, places: places))
    case (.days, .number(let number)): days(number, formats)
    case (.days, .duration(let period)): period.inDays.map { days($0, formats) } ?? "–"
    case (_, .number(let number)): decimal(number).formatted(style(formats, places: 6))
    case (_, .duration(let period)): duration(period, formats)
    case (_, .instant(let instant)): date(instant, formats, zone)
    case (_, .text(let text)): text
    case (_, .bool(let flag)): flag ? "yes" : "no"
    case (_, .list(let elements)):
      elements.map { show($0, formats: formats, zone: zone) }.joined(separator: ", ")
    }
  }

  private static func money(_ amount: Double, _ formats: TextFormats) -> String {
    decimal(amount).formatted(
      .currency(code: formats.currency).locale(Locale(identifier: formats.locale))
        .rounded(rule: .toNearestOrAwayFromZero))
  }

  private static func style(
    _ formats: TextFormats, places: Int
  ) -> Decimal.FormatStyle {
    .number.locale(Locale(identifier: formats.locale)).precision(.fractionLength(0...places))
      .rounded(rule: .toNearestOrAwayFromZero)
  }

  private static func duration(_ period: Period, _ formats: TextFormats) -> String {
    guard let days = period.inDays else { return "–" }
    // Under two days the whole number of days would say too little.
    if abs(days) < 2, period.months == 0, period.days == 0 {
      return Duration.seconds(days * 86_400).formatted(
        .units(allowed: [.days, .hours, .minutes], width: .wide, maximumUnitCount: 2)
          .locale(Locale(identifier: formats.locale)))
    }
    return self.days(days, formats)
  }

  /// Whole days, as people count them: a day that is not over does not count.
  private static func days(_ days: Double, _ formats: TextFormats) -> String {
    Duration.seconds(days.rounded(.towardZero) * 86_400).formatted(
      .units(allowed: [.days], width: .wide).locale(Locale(identifier: formats.locale)))
  }

  private static func date(_ instant: Instant, _ formats: TextFormats, _ zone: Zone) -> String {
    // The style sees the local wall clock as if it were UTC, so both agree about the zone.
    let wall = Double(zone.wallClock(instant)) / 1_000_000
    return Date(timeIntervalSince1970: wall).formatted(
      Date.FormatStyle(
        date: .abbreviated, time: .omitted, locale: Locale(identifier: formats.locale),
        timeZone: .gmt))
  }

  /// The decimal that the number prints as, so that 0.1 + 0.2 shows as 0.3.
  private static func decimal(_ number: Double) -> Decimal {
    Decimal(string: "\(number)") ?? 0
  }
}

/// A length of calendar time, such as `45d`, `6h` or `3mo`.
///
/// Days and months are those of the tenant's calendar; the rest is exact. As in PostgreSQL's
/// `interval` the three parts stay apart until the period is added to a point in time.
package struct Period: Sendable, Hashable {
  /// Calendar months (`mo`, and `y` as twelve).
  package var months: Int

  /// Calendar days (`d`, and `w` as seven).
  package var days: Int

  /// Exact microseconds (`h`, `min`, `s`).
  package var microseconds: Int64

  /// Creates a period.
  package init(months: Int = 0, days: Int = 0, microseconds: Int64 = 0) {
    self.months = months
    self.days = days
    self.microseconds = microseconds
  }
}

/// Why a text is no period.
package enum PeriodFault: Error, Sendable, Hashable {
  /// Not a whole number followed by a unit.
  case malformed

  /// `1m`: minutes or months?
  case ambiguousUnit(amount: String)

  /// Digits, and a unit there is none of.
  case unknownUnit(amount: String, unit: String)

  /// More than about 10,000 years.
  case tooLong
}

extension Period {
  /// The units and how they are spelled, longest first.
  package static let units = ["min", "mo", "d", "h", "s", "w", "y"]

  /// Parses a whole number and a unit, `45d` or `6h`; `nil` where `parse` throws.
  package init?(_ text: String) {
    guard let period = try? Period.parse(text) else { return nil }
    self = period
  }

  /// Parses a whole number and a unit: `s`, `min`, `h`, `d`, `w`, `mo`, `y`.
  package static func parse(_ text: some StringProtocol) throws(PeriodFault) -> Period {
    let bytes = Array(text.utf8)
    let digits = bytes.prefix { $0 == UInt8(ascii: "_") || isDigit($0) }
    let amount = String(decoding: digits, as: UTF8.self)
    let unit = String(decoding: bytes[digits.count...], as: UTF8.self)
    guard let first = digits.first, isDigit(first), digits.last != UInt8(ascii: "_"),
      !unit.isEmpty
    else { throw .malformed }
    if unit == "m" { throw .ambiguousUnit(amount: amount) }
    guard units.contains(unit) else {
      let isWord = unit.unicodeScalars.allSatisfy(\.properties.isAlphabetic)
      throw isWord ? .unknownUnit(amount: amount, unit: unit) : .malformed
    }
    guard let count = Int64(amount.filter { $0 != "_" }) else { throw .tooLong }
    guard let period = of(count, unit), let length = period.exactMicroseconds,
      length <= Instant.latest.microseconds - Instant.earliest.microseconds
    else { throw .tooLong }
    return period
  }

  private static func of(_ count: Int64, _ unit: String) -> Period? {
    guard count < 1_000_000_000_000 else { return nil }
    let number = Int(count)
    return switch unit {
    case "y": Period(months: number * 12)
    case "mo": Period(months: number)
    case "w": Period(days: number * 7)
    case "d": Period(days: number)
    case "h": Period.exact(count, of: 3600)
    case "min": Period.exact(count, of: 60)
    default: Period.exact(count, of: 1)
    }
  }

  private static func exact(_ count: Int64, of seconds: Int64) -> Period? {
    let product = count.multipliedReportingOverflow(by: seconds * microsecondsPerSecond)
    return product.overflow ? nil : Period(microseconds: product.partialValue)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }
}

extension Period: CustomStringConvertible {
  /// As the analyst writes it, `45d`; several parts stand in a row, `1mo 2d 6h`.
  package var description: String {
    var parts: [String] = []
    if months != 0 { parts.append(months % 12 == 0 ? "\(months / 12)y" : "\(months)mo") }
    if days != 0 { parts.append("\(days)d") }
    if microseconds != 0 { parts.append(Self.describe(microseconds)) }
    return parts.isEmpty ? "0d" : parts.joined(separator: " ")
  }

  private static func describe(_ microseconds: Int64) -> String {
    let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: microsecondsPerSecond)
    guard rest == 0 else {
      let total = Double(microseconds) / Double(microsecondsPerSecond)
      return "\(total.decimalText(places: 6).trimmingFraction)s"
    }
    if seconds % 3600 == 0 { return "\(seconds / 3600)h" }
    return seconds % 60 == 0 ? "\(seconds / 60)min" : "\(seconds)s"
  }
}

extension String {
  /// A decimal without the zeros that end its fraction.
  package var trimmingFraction: String {
    guard utf8.contains(UInt8(ascii: ".")) else { return self }
    var text = self
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text
  }
}

/// A point in time to the nanosecond, within the years 1 to 9999.
package struct CELTimestamp: Sendable, Hashable, Comparable {
  /// Seconds since 1970-01-01T00:00:00Z, rounded down.
  package let seconds: Int64

  /// 0 to 999,999,999.
  package let nanoseconds: Int64

  static let epoch = CELTimestamp(wholeSeconds: 0)

  private init(wholeSeconds: Int64) {
    seconds = wholeSeconds
    nanoseconds = 0
  }

  /// Creates a point in time; nanoseconds beyond a second carry over.
  package init(seconds: Int64, nanoseconds: Int64 = 0) throws(CELError) {
    let carried = seconds.addingReportingOverflow(nanoseconds.floorDivided(by: nanosPerSecond))
    guard !carried.overflow, Self.range.contains(carried.partialValue) else { throw .overflow }
    self.seconds = carried.partialValue
    self.nanoseconds = nanoseconds.floorRemainder(by: nanosPerSecond)
  }

  private static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  /// Reads RFC 3339, in which neither the seconds nor the offset may be left out.
  package init(_ text: String) throws(CELError) {
    var reader = TimeReader(bytes: Array(text.utf8))
    guard let date = reader.date(), reader.skip(oneOf: "T"),
      let time = reader.timeOfDay(needsSeconds: true), let offset = reader.offset(),
      reader.isAtEnd
    else { throw .invalidArgument("timestamp", "'\(text)' is no time") }
    try self.init(
      seconds: Int64(date.daysSinceEpoch) * secondsPerDay + time.seconds - offset,
      nanoseconds: time.nanoseconds)
  }

  package static func < (left: Self, right: Self) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }

  /// The point in time in UTC, with a fraction of a second only if there is one.
  package var text: String {
    let date = CivilDate(daysSinceEpoch: Int(seconds.floorDivided(by: secondsPerDay)))
    let time = Int(seconds.floorRemainder(by: secondsPerDay))
    let clock = [time / 3600, time / 60 % 60, time % 60].map { $0.padded(2) }
    return "\(date.iso8601)T\(clock.joined(separator: ":"))\(nanoseconds.fractionText)Z"
  }

  func adding(_ duration: CELDuration) throws(CELError) -> CELTimestamp {
    let nanos = duration.nanoseconds
    return try CELTimestamp(
      seconds: seconds + nanos.floorDivided(by: nanosPerSecond),
      nanoseconds: nanoseconds + nanos.floorRemainder(by: nanosPerSecond))
  }

  func since(_ other: CELTimestamp) throws(CELError) -> CELDuration {
    let whole = (seconds - other.seconds).multipliedReportingOverflow(by: nanosPerSecond)
    let sum = whole.partialValue.addingReportingOverflow(nanoseconds - other.nanoseconds)
    guard !whole.overflow, !sum.overflow else { throw .overflow }
    return CELDuration(nanoseconds: sum.partialValue)
  }
}

/// A length of time to the nanosecond, up to 292 years.
package struct CELDuration: Sendable, Hashable, Comparable {
  package let nanoseconds: Int64

  /// Creates a length of time.
  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  package static func < (left: Self, right: Self) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// Reads a sign and amounts with units from hours to nanoseconds: `1h30m`, `-1.5s`, `0`.
  package init(_ text: String) throws(CELError) {
    let fault = CELError.invalidArgument("duration", "'\(text)' is no length of time")
    var rest = Array(text.utf8)[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
    if rest.elementsEqual("0".utf8) {
      nanoseconds = 0
      return
    }
    guard !rest.isEmpty else { throw fault }
    // Counted downwards, since there is one more negative number than there are positive ones.
    var total: Int64 = 0
    while !rest.isEmpty {
      let whole = Self.digits(&rest)
      var fraction: [UInt8] = []
      if rest.first == UInt8(ascii: ".") {
        rest.removeFirst()
        fraction = Self.digits(&rest)
      }
      guard !whole.isEmpty || !fraction.isEmpty, let unit = Self.unit(&rest) else { throw fault }
      guard let amount = Self.amount(whole, fraction, unit) else { throw .overflow }
      let sum = total.subtractingReportingOverflow(amount)
      guard !sum.overflow else { throw .overflow }
      total = sum.partialValue
    }
    guard isNegative || total != .min else { throw .overflow }
    nanoseconds = isNegative ? total : -total
  }

  private static func digits(_ bytes: inout ArraySlice<UInt8>) -> [UInt8] {
    let digits = bytes.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    bytes = bytes.dropFirst(digits.count)
    return digits.map { $0 - UInt8(ascii: "0") }
  }

  private static func unit(_ bytes: inout ArraySlice<UInt8>) -> Int64? {
    for (name, length) in units where bytes.starts(with: name.utf8) {
      bytes = bytes.dropFirst(name.utf8.count)
      return length
    }
    return nil
  }

  /// What is read first must not begin with what is read later.
  private static let units: [(String, Int64)] = [
    ("ns", 1), ("us", 1000), ("µs", 1000), ("μs", 1000), ("ms", 1_000_000), ("s", nanosPerSecond),
    ("m", 60 * nanosPerSecond), ("h", 3600 * nanosPerSecond),
  ]

  /// An amount of a unit in nanoseconds, which a smaller fraction is cut to; `nil` if too long.
  private static func amount(_ whole: [UInt8], _ fraction: [UInt8], _ unit: Int64) -> Int64? {
    var amount: Int64 = 0
    for digit in whole {
      let (product, isProductOver) = amount.multipliedReportingOverflow(by: 10)
      let (sum, isSumOver) = product.addingReportingOverflow(Int64(digit))
      guard !isProductOver, !isSumOver else { return nil }
      amount = sum
    }
    let (nanos, isOver) = amount.multipliedReportingOverflow(by: unit)
    // Ten to the minus fifteenth of an hour is less than a nanosecond.
    var (numerator, denominator): (Int64, Int64) = (0, 1)
    for digit in fraction.prefix(15) {
      numerator = numerator * 10 + Int64(digit)
      denominator *= 10
    }
    let part = denominator.dividingFullWidth(numerator.multipliedFullWidth(by: unit)).quotient
    let (sum, isSumOver) = nanos.addingReportingOverflow(part)
    return isOver || isSumOver ? nil : sum
  }

  /// The length in seconds: `5400s`, `-1.5s`.
  package var text: String {
    let magnitude = nanoseconds.magnitude
    let sign = nanoseconds < 0 ? "-" : ""
    let whole = magnitude / UInt64(nanosPerSecond)
    return "\(sign)\(whole)\(Int64(magnitude % UInt64(nanosPerSecond)).fractionText)s"
  }

  func adding(_ other: CELDuration) throws(CELError) -> CELDuration {
    let sum = nanoseconds.addingReportingOverflow(other.nanoseconds)
    guard !sum.overflow else { throw .overflow }
    return CELDuration(nanoseconds: sum.partialValue)
  }

  func subtracting(_ other: CELDuration) throws(CELError) -> CELDuration {
    let difference = nanoseconds.subtractingReportingOverflow(other.nanoseconds)
    guard !difference.overflow else { throw .overflow }
    return CELDuration(nanoseconds: difference.partialValue)
  }

  func negated() throws(CELError) -> CELDuration {
    try CELDuration(nanoseconds: 0).subtracting(self)
  }
}

let nanosPerSecond: Int64 = 1_000_000_000
private let secondsPerDay: Int64 = 86_400

extension Int64 {
  /// Nanoseconds as the fraction of a second, with its point; nothing for zero.
  fileprivate var fractionText: String {
    guard self != 0 else { return "" }
    var digits = Int(self).padded(9)
    while digits.last == "0" { digits.removeLast() }
    return ".\(digits)"
  }
}

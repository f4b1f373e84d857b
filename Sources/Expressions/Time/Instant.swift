/// A point in time: microseconds since 1970-01-01T00:00:00Z, PostgreSQL's own resolution.
package struct Instant: Sendable, Hashable, Comparable {
  /// Microseconds since the epoch.
  package var microseconds: Int64

  /// Creates an instant.
  package init(microseconds: Int64) { self.microseconds = microseconds }

  package static func < (lhs: Self, rhs: Self) -> Bool { lhs.microseconds < rhs.microseconds }

  /// The first instant of the year 1, UTC; time arithmetic stops here.
  package static let earliest = Instant(microseconds: -62_135_596_800_000_000)

  /// The last instant of the year 9999, UTC; time arithmetic stops here.
  package static let latest = Instant(microseconds: 253_402_300_799_999_999)
}

extension Instant {
  /// Parses RFC 3339 (`2026-01-31T02:00:00Z`), or a local time of `zone` without seconds or
  /// offset: `2026-01-31 02:00`, `2026-01-31T02:00:30.5`, `2026-01-31`.
  ///
  /// Digits of a second beyond the sixth are dropped; a leap second is refused.
  package init?(_ text: String, in zone: Zone) {
    var reader = TimeReader(bytes: Array(text.utf8))
    guard let date = reader.date() else { return nil }
    var reading = Int64(date.daysSinceEpoch) * microsecondsPerDay
    var offset: Int64?
    if !reader.isAtEnd {
      guard reader.skip(oneOf: "Tt "), let time = reader.timeOfDay() else { return nil }
      reading += time.seconds * microsecondsPerSecond + time.nanoseconds / 1000
      if !reader.isAtEnd {
        guard let seconds = reader.offset() else { return nil }
        offset = seconds * microsecondsPerSecond
      }
    }
    guard reader.isAtEnd else { return nil }
    if let offset {
      self.init(microseconds: reading - offset)
    } else {
      self = zone.instant(atWallClock: reading)
    }
  }

  /// The instant in UTC, `2026-01-31T02:00:00Z`, with a fraction of a second only if there is one.
  package var iso8601: String {
    let date = CivilDate(daysSinceEpoch: Int(microseconds.floorDivided(by: microsecondsPerDay)))
    let time = Int(microseconds.floorRemainder(by: microsecondsPerDay))
    let seconds = time / 1_000_000
    var text = "\(date.iso8601)T\((seconds / 3600).padded(2)):\((seconds / 60 % 60).padded(2))"
    text += ":\((seconds % 60).padded(2))"
    if time % 1_000_000 != 0 {
      var fraction = (time % 1_000_000).padded(6)
      while fraction.last == "0" { fraction.removeLast() }
      text += ".\(fraction)"
    }
    return text + "Z"
  }
}

extension CivilDate {
  /// The date as `2026-01-31`.
  package var iso8601: String {
    let years = year < 0 ? "-\((-year).padded(4))" : year.padded(4)
    return "\(years)-\(month.padded(2))-\(day.padded(2))"
  }
}

extension Int {
  func padded(_ width: Int) -> String {
    let digits = String(self)
    return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
  }
}

/// Reads the parts of a date and time from left to right; a part that is not there is `nil`.
struct TimeReader {
  private let bytes: [UInt8]
  private var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  mutating func date() -> CivilDate? {
    guard let year = number(4), year >= 1, skip(oneOf: "-"), let month = number(2),
      skip(oneOf: "-"), let day = number(2), (1...12).contains(month),
      day >= 1, day <= CivilDate.daysInMonth(year: year, month: month)
    else { return nil }
    return CivilDate(year: year, month: month, day: day)
  }

  /// The time since midnight, whose seconds may be left out unless they are needed.
  mutating func timeOfDay(
    needsSeconds: Bool = false
  ) -> (seconds: Int64, nanoseconds: Int64)? {
    guard let hour = number(2), hour < 24, skip(oneOf: ":"), let minute = number(2), minute < 60
    else { return nil }
    let seconds = Int64(hour * 3600 + minute * 60)
    guard skip(oneOf: ":") else { return needsSeconds ? nil : (seconds, 0) }
    guard let second = number(2), second < 60 else { return nil }
    guard skip(oneOf: ".") else { return (seconds + Int64(second), 0) }
    return fraction().map { (seconds + Int64(second), $0) }
  }

  /// Seconds east of Greenwich.
  mutating func offset() -> Int64? {
    if skip(oneOf: "Zz") { return 0 }
    let isWest = position < bytes.count && bytes[position] == UInt8(ascii: "-")
    guard skip(oneOf: "+-"), let hours = number(2), hours < 24, skip(oneOf: ":"),
      let minutes = number(2), minutes < 60
    else { return nil }
    let seconds = Int64(hours * 3600 + minutes * 60)
    return isWest ? -seconds : seconds
  }

  mutating func skip(oneOf characters: StaticString) -> Bool {
    guard position < bytes.count else { return false }
    let byte = bytes[position]
    let isOne = characters.withUTF8Buffer { $0.contains(byte) }
    if isOne { position += 1 }
    return isOne
  }

  private mutating func number(_ digits: Int) -> Int? {
    guard position + digits <= bytes.count else { return nil }
    var value = 0
    for byte in bytes[position..<position + digits] {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    position += digits
    return value
  }

  /// Nanoseconds; digits beyond are dropped.
  private mutating func fraction() -> Int64? {
    var value: Int64 = 0
    var scale: Int64 = 100_000_000
    let start = position
    while position < bytes.count, let digit = number(1) {
      value += Int64(digit) * scale
      scale /= 10
    }
    return position > start ? value : nil
  }
}

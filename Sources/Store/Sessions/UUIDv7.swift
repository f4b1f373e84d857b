package import Expressions

/// An id that the client makes and that sorts by the time it was made (RFC 9562, version 7).
package struct UUIDv7: Sendable, Hashable {
  /// The 128 bits, high half first, as ``CopyBuffer`` takes them.
  package var words: (UInt64, UInt64) { (high, low) }

  private let high: UInt64
  private let low: UInt64

  /// Makes an id for a time in Unix milliseconds, of which the lower 48 bits count.
  package init(
    unixMilliseconds: Int64, using generator: inout some RandomNumberGenerator
  ) {
    let random = UInt64.random(in: 0...0xFFF, using: &generator)
    high = UInt64(bitPattern: unixMilliseconds) << 16 | 0x7000 | random
    low = UInt64.random(in: 0...(.max >> 2), using: &generator) | 1 << 63
  }

  /// Makes a random id for a time in Unix milliseconds.
  package init(unixMilliseconds: Int64) {
    var generator = SystemRandomNumberGenerator()
    self.init(unixMilliseconds: unixMilliseconds, using: &generator)
  }

  /// Makes a random id for a point in time.
  package init(at instant: Instant) {
    self.init(unixMilliseconds: instant.microseconds / 1000)
  }
}

extension UUIDv7: LosslessStringConvertible {
  /// Reads any UUID in the usual form, upper or lower case.
  package init?(_ description: String) {
    let groups = description.split(separator: "-", omittingEmptySubsequences: false)
    let digits = groups.joined()
    guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12], digits.allSatisfy(\.isHexDigit),
      let high = UInt64(digits.prefix(16), radix: 16),
      let low = UInt64(digits.suffix(16), radix: 16)
    else { return nil }
    self.high = high
    self.low = low
  }

  /// The id in lower case, as PostgreSQL writes it.
  package var description: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: 36) { text in
      var place = 0
      for (word, dashes) in [(high, [32, 16, 0]), (low, [48])] {
        for shift in stride(from: 60, through: 0, by: -4) {
          text[place] = digits[Int(word >> UInt64(shift) & 0xF)]
          place += 1
          if dashes.contains(shift) {
            text[place] = UInt8(ascii: "-")
            place += 1
          }
        }
      }
      return place
    }
  }
}

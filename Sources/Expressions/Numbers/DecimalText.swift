extension Double {
  /// The number as a decimal rounded to `places`, half away from zero, decided on its shortest
  /// printed form; `"3192.65"`.
  ///
  /// What is not finite prints as Swift prints it.
  package func decimalText(places: Int) -> String {
    guard let decimal = DecimalDigits(self) else { return "\(self)" }
    return decimal.rounded(places: max(0, places)).text(places: max(0, places))
  }

  /// The number rounded to a count of decimal places, half away from zero, decided on its
  /// shortest printed form; a negative count rounds to tens, hundreds and so on.
  func roundedInDecimal(places: Int) -> Double {
    guard let decimal = DecimalDigits(self) else { return self }
    return decimal.rounded(places: places).double
  }
}

/// A finite number as its shortest decimal digits: `sign 0.d1d2d3… × 10^point`.
struct DecimalDigits {
  private(set) var isNegative: Bool

  /// The digits without zeros in front; none for zero.
  private(set) var digits: [UInt8]

  /// How many digits stand before the decimal point; negative for zeros after it.
  private(set) var point: Int

  /// Reads the shortest text that still means the number; `nil` unless it is finite.
  init?(_ number: Double) {
    guard number.isFinite else { return nil }
    isNegative = number.sign == .minus
    digits = []
    var fraction: Int?
    var exponent = 0
    var bytes = Array("\(number.magnitude)".utf8)[...]
    if let mark = bytes.firstIndex(of: UInt8(ascii: "e")) {
      exponent = Int(String(decoding: bytes[(mark + 1)...], as: UTF8.self)) ?? 0
      bytes = bytes[..<mark]
    }
    for byte in bytes {
      if byte == UInt8(ascii: ".") {
        fraction = digits.count
      } else {
        digits.append(byte - UInt8(ascii: "0"))
      }
    }
    point = (fraction ?? digits.count) + exponent
    trim()
  }

  private mutating func trim() {
    while digits.last == 0 { digits.removeLast() }
    let zeros = digits.prefix { $0 == 0 }.count
    digits.removeFirst(zeros)
    point = digits.isEmpty ? 0 : point - zeros
    if digits.isEmpty { isNegative = false }
  }

  /// The decimal rounded to a count of places after the point, half away from zero.
  func rounded(places: Int) -> DecimalDigits {
    // A Double has at most 17 digits and lies within 10^±324: other counts change nothing.
    let kept = point + min(max(places, -400), 400)
    guard kept < digits.count else { return self }
    var result = self
    if kept < 0 {
      result.digits = []
    } else {
      let isUp = digits[kept] >= 5
      result.digits = Array(digits[..<kept])
      if isUp { result.increment() }
    }
    result.trim()
    return result
  }

  /// The decimal with its point moved two places to the left.
  var hundredth: DecimalDigits {
    var result = self
    if !digits.isEmpty { result.point -= 2 }
    return result
  }

  /// Adds one to the last digit.
  private mutating func increment() {
    for index in digits.indices.reversed() {
      if digits[index] < 9 {
        digits[index] += 1
        return
      }
      digits[index] = 0
    }
    digits.insert(1, at: 0)
    point += 1
  }

  /// The decimal in full, with exactly `places` digits after the point.
  func text(places: Int) -> String {
    var text = isNegative ? "-" : ""
    text += point > 0 ? digit(from: 0, to: point) : "0"
    if places > 0 { text += "." + digit(from: point, to: point + places) }
    return text
  }

  private func digit(from start: Int, to end: Int) -> String {
    let range = (start..<end).map { index in
      digits.indices.contains(index) ? digits[index] + UInt8(ascii: "0") : UInt8(ascii: "0")
    }
    return String(decoding: range, as: UTF8.self)
  }

  /// The nearest Double.
  var double: Double {
    let text = String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
    let magnitude = Double("0.\(text)e\(point)") ?? 0
    return isNegative ? -magnitude : magnitude
  }
}

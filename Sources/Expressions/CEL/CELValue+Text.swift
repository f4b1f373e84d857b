extension CELValue {
  /// The value as an expression would write it, for messages and reports.
  ///
  /// It is cut short: values may share parts many times over and be endless when written out.
  package var shown: String {
    var text = ""
    write(to: &text)
    return text
  }

  private func write(to text: inout String) {
    guard text.utf8.count < 2000 else {
      if !text.hasSuffix("…") { text += "…" }
      return
    }
    switch self {
    case .null: text += "null"
    case .bool(let bool): text += "\(bool)"
    case .int(let int): text += "\(int)"
    case .uint(let uint): text += "\(uint)u"
    case .double(let double):
      text +=
        double.isFinite && double == double.rounded() && double.magnitude < 1e6
        ? "\(double)" : double.shortText
    case .text(let string): text += TextLibrary.quote(string)
    case .bytes(let bytes):
      text += "b\"\(bytes.prefix(1000).map { "\\x" + $0.hexadecimal }.joined())\""
    case .timestamp(let timestamp): text += "timestamp(\"\(timestamp.text)\")"
    case .duration(let duration): text += "duration(\"\(duration.text)\")"
    case .type(let name): text += name
    case .optional(nil): text += "optional.none()"
    case .optional(let value?):
      text += "optional.of("
      value.write(to: &text)
      text += ")"
    case .list(let list):
      text += "["
      for (index, element) in list.prefix(1000).enumerated() {
        if index > 0 { text += ", " }
        element.write(to: &text)
      }
      text += "]"
    case .map(let map):
      text += "{"
      for (index, entry) in map.entries.prefix(1000).enumerated() {
        if index > 0 { text += ", " }
        entry.key.write(to: &text)
        text += ": "
        entry.value.write(to: &text)
      }
      text += "}"
    }
  }
}

extension UInt8 {
  /// Two digits.
  var hexadecimal: String { (self < 16 ? "0" : "") + String(self, radix: 16) }
}

extension Double {
  /// The shortest text that reads back as the number, as C's `%g` lays it out: `1`, `1e+06`.
  var shortText: String {
    guard let decimal = DecimalDigits(self) else { return specialText }
    let exponent = decimal.digits.isEmpty ? 0 : decimal.point - 1
    guard exponent < -4 || exponent >= 6 else { return plainText }
    var text = sign == .minus ? "-" : ""
    text += "\(decimal.digits.first ?? 0)"
    if decimal.digits.count > 1 {
      text += "." + decimal.digits.dropFirst().map(String.init).joined()
    }
    return "\(text)e\(exponent < 0 ? "-" : "+")\(Int(exponent.magnitude).padded(2))"
  }

  /// The shortest digits that read back as the number, without an exponent.
  var plainText: String {
    guard let decimal = DecimalDigits(self) else { return specialText }
    let digits = decimal.digits.map(String.init).joined()
    let text: String
    if decimal.point <= 0 {
      let zeros = String(repeating: "0", count: -decimal.point)
      text = digits.isEmpty ? "0" : "0.\(zeros)\(digits)"
    } else if decimal.point >= digits.count {
      text = digits + String(repeating: "0", count: decimal.point - digits.count)
    } else {
      text = "\(digits.prefix(decimal.point)).\(digits.dropFirst(decimal.point))"
    }
    return (sign == .minus ? "-" : "") + text
  }

  /// `NaN`, `Infinity` or `-Infinity`, for a number that is not finite.
  var specialText: String { isNaN ? "NaN" : self > 0 ? "Infinity" : "-Infinity" }
}

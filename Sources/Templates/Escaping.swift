import Diagnostics
package import Expressions

/// How values are made harmless for the text they stand in.
package enum Escaping {
  /// A text as the content of an HTML element or of an attribute in quotes.
  ///
  /// By code points, not by characters: in a character that a combining mark follows, `<` would be
  /// overlooked.
  package static func html(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { escaped, scalar in
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
  }

  /// A text as the inside of a JSON string.
  static func json(_ text: String) -> String { jsonEscaped(text) }

  /// A value as a whole JSON value: what is missing is `null`, times are in ISO 8601.
  package static func jsonValue(_ value: Value) -> String {
    switch value {
    case .missing, .error: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .number(let number): jsonNumber(number)
    case .text(let text): "\"\(json(text))\""
    case .instant(let instant): "\"\(instant.iso8601)\""
    case .duration(let period): "\"\(period.iso8601)\""
    case .list(let elements): "[\(elements.map(jsonValue).joined(separator: ","))]"
    }
  }

  private static func jsonNumber(_ number: Double) -> String {
    guard number.isFinite else { return "null" }
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension Period {
  /// The length in ISO 8601, `P45D` or `P1M2DT3600S`.
  fileprivate var iso8601: String {
    var text = "P"
    if months != 0 { text += "\(months)M" }
    if days != 0 { text += "\(days)D" }
    if microseconds != 0 || text == "P" {
      let seconds = Double(microseconds) / 1_000_000
      text += "T\(seconds.decimalText(places: 6).trimmingFraction)S"
    }
    return text
  }
}

package import Expressions

/// JSON for what rules compute: events, stored values and machine-readable output share it.
package enum ValueJSON {
  /// One value; numbers keep their decimal form, times are RFC 3339, durations ISO 8601.
  package static func text(_ value: Value) -> String {
    switch value {
    case .missing, .error: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .number(let number): self.number(number)
    case .text(let text): string(text)
    case .instant(let instant): string(instant.iso8601)
    case .duration(let period): string(iso8601(period))
    case .list(let values): "[" + values.map(text).joined(separator: ",") + "]"
    }
  }

  /// An object of named values, in the rule's order.
  package static func object(_ names: [NamedTerm], _ values: [Value]) -> String {
    object(zip(names, values).map { ($0.name, text($1)) })
  }

  /// An object from keys and values that are JSON already.
  package static func object(_ members: [(String, String)]) -> String {
    "{" + members.map { string($0) + ":" + $1 }.joined(separator: ",") + "}"
  }

  /// A JSON string.
  package static func string(_ text: String) -> String {
    var json = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": json += "\\\""
      case "\\": json += "\\\\"
      case "\n": json += "\\n"
      case "\r": json += "\\r"
      case "\t": json += "\\t"
      case "\u{0}"..<"\u{20}", "\u{2028}", "\u{2029}":
        let hex = String(scalar.value, radix: 16)
        json += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: json.unicodeScalars.append(scalar)
      }
    }
    return json + "\""
  }

  private static func number(_ number: Double) -> String {
    guard number.isFinite else { return "null" }
    if number == number.rounded(), abs(number) < 1e15 { return String(Int64(number)) }
    return "\(number)"
  }

  private static func iso8601(_ period: Period) -> String {
    var text = "P"
    if period.months != 0 { text += "\(period.months)M" }
    let day: Int64 = 86_400_000_000
    let days = Int64(period.days) + period.microseconds / day
    if days != 0 { text += "\(days)D" }
    let rest = period.microseconds % day
    if rest != 0 { text += "T" + number(Double(rest) / 1_000_000) + "S" }
    return text == "P" ? "PT0S" : text
  }
}

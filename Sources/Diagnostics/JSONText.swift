/// A text as the inside of a JSON string; the quotes are the caller's.
package func jsonEscaped(_ text: String) -> String {
  // Most texts are fine as they are; U+2028 and U+2029 begin with E2.
  let isSuspect = text.utf8.contains {
    $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") || $0 == 0xE2
  }
  guard isSuspect else { return text }
  return text.unicodeScalars.reduce(into: "") { escaped, scalar in
    switch scalar {
    case "\"": escaped += "\\\""
    case "\\": escaped += "\\\\"
    case "\u{0}"..<"\u{20}", "\u{2028}", "\u{2029}":
      let hex = String(scalar.value, radix: 16)
      escaped += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
    default: escaped.unicodeScalars.append(scalar)
    }
  }
}

/// A text as a JSON string.
func jsonString(_ text: String) -> String { "\"" + jsonEscaped(text) + "\"" }

/// A JSON object of members that are JSON already, in their order.
func jsonObject(_ members: KeyValuePairs<String, String?>) -> String {
  let written = members.compactMap { name, value in value.map { "\(jsonString(name)):\($0)" } }
  return "{" + written.joined(separator: ",") + "}"
}

/// A JSON array of elements that are JSON already.
func jsonArray(_ elements: some Sequence<String>) -> String {
  "[" + elements.joined(separator: ",") + "]"
}

import Store

extension Parameter.Kind {
  /// The kind as JSON Schema says it.
  var schema: JSONValue {
    switch self {
    case .word(let words): ["type": "string", "enum": .array(words.map(JSONValue.string))]
    case .wholeNumber(let range, let fallback):
      [
        "type": "integer", "minimum": .integer(Int64(range.lowerBound)),
        "maximum": .integer(Int64(range.upperBound)), "default": .integer(Int64(fallback)),
      ]
    case .yesNo: ["type": "string", "enum": ["0", "1", "false", "true"]]
    case .uuid: ["type": "string", "format": "uuid"]
    case .name:
      ["type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[A-Za-z0-9_.:-]+$"]
    case .text:
      [
        "type": "string", "minLength": 1, "maxLength": 200,
        "pattern": "^[^\\u0000-\\u001F\\u007F]+$",
      ]
    case .alert:
      [
        "type": "string", "minLength": 4, "maxLength": 2000,
        "pattern": "^[A-Za-z0-9_-]+:([0-9a-f]{2})+$",
      ]
    }
  }

  /// Whether a caller may send it.
  func accepts(_ text: String) -> Bool {
    switch self {
    case .word(let words): return words.contains(text)
    case .wholeNumber(let range, _):
      // Int takes a plus sign, JSON does not.
      return text.utf8.allSatisfy(Self.isDigit) && Int(text).map(range.contains) == true
    case .yesNo: return ["0", "1", "false", "true"].contains(text)
    case .uuid: return UUIDv7(text) != nil
    case .name:
      return (1...200).contains(text.utf8.count)
        && text.utf8.allSatisfy { Self.isWordByte($0) || [0x2E, 0x3A].contains($0) }
    case .text:
      return (1...200).contains(text.unicodeScalars.count)
        && text.unicodeScalars.allSatisfy { $0.value > 0x1F && $0.value != 0x7F }
    case .alert:
      return (4...2000).contains(text.utf8.count)
        && text.wholeMatch(of: /[A-Za-z0-9_-]+:(?:[0-9a-f]{2})+/) != nil
    }
  }

  /// What to send instead.
  var help: String {
    switch self {
    case .word(let words): "one of \(words.joined(separator: ", "))"
    case .wholeNumber(let range, _):
      "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .yesNo: "0, 1, false or true"
    case .uuid: "a UUID"
    case .name: "a name of letters, digits and _ . : -"
    case .alert: "an alert's id, as the list gives it"
    case .text: "1 to 200 characters"
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || [0x2D, 0x5F].contains(byte)
  }
}

/// Functions on texts as sequences of code points; both dialects call them.
///
/// Nothing is normalised: an `é` of one code point and one of two are different texts. Positions
/// count code points from 0.
package enum TextLibrary {
  /// The code point at a position; nothing at the position behind the last.
  package static func charAt(_ text: String, _ index: Int) throws(TextFault) -> String {
    let scalars = text.unicodeScalars
    try check(index, in: scalars.count)
    guard let scalar = scalars.dropFirst(index).first else { return "" }
    return String(scalar)
  }

  /// Where a part first stands at or after a position; -1 if nowhere.
  package static func indexOf(
    _ text: String, _ part: String, from start: Int = 0
  ) throws(TextFault) -> Int {
    let (scalars, wanted) = (Array(text.unicodeScalars), Array(part.unicodeScalars))
    try check(start, in: scalars.count)
    return first(wanted, in: scalars, from: start) ?? -1
  }

  /// Where a part last stands at or before a position; -1 if nowhere.
  package static func lastIndexOf(
    _ text: String, _ part: String, before last: Int? = nil
  ) throws(TextFault) -> Int {
    let (scalars, wanted) = (Array(text.unicodeScalars), Array(part.unicodeScalars))
    if let last { try check(last, in: scalars.count) }
    let latest = min(last ?? scalars.count, scalars.count - wanted.count)
    guard latest >= 0 else { return -1 }
    // The last place of the part is the first place of its mirror image in the text's.
    let mirrored = Array(scalars[..<(latest + wanted.count)].reversed())
    guard let place = first(wanted.reversed(), in: mirrored, from: 0) else { return -1 }
    return mirrored.count - place - wanted.count
  }

  /// The texts one after another, with a separator between.
  package static func join(_ texts: [String], _ separator: String = "") -> String {
    texts.joined(separator: separator)
  }

  /// The text with the letters A to Z in lower case.
  package static func lowerAscii(_ text: String) -> String { mapLetters(text) { $0 | 0x20 } }

  /// The text with the letters a to z in upper case.
  package static func upperAscii(_ text: String) -> String { mapLetters(text) { $0 & 0xDF } }

  /// The text with a part replaced, at most `limit` times from the left if it is not negative.
  ///
  /// An empty part stands before every code point and at the end.
  package static func replace(
    _ text: String, _ part: String, with replacement: String, limit: Int = -1
  ) -> String {
    let (scalars, wanted) = (Array(text.unicodeScalars), Array(part.unicodeScalars))
    var result = String.UnicodeScalarView()
    var position = 0
    var count = 0
    while limit < 0 || count < limit,
      let place = first(wanted, in: scalars, from: position)
    {
      result.append(contentsOf: scalars[position..<place])
      result.append(contentsOf: replacement.unicodeScalars)
      count += 1
      position = place + wanted.count
      guard wanted.isEmpty else { continue }
      guard place < scalars.count else { return String(result) }
      result.append(scalars[place])
      position += 1
    }
    result.append(contentsOf: scalars[position...])
    return String(result)
  }

  /// The parts between separators, at most `limit` of them if it is not negative.
  ///
  /// The last part keeps what is left; an empty separator cuts at every code point.
  package static func split(_ text: String, _ separator: String, limit: Int = -1) -> [String] {
    if limit == 0 { return [] }
    let (scalars, wanted) = (Array(text.unicodeScalars), Array(separator.unicodeScalars))
    if wanted.isEmpty, scalars.isEmpty { return [] }
    var parts: [String] = []
    var start = 0
    while limit < 0 || parts.count < limit - 1,
      let place = first(wanted, in: scalars, from: wanted.isEmpty ? start + 1 : start),
      place < scalars.count
    {
      parts.append(string(scalars[start..<place]))
      start = place + wanted.count
    }
    parts.append(string(scalars[start...]))
    return parts
  }

  /// The code points from one position up to another, or up to the end.
  package static func substring(
    _ text: String, _ start: Int, _ end: Int? = nil
  ) throws(TextFault) -> String {
    let scalars = Array(text.unicodeScalars)
    try check(start, in: scalars.count)
    let end = end ?? scalars.count
    try check(end, in: scalars.count)
    guard start <= end else { throw .reversedRange(start, end) }
    return string(scalars[start..<end])
  }

  /// The text without Unicode's white space at its ends.
  package static func trim(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
  }

  /// The code points from the last to the first.
  package static func reverse(_ text: String) -> String {
    string(text.unicodeScalars.reversed()[...])
  }

  /// The text between double quotes, escaped so that it reads back as the same text.
  package static func quote(_ text: String) -> String {
    var result = String.UnicodeScalarView(["\""])
    for scalar in text.unicodeScalars {
      if let letter = escapes[scalar] {
        result.append("\\")
        result.append(letter)
      } else {
        result.append(scalar)
      }
    }
    result.append("\"")
    return String(result)
  }

  private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
    "\u{07}": "a", "\u{08}": "b", "\u{0C}": "f", "\n": "n", "\r": "r", "\t": "t", "\u{0B}": "v",
    "\\": "\\", "\"": "\"",
  ]
}

/// Why a function has no answer for a text.
package enum TextFault: Error, Sendable, Hashable {
  case indexOutOfRange(Int)

  /// A range that ends before it begins.
  case reversedRange(Int, Int)
}

// MARK: Parts

extension TextLibrary {
  /// Whether a part stands anywhere in the text.
  package static func contains(_ text: String, _ part: String) -> Bool {
    first(Array(part.utf8), in: Array(text.utf8), from: 0) != nil
  }

  /// Whether the text begins with a part.
  package static func startsWith(_ text: String, _ part: String) -> Bool {
    text.utf8.starts(with: part.utf8)
  }

  /// Whether the text ends with a part.
  package static func endsWith(_ text: String, _ part: String) -> Bool {
    text.utf8.reversed().starts(with: part.utf8.reversed())
  }

  /// Knuth, Morris and Pratt's search, which no text can make slow.
  private static func first<Unit: Equatable>(
    _ part: [Unit], in text: [Unit], from start: Int
  ) -> Int? {
    if part.isEmpty { return start <= text.count ? start : nil }
    guard text.count - start >= part.count else { return nil }
    // How long the longest proper beginning of the part is that ends at each of its places.
    var overlaps = [0]
    var length = 0
    for unit in part.dropFirst() {
      while length > 0, part[length] != unit { length = overlaps[length - 1] }
      if part[length] == unit { length += 1 }
      overlaps.append(length)
    }
    length = 0
    for place in start..<text.count {
      while length > 0, part[length] != text[place] { length = overlaps[length - 1] }
      if part[length] == text[place] { length += 1 }
      if length == part.count { return place + 1 - length }
    }
    return nil
  }

  private static func check(_ index: Int, in count: Int) throws(TextFault) {
    guard index >= 0, index <= count else { throw .indexOutOfRange(index) }
  }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    String(String.UnicodeScalarView(scalars))
  }

  private static func mapLetters(_ text: String, _ transform: (UInt8) -> UInt8) -> String {
    let bytes = text.utf8.map { byte in
      let lower = byte | 0x20
      let isLetter = lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
      return isLetter ? transform(byte) : byte
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension SourceMap {
  /// Maps a plain or quoted text by decoding it again; where that does not give `text`, the whole
  /// of `span` is used.
  init(flow text: String, style: Scalar.Style, span: Range<Int>, in bytes: [UInt8]) {
    let quote = style == .plain ? 0 : 1
    let inside = span.dropFirst(quote).dropLast(quote)
    if bytes[inside].elementsEqual(text.utf8) {
      self.init(exact: inside)
      return
    }
    var decoder = FlowDecoder(bytes: bytes, span: span, style: style)
    decoder.run()
    guard decoder.decoded.elementsEqual(text.utf8) else {
      self.init(whole: span, decodedCount: text.utf8.count)
      return
    }
    self.init(pieces: decoder.pieces, in: span)
  }
}

/// Decodes a plain or quoted text while noting where each byte came from.
private struct FlowDecoder {
  let bytes: [UInt8]
  let style: Scalar.Style
  let end: Int
  var position: Int
  var decoded: [UInt8] = []
  var pieces: [SourceMap.Piece] = []

  init(bytes: [UInt8], span: Range<Int>, style: Scalar.Style) {
    self.bytes = bytes
    self.style = style
    let quote = style == .plain ? 0 : 1
    position = min(span.lowerBound + quote, span.upperBound)
    end = max(position, span.upperBound - quote)
  }

  mutating func run() {
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        takeSpace()
      case UInt8(ascii: "'") where style == .singleQuoted:
        emit([UInt8(ascii: "'")], from: position..<min(position + 2, end))
      case UInt8(ascii: "\\") where style == .doubleQuoted:
        takeEscape()
      default:
        emitExactly(position..<position + 1)
      }
    }
  }

  /// Space inside a line stands for itself; one line break is a space, more are one break fewer.
  private mutating func takeSpace() {
    let (after, breaks) = skipSpace(from: position)
    switch breaks {
    case 0: emitExactly(position..<after)
    case 1: emit([UInt8(ascii: " ")], from: position..<after)
    default: emit(Array(repeating: UInt8(ascii: "\n"), count: breaks - 1), from: position..<after)
    }
  }

  private mutating func takeEscape() {
    guard position + 1 < end else { return emitExactly(position..<end) }
    let letter = bytes[position + 1]
    if letter == UInt8(ascii: "\n") || letter == UInt8(ascii: "\r") {
      let (after, breaks) = skipSpace(from: position + 1)
      return emit(
        Array(repeating: UInt8(ascii: "\n"), count: breaks - 1), from: position..<after)
    }
    if let digits = Self.digits[letter] {
      let stop = min(position + 2 + digits, end)
      let scalar = UInt32(String(decoding: bytes[position + 2..<stop], as: UTF8.self), radix: 16)
        .flatMap(Unicode.Scalar.init)
      return emit(scalar.map { Array(String($0).utf8) } ?? [], from: position..<stop)
    }
    let text = Self.letters[letter] ?? String(decoding: [letter], as: UTF8.self)
    emit(Array(text.utf8), from: position..<position + 2)
  }

  private func skipSpace(from start: Int) -> (after: Int, breaks: Int) {
    var offset = start
    var breaks = 0
    while offset < end {
      switch bytes[offset] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"): offset += 1
      case UInt8(ascii: "\n"):
        breaks += 1
        offset += 1
      case UInt8(ascii: "\r"):
        breaks += 1
        offset += 1
        if offset < end, bytes[offset] == UInt8(ascii: "\n") { offset += 1 }
      default: return (offset, breaks)
      }
    }
    return (offset, breaks)
  }

  private mutating func emitExactly(_ source: Range<Int>) {
    let start = decoded.count
    decoded += bytes[source]
    position = source.upperBound
    if let last = pieces.last, last.isExact, last.source.upperBound == source.lowerBound {
      pieces[pieces.count - 1].decoded = last.decoded.lowerBound..<decoded.count
      pieces[pieces.count - 1].source = last.source.lowerBound..<source.upperBound
    } else {
      pieces.append(SourceMap.Piece(decoded: start..<decoded.count, source: source))
    }
  }

  private mutating func emit(_ text: [UInt8], from source: Range<Int>) {
    let start = decoded.count
    decoded += text
    position = source.upperBound
    pieces.append(SourceMap.Piece(decoded: start..<decoded.count, source: source))
  }

  private static let digits: [UInt8: Int] = [
    UInt8(ascii: "x"): 2, UInt8(ascii: "u"): 4, UInt8(ascii: "U"): 8,
  ]

  private static let letters: [UInt8: String] = [
    UInt8(ascii: "0"): "\u{0}", UInt8(ascii: "a"): "\u{7}", UInt8(ascii: "b"): "\u{8}",
    UInt8(ascii: "t"): "\t", UInt8(ascii: "n"): "\n", UInt8(ascii: "v"): "\u{B}",
    UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "r"): "\r", UInt8(ascii: "e"): "\u{1B}",
    UInt8(ascii: "N"): "\u{85}", UInt8(ascii: "_"): "\u{A0}", UInt8(ascii: "L"): "\u{2028}",
    UInt8(ascii: "P"): "\u{2029}",
  ]
}

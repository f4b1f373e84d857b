extension Lexer {
  /// A text or bytes literal with its prefix; `nil` where none begins.
  mutating func text() throws(SyntaxError) -> Token.Kind? {
    var offset = 0
    var isBytes = false
    var isRaw = false
    if let byte = peek(), byte | 0x20 == UInt8(ascii: "b") {
      isBytes = true
      offset = 1
    }
    if let byte = peek(offset), byte | 0x20 == UInt8(ascii: "r") {
      isRaw = true
      offset += 1
    }
    guard let quote = peek(offset), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
      return nil
    }
    let start = position
    let isTriple = peek(offset + 1) == quote && peek(offset + 2) == quote
    position += offset + (isTriple ? 3 : 1)
    var content: [UInt8] = []
    while true {
      guard let byte = peek() else { throw unclosed(quote, isTriple, from: start) }
      if byte == quote, !isTriple || peek(1) == quote && peek(2) == quote { break }
      if !isTriple, byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
        throw unclosed(quote, isTriple, from: start)
      }
      if byte == UInt8(ascii: "\\"), !isRaw {
        content += try escape(inBytes: isBytes)
      } else {
        content.append(byte)
        position += 1
      }
    }
    position += isTriple ? 3 : 1
    return .literal(isBytes ? .bytes(content) : .text(String(decoding: content, as: UTF8.self)))
  }

  private func unclosed(_ quote: UInt8, _ isTriple: Bool, from start: Int) -> SyntaxError {
    let mark = String(UnicodeScalar(quote))
    let quotes = isTriple ? mark + mark + mark : mark
    return SyntaxError(.unclosedText(quote: quotes), at: start..<position)
  }

  /// The bytes an escape stands for.
  private mutating func escape(inBytes: Bool) throws(SyntaxError) -> [UInt8] {
    let start = position
    position += 1
    guard let byte = peek() else { throw SyntaxError(.badEscape("\\"), at: start..<position) }
    position += 1
    if let plain = Self.escapes[byte] { return [plain] }
    let value: UInt32? =
      switch byte {
      case UInt8(ascii: "x"), UInt8(ascii: "X"): digits(2, radix: 16)
      case UInt8(ascii: "u") where !inBytes: digits(4, radix: 16)
      case UInt8(ascii: "U") where !inBytes: digits(8, radix: 16)
      case UInt8(ascii: "0")...UInt8(ascii: "3"): octal()
      default: nil
      }
    // The next character as a whole, where it is not ASCII.
    while let byte = peek(), byte & 0xC0 == 0x80 { position += 1 }
    guard let value else {
      throw SyntaxError(.badEscape(slice(start..<position)), at: start..<position)
    }
    if inBytes { return [UInt8(truncatingIfNeeded: value)] }
    guard let scalar = Unicode.Scalar(value) else {
      throw SyntaxError(.badEscape(slice(start..<position)), at: start..<position)
    }
    return Array(String(scalar).utf8)
  }

  private mutating func octal() -> UInt32? {
    position -= 1
    return digits(3, radix: 8)
  }

  private mutating func digits(_ count: Int, radix: Int) -> UInt32? {
    guard position + count <= bytes.count else { return nil }
    let text = slice(position..<position + count)
    guard text.utf8.allSatisfy(isHexadecimal), let value = UInt32(text, radix: radix) else {
      return nil
    }
    position += count
    return value
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "a"): 0x07, UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C,
    UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    UInt8(ascii: "v"): 0x0B, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "?"): 0x3F,
    UInt8(ascii: "\""): 0x22, UInt8(ascii: "'"): 0x27, UInt8(ascii: "`"): 0x60,
  ]
}

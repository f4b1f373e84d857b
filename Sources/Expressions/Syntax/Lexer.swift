/// Cuts an expression into tokens.
///
/// It never fails halfway through a character: spans begin and end between characters.
struct Lexer {
  private let dialect: Dialect
  let bytes: [UInt8]
  var position = 0

  /// The longest text that is read, in bytes.
  static let limit = 16_384

  init(_ text: String, dialect: Dialect) {
    self.dialect = dialect
    bytes = Array(text.utf8)
  }

  /// All tokens, `end` last.
  static func tokens(of text: String, dialect: Dialect) throws(SyntaxError) -> [Token] {
    var lexer = Lexer(text, dialect: dialect)
    guard lexer.bytes.count <= limit else {
      throw SyntaxError(.tooLong(bytes: lexer.bytes.count), at: 0..<0)
    }
    var tokens: [Token] = []
    while true {
      let token = try lexer.next()
      tokens.append(token)
      if token.kind == .end { return tokens }
    }
  }

  private mutating func next() throws(SyntaxError) -> Token {
    skipSpace()
    let start = position
    guard let byte = peek() else { return Token(kind: .end, span: start..<start) }
    if let kind = try text() { return Token(kind: kind, span: start..<position) }
    if isLetter(byte) {
      while let byte = peek(), isLetter(byte) || isDigit(byte) { position += 1 }
      return Token(kind: word(slice(from: start)), span: start..<position)
    }
    if isDigit(byte) || byte == UInt8(ascii: "."), let kind = try number() {
      return Token(kind: kind, span: start..<position)
    }
    if byte == UInt8(ascii: "`") { return Token(kind: try quoted(), span: start..<position) }
    for length in [2, 1] where start + length <= bytes.count {
      if let symbol = Symbol(rawValue: slice(start..<start + length)) {
        position += length
        return Token(kind: .symbol(symbol), span: start..<position)
      }
    }
    throw unexpectedCharacter()
  }

  private func word(_ text: String) -> Token.Kind {
    switch text {
    case "true": .literal(.bool(true))
    case "false": .literal(.bool(false))
    case "null": .literal(.null)
    default: .word(text)
    }
  }

  private mutating func quoted() throws(SyntaxError) -> Token.Kind {
    let start = position
    position += 1
    while let byte = peek(), byte != UInt8(ascii: "`"), byte != UInt8(ascii: "\n") { position += 1 }
    guard peek() == UInt8(ascii: "`") else {
      throw SyntaxError(.unclosedText(quote: "`"), at: start..<position)
    }
    position += 1
    let name = start + 1..<position - 1
    if dialect == .cel, name.isEmpty || !bytes[name].allSatisfy(isQuotable) {
      throw SyntaxError(.unexpectedCharacter("`"), at: start..<position)
    }
    return .quoted(slice(name))
  }

  private mutating func skipSpace() {
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0x0C:
        position += 1
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
        while let byte = peek(), byte != UInt8(ascii: "\n") { position += 1 }
      default:
        return
      }
    }
  }

  private func unexpectedCharacter() -> SyntaxError {
    var end = position + 1
    while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
    return SyntaxError(.unexpectedCharacter(slice(position..<end)), at: position..<end)
  }
}

// MARK: Numbers

extension Lexer {
  /// A number or a period; `nil` where there is only a dot.
  private mutating func number() throws(SyntaxError) -> Token.Kind? {
    let start = position
    if peek() == UInt8(ascii: "0"), let mark = peek(1), mark | 0x20 == UInt8(ascii: "x") {
      return try hexadecimal()
    }
    digits()
    var isFraction = false
    if peek() == UInt8(ascii: "."), let after = peek(1), isDigit(after) {
      isFraction = true
      position += 1
      digits()
    }
    guard position > start else { return nil }
    if let mark = peek(), mark | 0x20 == UInt8(ascii: "e"), skipExponent() { isFraction = true }
    let unit = position
    while let byte = peek(), isLetter(byte) || isDigit(byte) { position += 1 }
    let span = start..<position
    let amount = slice(start..<unit)
    if unit < position { return try suffixed(amount, slice(unit..<position), isFraction, span) }
    if peek() == UInt8(ascii: "."), dialect == .rule || peek(1).map(isLetter) != true {
      throw SyntaxError(.badNumber(amount + "."), at: start..<position + 1)
    }
    let plain = try ungrouped(amount, span)
    if !isFraction, let integer = UInt64(plain) { return .literal(.integer(integer)) }
    guard isFraction || dialect == .rule, let double = Double(plain), double.isFinite else {
      throw SyntaxError(.badNumber(amount), at: span)
    }
    return .literal(.double(double))
  }

  /// A number that letters follow without a space: `12u`, `45d`.
  private func suffixed(
    _ amount: String, _ suffix: String, _ isFraction: Bool, _ span: Range<Int>
  ) throws(SyntaxError) -> Token.Kind {
    if suffix == "u" || suffix == "U", !isFraction {
      guard let value = UInt64(try ungrouped(amount, span)) else {
        throw SyntaxError(.badNumber(amount + suffix), at: span)
      }
      return .literal(.unsigned(value))
    }
    guard dialect == .rule, !suffix.hasPrefix("_") else {
      throw SyntaxError(.badNumber(amount + suffix), at: span)
    }
    if isFraction, Period.units.contains(suffix) {
      throw SyntaxError(.fractionalPeriod(amount: amount, unit: suffix), at: span)
    }
    do throws(PeriodFault) {
      return .literal(.period(try Period.parse(amount + suffix)))
    } catch {
      let fault: SyntaxFault =
        switch error {
        case .ambiguousUnit(let amount): .ambiguousUnit(amount: amount)
        case .unknownUnit(let amount, let unit): .unknownUnit(amount: amount, unit: unit)
        case .tooLong: .periodTooLong(amount + suffix)
        case .malformed: .badNumber(amount + suffix)
        }
      throw SyntaxError(fault, at: span)
    }
  }

  private mutating func hexadecimal() throws(SyntaxError) -> Token.Kind {
    let start = position
    position += 2
    let first = position
    while let byte = peek(), isHexadecimal(byte) { position += 1 }
    let value = UInt64(slice(from: first), radix: 16)
    var isUnsigned = false
    if let byte = peek(), byte | 0x20 == UInt8(ascii: "u") {
      isUnsigned = true
      position += 1
    }
    let end = position
    while let byte = peek(), isLetter(byte) || isDigit(byte) { position += 1 }
    guard let value, position == end else {
      throw SyntaxError(.badNumber(slice(from: start)), at: start..<position)
    }
    return .literal(isUnsigned ? .unsigned(value) : .integer(value))
  }

  private mutating func digits() {
    while let byte = peek(), isDigit(byte) || byte == UInt8(ascii: "_") && dialect == .rule {
      position += 1
    }
  }

  /// Reads `e-3`; without digits it is no exponent and nothing is read.
  private mutating func skipExponent() -> Bool {
    var end = position + 1
    if end < bytes.count, bytes[end] == UInt8(ascii: "+") || bytes[end] == UInt8(ascii: "-") {
      end += 1
    }
    guard end < bytes.count, isDigit(bytes[end]) else { return false }
    while end < bytes.count, isDigit(bytes[end]) { end += 1 }
    position = end
    return true
  }

  /// The number without its grouping, which must stand between digits.
  private func ungrouped(_ amount: String, _ span: Range<Int>) throws(SyntaxError) -> String {
    guard amount.utf8.contains(UInt8(ascii: "_")) else { return amount }
    let isMisplaced =
      amount.hasSuffix("_") || amount.contains("__") || amount.contains("_.")
      || amount.contains("._") || amount.contains("_e") || amount.contains("_E")
    if isMisplaced { throw SyntaxError(.badNumber(amount), at: span) }
    return amount.filter { $0 != "_" }
  }
}

// MARK: Bytes

extension Lexer {
  func peek(_ offset: Int = 0) -> UInt8? {
    position + offset < bytes.count ? bytes[position + offset] : nil
  }

  func slice(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  private func slice(from start: Int) -> String { slice(start..<position) }

  private func isLetter(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z") || byte == UInt8(ascii: "_")
  }

  /// What CEL lets stand between backquotes.
  private func isQuotable(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte) || "_.-/ ".utf8.contains(byte)
  }

  private func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  func isHexadecimal(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f")
  }
}

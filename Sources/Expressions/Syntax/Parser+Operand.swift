// Operands and what may follow them.
extension Parser {
  mutating func operand() throws(SyntaxError) -> Syntax {
    var value = try primary()
    while let next = try suffix(of: value) { value = next }
    return value
  }

  private mutating func suffix(of value: Syntax) throws(SyntaxError) -> Syntax? {
    switch token.kind {
    case .symbol(.dot):
      return try selection(from: value)
    case .symbol(.openBracket):
      if dialect == .rule, let window = try window(of: value) { return window }
      return try index(into: value)
    case .symbol(.openBrace):
      guard let name = value.dottedName else { return nil }
      let fields = try fields()
      return try node(.message(name, fields), from: value.span.lowerBound)
    case .word("ago") where dialect == .rule:
      advance()
      return try node(.ago(value))
    case .symbol(.percent) where dialect == .rule && !startsOperand(1):
      advance()
      let percent = try node(.percent(value))
      guard isWord("of"), startsOperand(1) else { return percent }
      advance()
      try enter()
      defer { leave() }
      let whole = try unary()
      return try node(.percentOf(percent, whole))
    default:
      return nil
    }
  }

  private mutating func selection(from value: Syntax) throws(SyntaxError) -> Syntax {
    advance()
    let isOptional = skip(.question)
    let span = token.span
    switch token.kind {
    case .quoted(let name):
      advance()
      let selector = Syntax.Selector(name: name, span: span, isOptional: isOptional)
      return try node(.select(value, selector))
    case .word(let name):
      advance()
      return try selection(name, span, isOptional, from: value)
    case .literal(.bool), .literal(.null):
      throw SyntaxError(.reservedWord(slice(span)), at: span)
    default:
      throw unexpected(.name)
    }
  }

  private mutating func selection(
    _ name: String, _ span: Range<Int>, _ isOptional: Bool, from value: Syntax
  ) throws(SyntaxError) -> Syntax {
    if name == "in" { throw SyntaxError(.reservedWord(name), at: span) }
    guard isSymbol(.openParenthesis), !isOptional else {
      let selector = Syntax.Selector(name: name, span: span, isOptional: isOptional)
      return try node(.select(value, selector))
    }
    let call = Syntax.Call(
      target: value, function: name, functionSpan: span, arguments: try arguments())
    return try node(.call(call))
  }

  private mutating func index(into value: Syntax) throws(SyntaxError) -> Syntax {
    let open = token.span
    advance()
    let isOptional = skip(.question)
    let position = try expression()
    if dialect == .rule, skip(.comma) {
      let window = try ending(after: position, open)
      return try node(.window(value, window))
    }
    try close(.closeBracket, open)
    return try node(.index(value, position, isOptional: isOptional))
  }

  private mutating func primary() throws(SyntaxError) -> Syntax {
    let span = token.span
    switch token.kind {
    case .literal(let literal):
      advance()
      try refuseSpelledUnit(after: literal, at: span)
      return try node(.literal(literal), from: span.lowerBound)

    case .symbol(.openParenthesis):
      advance()
      let inner = try expression()
      try close(.closeParenthesis, span)
      return Syntax(kind: inner.kind, span: span.lowerBound..<end, depth: inner.depth)

    case .symbol(.openBracket):
      let elements = try elements()
      return try node(.list(elements), from: span.lowerBound)

    case .symbol(.openBrace):
      let entries = try entries()
      return try node(.map(entries), from: span.lowerBound)

    case .symbol(.dot):
      advance()
      guard case .word(let name) = token.kind else { throw unexpected(.name) }
      return try named(name, isAbsolute: true, from: span.lowerBound)

    case .word(let name):
      return try named(name, isAbsolute: false, from: span.lowerBound)

    case .quoted, .symbol, .end:
      throw unexpected(.operand)
    }
  }

  private mutating func named(
    _ name: String, isAbsolute: Bool, from start: Int
  ) throws(SyntaxError) -> Syntax {
    let span = token.span
    if Self.reservedWords.contains(name) { throw SyntaxError(.reservedWord(name), at: span) }
    advance()
    guard isSymbol(.openParenthesis) else {
      return try node(.name(name, isAbsolute: isAbsolute), from: start)
    }
    let call = Syntax.Call(
      target: nil, function: name, functionSpan: span, arguments: try arguments())
    return try node(.call(call), from: start)
  }

  /// What CEL keeps for itself; such a name may only follow a dot.
  private static let reservedWords: Set<String> = [
    "as", "break", "const", "continue", "else", "for", "function", "if", "import", "in", "let",
    "loop", "package", "namespace", "return", "var", "void", "while",
  ]
}

// MARK: Lists of things in brackets

extension Parser {
  private mutating func arguments() throws(SyntaxError) -> [Syntax.Argument] {
    let open = token.span
    advance()
    var arguments: [Syntax.Argument] = []
    while !isSymbol(.closeParenthesis) {
      var label: Syntax.Label?
      if dialect == .rule, case .word(let name) = token.kind, token(1).kind == .symbol(.assign) {
        label = Syntax.Label(name: name, span: token.span)
        advance()
        advance()
      }
      arguments.append(Syntax.Argument(label: label, value: try expression()))
      guard skip(.comma) else { break }
      if isSymbol(.closeParenthesis) { throw unexpected(.operand) }
    }
    try close(.closeParenthesis, open)
    return arguments
  }

  private mutating func elements() throws(SyntaxError) -> [Syntax.Element] {
    let open = token.span
    advance()
    var elements: [Syntax.Element] = []
    while !isSymbol(.closeBracket) {
      let isOptional = skip(.question)
      elements.append(Syntax.Element(value: try expression(), isOptional: isOptional))
      guard skip(.comma) else { break }
    }
    try close(.closeBracket, open)
    return elements
  }

  private mutating func entries() throws(SyntaxError) -> [Syntax.Entry] {
    let open = token.span
    advance()
    var entries: [Syntax.Entry] = []
    while !isSymbol(.closeBrace) {
      let isOptional = skip(.question)
      let key = try expression()
      try expect(.colon)
      entries.append(Syntax.Entry(key: key, value: try expression(), isOptional: isOptional))
      guard skip(.comma) else { break }
    }
    try close(.closeBrace, open)
    return entries
  }

  /// The fields of a message, whose keys are names.
  private mutating func fields() throws(SyntaxError) -> [Syntax.Entry] {
    let open = token.span
    advance()
    var entries: [Syntax.Entry] = []
    while !isSymbol(.closeBrace) {
      let isOptional = skip(.question)
      let span = token.span
      let name: String
      switch token.kind {
      case .word(let word): name = word
      case .quoted(let quoted): name = quoted
      default: throw unexpected(.name)
      }
      advance()
      let key = try node(.literal(.text(name)), from: span.lowerBound)
      try expect(.colon)
      entries.append(Syntax.Entry(key: key, value: try expression(), isOptional: isOptional))
      guard skip(.comma) else { break }
    }
    try close(.closeBrace, open)
    return entries
  }

  mutating func close(_ symbol: Symbol, _ open: Range<Int>) throws(SyntaxError) {
    if skip(symbol) { return }
    guard token.kind != .end else {
      throw SyntaxError(.unclosedBracket(slice(open), closing: symbol.rawValue), at: open)
    }
    throw unexpected(.closing(symbol.rawValue))
  }
}

extension Syntax {
  /// The name with its dots, if the expression is nothing but names: `customer.tier`.
  package var dottedName: String? {
    switch kind {
    case .name(let name, _): name
    case .select(let value, let selector) where !selector.isOptional:
      value.dottedName.map { "\($0).\(selector.name)" }
    default: nil
    }
  }
}

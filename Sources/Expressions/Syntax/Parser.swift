/// Parses an expression by precedence climbing.
///
/// From loose to tight: `?:`, `or`, `and`, `not` (the word), relations, `+ -`, `* / %`, `- !`,
/// and what follows an operand (`.f`, `[i]`, `(…)`, `ago`, `%`). Every limit is checked on the way,
/// so that neither parsing nor walking the result can exhaust the stack.
package struct Parser {
  let dialect: Dialect
  let text: [UInt8]
  private let tokens: [Token]
  private var index = 0
  private var nesting = 0

  /// How deep an expression may be nested.
  static let depthLimit = 200

  private init(_ text: String, dialect: Dialect) throws(SyntaxError) {
    self.dialect = dialect
    self.text = Array(text.utf8)
    tokens = try Lexer.tokens(of: text, dialect: dialect)
  }

  /// Parses a whole text.
  package static func parse(
    _ text: String, dialect: Dialect = .rule
  ) throws(SyntaxError) -> Syntax {
    var parser = try Parser(text, dialect: dialect)
    if parser.token.kind == .end { throw SyntaxError(.empty, at: 0..<parser.text.count) }
    let syntax = try parser.expression()
    guard parser.token.kind == .end else { throw parser.unexpected(.operation) }
    return syntax
  }

  // MARK: Levels of precedence

  mutating func expression() throws(SyntaxError) -> Syntax {
    try enter()
    defer { leave() }
    let condition = try disjunction()
    guard skip(.question) else { return condition }
    let then = try disjunction()
    try expect(.colon)
    let otherwise = try expression()
    return try node(.conditional(condition, then: then, otherwise: otherwise))
  }

  /// A run of `and` and `or`; in rule files one of the two, elsewhere `and` binds tighter.
  private mutating func disjunction() throws(SyntaxError) -> Syntax {
    var operands = [try negation()]
    var operators: [(logic: Syntax.LogicOperator, text: String)] = []
    while let logic = logicOperator() {
      operators.append((logic, slice(token.span)))
      advance()
      operands.append(try negation())
    }
    guard let first = operators.first else { return operands[0] }
    if operators.allSatisfy({ $0.logic == first.logic }) {
      return try node(.logic(first.logic, operands))
    }
    if dialect == .rule { throw mixed(operands, operators.map(\.logic), operators.map(\.text)) }
    var alternatives = [[operands[0]]]
    for (operand, entry) in zip(operands.dropFirst(), operators) {
      if entry.logic == .and {
        alternatives[alternatives.count - 1].append(operand)
      } else {
        alternatives.append([operand])
      }
    }
    var disjuncts: [Syntax] = []
    for operands in alternatives {
      disjuncts.append(operands.count == 1 ? operands[0] : try node(.logic(.and, operands)))
    }
    return try node(.logic(.or, disjuncts))
  }

  private func logicOperator() -> Syntax.LogicOperator? {
    switch token.kind {
    case .symbol(.and): .and
    case .symbol(.or): .or
    case .word("and") where dialect == .rule: .and
    case .word("or") where dialect == .rule: .or
    default: nil
    }
  }

  /// `not`, which reaches over a whole comparison as people read it.
  private mutating func negation() throws(SyntaxError) -> Syntax {
    guard dialect == .rule, isWord("not"), startsOperand(1) else { return try relation() }
    let start = token.span.lowerBound
    try enter()
    defer { leave() }
    advance()
    let operand = try negation()
    return try node(.unary(.not, operand), from: start)
  }

  private mutating func relation() throws(SyntaxError) -> Syntax {
    var left = try sum()
    var isRelation = false
    while true {
      guard let next = try relation(after: left) else { return left }
      if isRelation, dialect == .rule {
        throw SyntaxError(.chainedComparison, at: next.span)
      }
      left = next
      isRelation = true
    }
  }

  /// One comparison of whatever kind; `nil` where none follows.
  private mutating func relation(after left: Syntax) throws(SyntaxError) -> Syntax? {
    let binary: Syntax.BinaryOperator? =
      switch token.kind {
      case .symbol(.equal): .equal
      case .symbol(.notEqual): .notEqual
      case .symbol(.less): .less
      case .symbol(.lessOrEqual): .lessOrEqual
      case .symbol(.greater): .greater
      case .symbol(.greaterOrEqual): .greaterOrEqual
      case .word("in"): .isIn
      case .word("before") where dialect == .rule: .before
      case .word("after") where dialect == .rule: .after
      default: nil
      }
    if let binary {
      if binary == .less, token(1).kind == .symbol(.greater) { throw angleBrackets }
      advance()
      let right = try sum()
      return try node(.binary(binary, left, right))
    }
    guard dialect == .rule, case .word(let word) = token.kind else { return nil }
    switch word {
    case "between":
      advance()
      let low = try sum()
      guard skipWord("and") else { throw unexpected(.word("and")) }
      let high = try sum()
      return try node(.between(left, low: low, high: high))
    case "is":
      return try standing(of: left)
    default:
      return nil
    }
  }

  mutating func sum() throws(SyntaxError) -> Syntax {
    var left = try product()
    while let binary = binaryOperator([.plus: .add, .minus: .subtract]) {
      advance()
      let right = try product()
      left = try node(.binary(binary, left, right))
    }
    return left
  }

  private mutating func product() throws(SyntaxError) -> Syntax {
    var left = try unary()
    while let binary = binaryOperator([
      .star: .multiply, .slash: .divide, .percent: .modulo,
    ]) {
      advance()
      let right = try unary()
      left = try node(.binary(binary, left, right))
    }
    return left
  }

  private func binaryOperator(
    _ operators: [Symbol: Syntax.BinaryOperator]
  ) -> Syntax.BinaryOperator? {
    guard case .symbol(let symbol) = token.kind else { return nil }
    return operators[symbol]
  }

  mutating func unary() throws(SyntaxError) -> Syntax {
    let start = token.span.lowerBound
    let kind: Syntax.UnaryOperator
    switch token.kind {
    case .symbol(.minus): kind = .minus
    case .symbol(.bang): kind = .not
    case .word("not") where dialect == .rule && startsOperand(1):
      // `a == not b`: in the place of an operand the word reaches as far as it can.
      return try negation()
    default: return try operand()
    }
    try enter()
    defer { leave() }
    let sign = token.kind
    advance()
    // CEL repeats either sign but does not mix them.
    if dialect == .cel, token.kind != sign, isSymbol(.minus) || isSymbol(.bang) {
      throw unexpected(.operand)
    }
    let operand = try unary()
    return try node(.unary(kind, operand), from: start)
  }
}

// MARK: Tokens

extension Parser {
  var token: Token { tokens[index] }

  func token(_ offset: Int) -> Token { tokens[min(index + offset, tokens.count - 1)] }

  mutating func advance() { index = min(index + 1, tokens.count - 1) }

  /// Where the last token that was read ends.
  var end: Int { index == 0 ? 0 : tokens[index - 1].span.upperBound }

  func isSymbol(_ symbol: Symbol) -> Bool { token.kind == .symbol(symbol) }

  func isWord(_ word: String, _ offset: Int = 0) -> Bool { token(offset).kind == .word(word) }

  mutating func skip(_ symbol: Symbol) -> Bool {
    guard isSymbol(symbol) else { return false }
    advance()
    return true
  }

  mutating func skipWord(_ word: String) -> Bool {
    guard isWord(word) else { return false }
    advance()
    return true
  }

  mutating func expect(_ symbol: Symbol) throws(SyntaxError) {
    guard skip(symbol) else { throw unexpected(.symbol(symbol.rawValue)) }
  }

  func slice(_ span: Range<Int>) -> String { String(decoding: text[span], as: UTF8.self) }

  /// Whether the token at `offset` can begin an operand.
  ///
  /// A word that may also be an operator is one if something to operate on follows it.
  func startsOperand(_ offset: Int) -> Bool {
    switch token(offset).kind {
    case .literal, .quoted: true
    case .symbol(let symbol):
      switch symbol {
      case .openParenthesis, .openBracket, .openBrace, .minus, .bang, .dot: true
      default: false
      }
    case .word(let word) where dialect == .rule:
      switch word {
      case "and", "or", "is", "in": false
      case "before", "after", "between", "of": !startsOperand(offset + 1)
      default: true
      }
    case .word(let word): word != "in"
    case .end: false
    }
  }

  /// Counts one more level of nesting, which the caller leaves again.
  mutating func enter() throws(SyntaxError) {
    guard nesting < Self.depthLimit else {
      throw SyntaxError(.tooDeep(limit: Self.depthLimit), at: token.span)
    }
    nesting += 1
  }

  mutating func leave() { nesting -= 1 }

  /// A node from `start`, or from its first part, to the last token that was read.
  ///
  /// Mutating so that the compiler refuses to read its parts and the place after them at once.
  mutating func node(
    _ kind: Syntax.Kind, from start: Int? = nil
  ) throws(SyntaxError) -> Syntax {
    let parts = Syntax(kind: kind, span: 0..<0, depth: 0).children
    let first = start ?? parts.first?.span.lowerBound ?? token.span.lowerBound
    let depth = 1 + (parts.map(\.depth).max() ?? 0)
    guard depth <= Self.depthLimit else {
      throw SyntaxError(.tooDeep(limit: Self.depthLimit), at: token.span)
    }
    return Syntax(kind: kind, span: first..<max(first, end), depth: depth)
  }
}

// What rule files add to CEL's grammar.
extension Parser {
  /// `is missing`, `is not missing`, `is high`, `is at least high`.
  mutating func standing(of value: Syntax) throws(SyntaxError) -> Syntax {
    let start = token.span.lowerBound
    advance()
    let isNegated = skipWord("not")
    if skipWord("missing") { return try node(.missing(value, isNegated: isNegated)) }
    let isAtLeast = isWord("at") && isWord("least", 1)
    if isAtLeast {
      advance()
      advance()
    }
    guard case .word(let word) = token.kind else {
      let fault = SyntaxFault.isWithoutWord(isNegated: isNegated)
      throw SyntaxError(fault, at: start..<max(start, end))
    }
    let span = token.span
    advance()
    return try node(
      .standing(
        value,
        Syntax.Standing(word: word, wordSpan: span, isAtLeast: isAtLeast, isNegated: isNegated)))
  }

  /// `[30d]`, `[30d, ending 30d ago]`, `[this month]`, `[all time]`; `nil` where an index stands.
  mutating func window(of metric: Syntax) throws(SyntaxError) -> Syntax? {
    let open = token.span
    if case .literal(.period) = token(1).kind {
      guard token(2).kind == .symbol(.comma) || token(2).kind == .symbol(.closeBracket) else {
        return nil
      }
      advance()
      let length = try unary()
      guard skip(.comma) else {
        try close(.closeBracket, open)
        return try node(.window(metric, .trailing(length: length, endingAgo: nil)))
      }
      let window = try ending(after: length, open)
      return try node(.window(metric, window))
    }
    guard case .word(let word) = token(1).kind, ["all", "this", "last"].contains(word),
      token(2).kind.isWordOrLiteral
    else { return nil }
    advance()
    advance()
    let span = token(-1).span.lowerBound..<token.span.upperBound
    guard case .word(let unit) = token.kind, let window = Self.window(word, unit) else {
      throw SyntaxError(.badWindow(slice(span)), at: span)
    }
    advance()
    try close(.closeBracket, open)
    return try node(.window(metric, window))
  }

  private static func window(_ word: String, _ unit: String) -> WindowSyntax? {
    if word == "all" { return unit == "time" ? .allTime : nil }
    return Window.CalendarUnit(rawValue: unit).map {
      .calendar($0, offset: word == "this" ? 0 : -1)
    }
  }

  /// `ending 30d ago]`, after the comma.
  mutating func ending(after length: Syntax, _ open: Range<Int>) throws(SyntaxError) -> WindowSyntax
  {
    guard skipWord("ending") else { throw unexpected(.word("ending")) }
    let ending = try unary()
    guard case .ago(let period) = ending.kind else {
      let span = ending.span
      throw SyntaxError(.badWindow("ending \(slice(span))"), at: span)
    }
    try close(.closeBracket, open)
    return .trailing(length: length, endingAgo: period)
  }

  /// `45 days`, which people write for `45d`.
  func refuseSpelledUnit(
    after literal: Syntax.Literal, at span: Range<Int>
  ) throws(SyntaxError) {
    guard dialect == .rule, case .integer = literal, case .word(let word) = token.kind,
      let unit = Self.spelledUnits[word.lowercased()]
    else { return }
    let whole = span.lowerBound..<token.span.upperBound
    throw SyntaxError(.spelledUnit(slice(whole), instead: slice(span) + unit), at: whole)
  }

  static let spelledUnits: [String: String] = [
    "d": "d", "day": "d", "days": "d", "h": "h", "hour": "h", "hours": "h", "hr": "h", "hrs": "h",
    "min": "min", "mins": "min", "minute": "min", "minutes": "min", "s": "s", "sec": "s",
    "second": "s", "seconds": "s", "w": "w", "week": "w", "weeks": "w", "mo": "mo", "month": "mo",
    "months": "mo", "y": "y", "year": "y", "years": "y",
  ]

  /// The error for `a and b or c`, with both ways to read it.
  func mixed(
    _ operands: [Syntax], _ operators: [Syntax.LogicOperator], _ words: [String]
  ) -> SyntaxError {
    let span = operands[0].span.lowerBound..<operands[operands.count - 1].span.upperBound
    let forms = [Syntax.LogicOperator.and, .or].map { tight in
      bracketed(operands, operators, words, tight: tight)
    }
    return SyntaxError(.mixedLogic(forms[0], forms[1]), at: span)
  }

  /// The run with brackets around what `tight` joins.
  private func bracketed(
    _ operands: [Syntax], _ operators: [Syntax.LogicOperator], _ words: [String],
    tight: Syntax.LogicOperator
  ) -> String {
    var groups = [[slice(operands[0].span)]]
    var result = ""
    func close(_ group: [String]) -> String {
      group.count > 1 ? "(\(group.joined(separator: " ")))" : group[0]
    }
    for (index, logic) in operators.enumerated() {
      let operand = slice(operands[index + 1].span)
      if logic == tight {
        groups[groups.count - 1] += [words[index], operand]
      } else {
        result += "\(close(groups[groups.count - 1])) \(words[index]) "
        groups.append([operand])
      }
    }
    return result + close(groups[groups.count - 1])
  }
}

extension Token.Kind {
  fileprivate var isWordOrLiteral: Bool {
    switch self {
    case .word, .literal: true
    default: false
    }
  }
}

extension Syntax {
  /// The expression as a text of a dialect that parses to the same tree.
  ///
  /// Brackets stand only where the tree would change without them. A tree that the dialect cannot
  /// parse to, such as a period in CEL, prints as something else.
  package func text(in dialect: Dialect = .rule) -> String {
    Printer(dialect: dialect).text(of: self, at: .choice)
  }
}

/// How tightly a form holds its parts together, loosest first.
private enum Tightness: Int, Comparable {
  case choice, disjunction, conjunction, negation, relation, sum, product, sign, whole

  static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

private struct Printer {
  let dialect: Dialect

  func text(of syntax: Syntax, at needed: Tightness) -> String {
    let (text, tightness) = form(of: syntax)
    return tightness < needed ? "(\(text))" : text
  }

  private func form(of syntax: Syntax) -> (String, Tightness) {
    switch syntax.kind {
    case .literal(let literal): (literal.text, .whole)
    case .name(let name, let isAbsolute): (isAbsolute ? ".\(name)" : operand(name), .whole)
    case .select(let value, let selector):
      ("\(stem(value)).\(selector.isOptional ? "?" : "")\(quoted(selector.name))", .whole)
    case .index(let value, let index, let isOptional):
      ("\(stem(value))[\(isOptional ? "?" + whole(index) : self.index(index))]", .whole)
    case .window(let value, let window): ("\(stem(value))[\(text(of: window))]", .whole)
    case .call(let call): (text(of: call), .whole)
    case .list(let elements):
      ("[\(list(elements.map { ($0.isOptional ? "?" : "") + whole($0.value) }))]", .whole)
    case .map(let entries):
      ("{\(list(entries.map { self.entry($0, key: whole($0.key)) }))}", .whole)
    case .message(let name, let entries):
      ("\(message(name)){\(list(entries.map { self.entry($0, key: field($0.key)) }))}", .whole)
    case .unary(let sign, let value): unary(sign, value)
    case .binary(let sign, let left, let right): binary(sign, left, right)
    case .logic(let logic, let operands): self.logic(logic, operands)
    case .conditional(let condition, let then, let otherwise):
      (
        "\(text(of: condition, at: .disjunction)) ? \(text(of: then, at: .disjunction)) : "
          + whole(otherwise), .choice
      )
    case .between(let value, let low, let high):
      ("\(term(value)) between \(term(low)) and \(term(high))", .relation)
    case .missing(let value, let isNegated):
      ("\(term(value)) is \(isNegated ? "not " : "")missing", .relation)
    case .standing(let value, let standing):
      (
        "\(term(value)) is \(standing.isNegated ? "not " : "")"
          + "\(standing.isAtLeast ? "at least " : "")\(standing.word)", .relation
      )
    case .ago(let value): ("\(stem(value)) ago", .whole)
    case .percent(let value): ("\(text(of: value, at: .whole))%", .whole)
    case .percentOf(let percent, let whole):
      ("\(text(of: percent, at: .whole)) of \(text(of: whole, at: .sign))", .sign)
    }
  }

  private func whole(_ syntax: Syntax) -> String { text(of: syntax, at: .choice) }

  private func term(_ syntax: Syntax) -> String { text(of: syntax, at: .sum) }

  private func list(_ parts: [String]) -> String { parts.joined(separator: ", ") }

  // MARK: Operators

  private func unary(_ sign: Syntax.UnaryOperator, _ value: Syntax) -> (String, Tightness) {
    if sign == .not, dialect == .rule {
      return ("not \(text(of: value, at: .negation))", .negation)
    }
    // CEL does not mix the two signs.
    if case .unary(let inner, _) = value.kind, inner != sign {
      return ("\(sign == .minus ? "-" : "!")(\(whole(value)))", .sign)
    }
    return ("\(sign == .minus ? "-" : "!")\(text(of: value, at: .sign))", .sign)
  }

  private func binary(
    _ sign: Syntax.BinaryOperator, _ left: Syntax, _ right: Syntax
  ) -> (String, Tightness) {
    let (first, tightness, second): (Tightness, Tightness, Tightness) =
      switch sign {
      case .multiply, .divide, .modulo: (.product, .product, .sign)
      case .add, .subtract: (.sum, .sum, .product)
      // Rules do not string comparisons together.
      default: (dialect == .cel ? .relation : .sum, .relation, .sum)
      }
    let text = text(of: left, at: first)
    return (
      "\(sign == .subtract ? closed(text) : text) \(sign.rawValue) \(self.text(of: right, at: second))",
      tightness
    )
  }

  private func logic(
    _ logic: Syntax.LogicOperator, _ operands: [Syntax]
  ) -> (String, Tightness) {
    let word = dialect == .rule ? logic.rawValue : logic == .and ? "&&" : "||"
    // Rules do not mix the two without brackets.
    let inner: Tightness = logic == .or && dialect == .cel ? .conjunction : .negation
    return (
      operands.map { text(of: $0, at: inner) }.joined(separator: " \(word) "),
      logic == .or ? .disjunction : .conjunction
    )
  }

  // MARK: Operands

  /// What a dot, a bracket or `ago` follows.
  private func stem(_ value: Syntax) -> String {
    // The dot would be the number's.
    if case .literal(let literal) = value.kind, literal.isNumber { return "(\(literal.text))" }
    return closed(text(of: value, at: .whole))
  }

  /// A percentage in brackets, where what follows would make it the remainder of a division.
  private func closed(_ text: String) -> String { text.hasSuffix("%") ? "(\(text))" : text }

  /// Brackets make an operand of a word that is an operator elsewhere.
  private func operand(_ name: String) -> String {
    dialect == .rule && Self.operators.contains(name) ? "(\(name))" : name
  }

  private static let operators: Set<String> = [
    "and", "or", "not", "is", "before", "after", "between", "of",
  ]

  private func text(of call: Syntax.Call) -> String {
    let arguments = list(
      call.arguments.map { ($0.label.map { "\($0.name) = " } ?? "") + whole($0.value) })
    if let target = call.target { return "\(stem(target)).\(call.function)(\(arguments))" }
    let text = "\(call.function)(\(arguments))"
    return operand(call.function) == call.function ? text : "(\(text))"
  }

  /// An index, in brackets where it would be read as a window.
  private func index(_ index: Syntax) -> String {
    let text = whole(index)
    guard dialect == .rule else { return text }
    if case .literal(.period) = index.kind { return "(\(text))" }
    return length(index)
  }

  /// The same where a length alone is none.
  private func length(_ length: Syntax) -> String {
    let text = whole(length)
    let isWindow = ["all ", "this ", "last "].contains { word in
      text.hasPrefix(word) && text.dropFirst(word.count).first?.isLetter == true
    }
    return isWindow ? "(\(text))" : text
  }

  private func text(of window: WindowSyntax) -> String {
    switch window {
    case .allTime: "all time"
    case .calendar(let unit, let offset): "\(offset == 0 ? "this" : "last") \(unit.rawValue)"
    case .trailing(let length, nil): whole(length)
    case .trailing(let length, let ending?): "\(self.length(length)), ending \(stem(ending)) ago"
    }
  }

  // MARK: Names

  private func entry(_ entry: Syntax.Entry, key: String) -> String {
    "\(entry.isOptional ? "?" : "")\(key): \(whole(entry.value))"
  }

  /// A message's name; what follows its first dot may hold anything.
  private func message(_ name: String) -> String {
    guard let dot = name.firstIndex(of: ".") else { return operand(name) }
    let rest = name[name.index(after: dot)...].split(
      separator: ".", omittingEmptySubsequences: false)
    return ([operand(String(name[..<dot]))] + rest.map { quoted(String($0)) })
      .joined(separator: ".")
  }

  private func field(_ key: Syntax) -> String {
    guard case .literal(.text(let name)) = key.kind else { return whole(key) }
    return quoted(name)
  }

  /// A name, between backquotes unless it is a plain one.
  private func quoted(_ name: String) -> String {
    let isPlain =
      name.utf8.first.map { !($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) } == true
      && name.unicodeScalars.allSatisfy {
        $0 == "_" || $0.isASCII && $0.properties.isAlphabetic || ("0"..."9").contains($0)
      }
    let isReserved = ["true", "false", "null", "in"].contains(name)
    return isPlain && !isReserved ? name : "`\(name)`"
  }
}

extension Syntax.Literal {
  fileprivate var isNumber: Bool {
    switch self {
    case .integer, .double: true
    default: false
    }
  }

  fileprivate var text: String {
    switch self {
    case .integer(let value): "\(value)"
    case .unsigned(let value): "\(value)u"
    case .double(let value): "\(value)"
    case .text(let value): value.quoted
    case .bytes(let bytes): "b\"\(bytes.map(Self.escaped).joined())\""
    case .bool(let isTrue): isTrue ? "true" : "false"
    case .null: "null"
    case .period(let period): period.description
    }
  }

  private static func escaped(_ byte: UInt8) -> String {
    let isPlain = (0x20..<0x7F).contains(byte) && byte != 0x22 && byte != 0x5C
    if isPlain { return String(UnicodeScalar(byte)) }
    return "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}

extension String {
  /// The text between quotes, escaped where it must be.
  var quoted: String {
    let inside = unicodeScalars.reduce(into: "") { inside, scalar in
      switch scalar {
      case "\"": inside += "\\\""
      case "\\": inside += "\\\\"
      case "\n": inside += "\\n"
      case "\r": inside += "\\r"
      case "\t": inside += "\\t"
      default: inside.unicodeScalars.append(scalar)
      }
    }
    return "\"\(inside)\""
  }
}

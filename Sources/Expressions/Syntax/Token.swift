/// The smallest piece of an expression that means something.
struct Token: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    case literal(Syntax.Literal)

    /// A name or a word; which of the two, the parser decides by its place.
    case word(String)

    /// A name between backquotes.
    case quoted(String)
    case symbol(Symbol)
    case end
  }

  var kind: Kind
  var span: Range<Int>
}

/// Punctuation, spelled as its raw value.
enum Symbol: String, Sendable, Hashable, CaseIterable {
  case openParenthesis = "("
  case closeParenthesis = ")"
  case openBracket = "["
  case closeBracket = "]"
  case openBrace = "{"
  case closeBrace = "}"
  case dot = "."
  case comma = ","
  case colon = ":"
  case question = "?"
  case plus = "+"
  case minus = "-"
  case star = "*"
  case slash = "/"
  case percent = "%"
  case bang = "!"
  case notEqual = "!="
  case equal = "=="
  case assign = "="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case and = "&&"
  case or = "||"
}

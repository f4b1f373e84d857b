package import Diagnostics

/// Where an expression stops being one, and why.
package struct SyntaxError: Error, Sendable, Hashable {
  package var fault: SyntaxFault
  package var span: Range<Int>

  init(_ fault: SyntaxFault, at span: Range<Int>) {
    self.fault = fault
    self.span = span
  }
}

/// A fact that the lexer or the parser found wrong.
///
/// Facts carry values; the wording is below, in one place.
package enum SyntaxFault: Sendable, Hashable {
  case empty
  case tooLong(bytes: Int)
  case tooDeep(limit: Int)
  case unexpectedCharacter(String)
  case unclosedText(quote: String)
  case badEscape(String)
  case badNumber(String)

  /// `1m`.
  case ambiguousUnit(amount: String)
  case unknownUnit(amount: String, unit: String)

  /// `1.5h`.
  case fractionalPeriod(amount: String, unit: String)
  case periodTooLong(String)

  /// `45 days`.
  case spelledUnit(String, instead: String)

  /// A token that does not belong; `nil` stands for the end of the text.
  case unexpected(String?, expected: Expected)

  /// `a = b`.
  case singleEquals
  case unclosedBracket(String, closing: String)
  case reservedWord(String)

  /// `a and b or c`, and the same with brackets around the `and` and around the `or`.
  case mixedLogic(String, String)

  /// `1 < x < 3`.
  case chainedComparison

  /// `is` with neither `missing` nor a severity after it.
  case isWithoutWord(isNegated: Bool)

  /// Words between brackets that name no window.
  case badWindow(String)

  /// What may stand in a place.
  package enum Expected: Sendable, Hashable {
    case operand, operation, name
    case closing(String)
    case symbol(String)
    case word(String)
  }
}

extension Parser {
  /// The error for a token that does not belong where it stands.
  func unexpected(_ expected: SyntaxFault.Expected) -> SyntaxError {
    if isSymbol(.assign) {
      let span = token.span.lowerBound..<token(1).span.upperBound
      guard ["=>", "=<"].contains(slice(span)) else {
        return SyntaxError(.singleEquals, at: token.span)
      }
      return SyntaxError(.unexpected(slice(span), expected: .operation), at: span)
    }
    let found = token.kind == .end ? nil : slice(token.span)
    return SyntaxError(.unexpected(found, expected: expected), at: token.span)
  }
}

extension Parser {
  /// The error for `<>`, which other languages write for `!=`.
  var angleBrackets: SyntaxError {
    let span = token.span.lowerBound..<token(1).span.upperBound
    return SyntaxError(.unexpected(slice(span), expected: .operation), at: span)
  }
}

extension SyntaxError {
  /// How the error is told to whoever wrote the expression.
  ///
  /// Every word the lexer and the parser say is in this switch.
  package var diagnostic: Diagnostic {
    switch fault {
    case .empty:
      report(
        .empty, "there is no expression here",
        help: "write what is to be compared, as in `since(x) >= 45d`")
    case .tooLong(let bytes):
      report(
        .tooLong, "this expression has \(bytes) bytes, more than the \(Lexer.limit) allowed",
        help: "give its parts names under `values` and use those")
    case .tooDeep(let limit):
      report(
        .tooDeep, "this expression is nested more than \(limit) levels deep",
        help: "give its parts names under `values` and use those")
    case .unexpectedCharacter(let character):
      report(
        .unexpectedCharacter, "'\(character)' means nothing in an expression",
        help: Self.replacements[character].map { "write \($0)" }
          ?? "leave it out, or put quotes around the text that it belongs to")
    case .unclosedText(let quote):
      report(
        .unclosedText, "this text has no closing \(quote)", help: "add \(quote) where it ends")
    case .badEscape(let escape):
      report(
        .badEscape, "'\(escape)' is no escape in a text",
        help: "for a backslash itself write \\\\")
    case .badNumber(let text):
      report(
        .badNumber, "'\(text)' is not a number",
        help: "write it as 1000, 1_000 or 0.5"
          + (text.count { $0 == "." } > 1 ? ", a date as timestamp(\"2026-01-31T00:00:00Z\")" : ""))
    case .ambiguousUnit(let amount):
      report(
        .ambiguousUnit, "'\(amount)m' could be minutes or months",
        help: "write \(amount)min for minutes or \(amount)mo for months")
    case .unknownUnit(let amount, let unit):
      report(
        .unknownUnit, "'\(unit)' is no unit of time",
        help: Self.unit(spelled: unit).map { "write \(amount)\($0)" }
          ?? "the units are s, min, h, d, w, mo and y")
    case .fractionalPeriod(let amount, let unit):
      report(
        .fractionalPeriod, "a length of time is a whole number, and \(amount) is not",
        help: "use a smaller unit than \(unit), as in 90min for an hour and a half")
    case .periodTooLong(let text):
      report(
        .periodTooLong, "'\(text)' is longer than the calendar, which ends in the year 9999",
        help: "write fewer of them")
    case .spelledUnit(let text, let instead):
      report(
        .unknownUnit, "'\(text)' is not how a length of time is written",
        help: "write \(instead)")
    default:
      structure
    }
  }

  /// The same for how the pieces fit together.
  private var structure: Diagnostic {
    switch fault {
    case .unexpected(let found, let expected):
      unexpected(found, expected)
    case .singleEquals:
      report(.singleEquals, "one = compares nothing", help: "write == to compare")
    case .unclosedBracket(let open, let closing):
      report(.unclosedBracket, "this \(open) is never closed", help: "add \(closing) where it ends")
    case .reservedWord(let word):
      report(
        .reservedWord, "'\(word)' is a reserved word and cannot be a name",
        help: word == "if"
          ? "write `condition ? this : that`, all of it in quotes" : "choose another name")
    case .mixedLogic(let tightAnd, let tightOr):
      report(
        .mixedLogic, "'and' and 'or' side by side can be read in two ways",
        help: "write \(tightAnd), or \(tightOr)")
    case .chainedComparison:
      report(
        .chainedComparison, "comparisons cannot be strung together",
        help: "write `x between 1 and 3`, or join two comparisons with `and`")
    case .isWithoutWord(let isNegated):
      report(
        .isWithoutWord, "'is' asks whether a value is missing or how severe an alert is",
        help: "write `is \(isNegated ? "not " : "")missing`, or compare with "
          + (isNegated ? "!=" : "=="))
    case .badWindow(let text):
      report(
        .badWindow, "'\(text)' is no window of time",
        help: "write [30d], [30d, ending 30d ago], [this month], [last quarter] or [all time]")
    default:
      report(.unexpected, "this is not an expression")
    }
  }

  private func unexpected(_ found: String?, _ expected: SyntaxFault.Expected) -> Diagnostic {
    let place =
      switch expected {
      case .operand: "where a value should stand"
      case .operation: "after a complete expression"
      case .name: "where a name should stand"
      case .closing(let symbol), .symbol(let symbol): "where \(symbol) should stand"
      case .word(let word): "where '\(word)' should stand"
      }
    guard let found else {
      let missing =
        switch expected {
        case .operand: "a value"
        case .operation: "an operator"
        case .name: "a name"
        case .closing(let symbol), .symbol(let symbol): symbol
        case .word(let word): "'\(word)'"
        }
      return report(
        .unexpectedEnd, "the expression ends where \(missing) should stand",
        help: "add it, or leave out what asks for it")
    }
    let help = (Self.replacements[found.lowercased()] ?? Self.replacements[found])
      .flatMap { $0 == found ? nil : $0 }
    return report(
      .unexpected, "'\(found)' \(place)",
      help: help.map { "write \($0)" } ?? Self.help(found, expected))
  }

  /// What was likely meant by something that does not belong.
  private static func help(_ found: String, _ expected: SyntaxFault.Expected) -> String {
    switch (found, expected) {
    case (",", .operation): "write numbers as 10_000 and 0.5"
    case (",", .closing(")")): "write a list between [ and ]"
    case ("}", _), ("{", _): "write names without braces"
    case (_, .operation): "join two parts with an operator, as in `a > 3 and b`"
    case ("*", .operand): "rows are counted by metrics of the catalog: name one of those"
    case (_, .closing("]")), (_, .symbol("]")):
      "write ] here; windows are written as in [30d], [last month] or [all time]"
    case (_, .operand): "write a name, a number or a \"text\" here"
    case (_, .name): "write a name here"
    case (_, .closing(let symbol)), (_, .symbol(let symbol)): "write \(symbol) here"
    case (_, .word(let word)): "write \(word) here"
    }
  }

  private func report(
    _ code: ExpressionCode, _ message: String, help: String? = nil
  ) -> Diagnostic {
    Diagnostic(code.code, message, at: span, help: help)
  }

  private static func unit(spelled word: String) -> String? {
    word.lowercased() == "k" ? "_000" : Parser.spelledUnits[word.lowercased()]
  }

  /// What people type for what is meant.
  private static let replacements: [String: String] = [
    "<>": "!=", "&": "and", "|": "or", "“": "\"", "”": "\"", "„": "\"", "‘": "'", "’": "'",
    "–": "-",
    "—": "-", "−": "-", "×": "*", "·": "*", "÷": "/", "≥": ">=", "≤": "<=", "≠": "!=", "¬": "not",
    "and": "and", "or": "or", "not": "not", "is": "is missing, or is not missing", "in": "in",
    "=>": ">=", "=<": "<=", "like": "a call, as in name.contains(\"x\")",
    "contains": "a call, as in name.contains(\"x\")", "percent": "%, as in 80%",
    "greater": ">", "more": ">", "less": "<", "at": ">= for at least, <= for at most",
    "equals": "==", "then": "`condition ? this : that`, all of it in quotes",
    "\u{A0}": "an ordinary space", ";": "a comma between arguments, and nothing at the end",
  ]
}

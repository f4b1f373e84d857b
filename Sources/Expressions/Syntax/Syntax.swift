/// Which language a text is written in.
package enum Dialect: Sendable, Hashable {
  /// The Common Expression Language as its specification has it.
  case cel

  /// The language of rule files: CEL's grammar with words, periods, windows and percentages.
  case rule
}

/// A parsed expression or a part of one, with the bytes it stands for.
///
/// It says what was written, not what it means: names are unresolved and nothing is typed.
package struct Syntax: Sendable, Hashable {
  package let kind: Kind

  /// Byte offsets in the expression's text; brackets around the whole are part of it.
  package let span: Range<Int>

  /// How many nodes stand on the longest way down, this one included.
  let depth: Int

  package indirect enum Kind: Sendable, Hashable {
    case literal(Literal)

    /// `x`, or `.x` from the root scope.
    case name(String, isAbsolute: Bool)

    /// `e.f`, or `e.?f`.
    case select(Syntax, Selector)

    /// `e[i]`, or `e[?i]`.
    case index(Syntax, Syntax, isOptional: Bool)

    /// `metric[30d]`.
    case window(Syntax, WindowSyntax)
    case call(Call)
    case list([Element])
    case map([Entry])

    /// `Name{field: e}`.
    case message(String, [Entry])
    case unary(UnaryOperator, Syntax)
    case binary(BinaryOperator, Syntax, Syntax)

    /// `a and b and c`, flat.
    case logic(LogicOperator, [Syntax])
    case conditional(Syntax, then: Syntax, otherwise: Syntax)
    case between(Syntax, low: Syntax, high: Syntax)

    /// `e is missing`, `e is not missing`.
    case missing(Syntax, isNegated: Bool)

    /// `e is high`, `e is not high`, `e is at least high`.
    case standing(Syntax, Standing)

    /// `45d ago`.
    case ago(Syntax)

    /// `20%`.
    case percent(Syntax)

    /// `80% of x`; the first part is the percentage.
    case percentOf(Syntax, Syntax)
  }

  package enum Literal: Sendable, Hashable {
    /// Digits without a sign; only a minus before it makes 2^63 an `int`.
    case integer(UInt64)

    /// `12u`.
    case unsigned(UInt64)
    case double(Double)
    case text(String)
    case bytes([UInt8])
    case bool(Bool)
    case null
    case period(Period)
  }

  /// The name after a dot.
  package struct Selector: Sendable, Hashable {
    package var name: String
    package var span: Range<Int>
    package var isOptional: Bool
  }

  /// `f(a)`, `f(a, name = b)` or `target.f(a)`.
  package struct Call: Sendable, Hashable {
    package var target: Syntax?
    package var function: String
    package var functionSpan: Range<Int>
    package var arguments: [Argument]
  }

  package struct Argument: Sendable, Hashable {
    /// The name before `=`, and where it stands.
    package var label: Label?
    package var value: Syntax
  }

  package struct Label: Sendable, Hashable {
    package var name: String
    package var span: Range<Int>
  }

  package struct Element: Sendable, Hashable {
    package var value: Syntax
    package var isOptional: Bool
  }

  /// A map's key and value; a message's fields have a text as key.
  package struct Entry: Sendable, Hashable {
    package var key: Syntax
    package var value: Syntax
    package var isOptional: Bool
  }

  /// What stands after `is`.
  package struct Standing: Sendable, Hashable {
    package var word: String
    package var wordSpan: Range<Int>
    package var isAtLeast: Bool
    package var isNegated: Bool
  }

  package enum UnaryOperator: Sendable, Hashable { case minus, not }

  package enum BinaryOperator: String, Sendable, Hashable {
    case multiply = "*"
    case divide = "/"
    case modulo = "%"
    case add = "+"
    case subtract = "-"
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case isIn = "in"
    case before, after
  }

  package enum LogicOperator: String, Sendable, Hashable { case and, or }
}

/// A window as it is written between brackets.
package enum WindowSyntax: Sendable, Hashable {
  case allTime
  case calendar(Window.CalendarUnit, offset: Int)

  /// A length, and how long before the run the window ends.
  case trailing(length: Syntax, endingAgo: Syntax?)
}

extension Syntax {
  /// The parts an expression is made of, from left to right.
  package var children: [Syntax] {
    switch kind {
    case .literal, .name: []
    case .select(let value, _), .unary(_, let value), .missing(let value, _),
      .standing(let value, _), .ago(let value), .percent(let value):
      [value]
    case .index(let left, let right, _), .binary(_, let left, let right),
      .percentOf(let left, let right):
      [left, right]
    case .window(let value, .trailing(let length, let ending)):
      [value, length] + (ending.map { [$0] } ?? [])
    case .window(let value, _): [value]
    case .call(let call): (call.target.map { [$0] } ?? []) + call.arguments.map(\.value)
    case .list(let elements): elements.map(\.value)
    case .map(let entries), .message(_, let entries): entries.flatMap { [$0.key, $0.value] }
    case .logic(_, let operands): operands
    case .conditional(let condition, let then, let otherwise): [condition, then, otherwise]
    case .between(let value, let low, let high): [value, low, high]
    }
  }
}

import Support

@testable import Expressions

/// Invents expressions that a dialect's grammar has, all kinds of them.
struct RandomSyntax {
  let dialect: Dialect
  var random: SeededGenerator

  init(_ dialect: Dialect, seed: UInt64) {
    self.dialect = dialect
    random = SeededGenerator(seed: seed)
  }

  mutating func next(depth: Int = 5) -> Syntax { Syntax(kind: kind(depth), span: 0..<0, depth: 0) }

  private mutating func chance() -> Bool { Bool.random(using: &random) }

  private mutating func one<Element>(of list: [Element], or other: Element) -> Element {
    list.randomElement(using: &random) ?? other
  }

  private mutating func several(_ count: ClosedRange<Int>, _ depth: Int) -> [Syntax] {
    (0..<Int.random(in: count, using: &random)).map { _ in next(depth: depth - 1) }
  }

  private static let words = [
    "a", "b", "revenue", "all", "this", "last", "ago", "at", "least", "missing", "high", "ending",
    "before", "after", "between", "of", "and", "or", "not", "is", "r", "e3", "u", "d", "min",
  ]

  /// Names that need backquotes; CEL lets few characters stand between them.
  private var quotedNames: [String] {
    let names = ["two words", "a-b", "true", "in", "1", "a.b/c"]
    return dialect == .cel ? names : names + ["\u{E9}", ""]
  }

  private mutating func word() -> String { one(of: Self.words, or: "x") }

  private mutating func name() -> String {
    Int.random(in: 0..<4, using: &random) == 0 ? one(of: quotedNames, or: "x") : word()
  }

  /// A function's name; `not` before a bracket is the operator.
  private mutating func function() -> String {
    let word = word()
    return word == "not" ? "f" : word
  }

  private mutating func kind(_ depth: Int) -> Syntax.Kind {
    guard depth > 0 else {
      return chance() ? .literal(literal()) : .name(word(), isAbsolute: chance() && chance())
    }
    switch Int.random(in: 0..<(dialect == .rule ? 24 : 16), using: &random) {
    case 0: return .literal(literal())
    case 1: return .name(word(), isAbsolute: chance())
    case 2: return .select(next(depth: depth - 1), selector())
    case 3: return .index(next(depth: depth - 1), next(depth: depth - 1), isOptional: chance())
    case 4, 5: return .call(call(depth))
    case 6: return .list(several(0...3, depth).map { .init(value: $0, isOptional: chance()) })
    case 7: return .map(entries(depth) { $0.next(depth: depth - 1) })
    case 8:
      let path = [word()] + (0..<Int.random(in: 0..<3, using: &random)).map { _ in name() }
      return .message(
        path.joined(separator: "."),
        entries(depth) {
          Syntax(kind: .literal(.text($0.name())), span: 0..<0, depth: 0)
        })
    case 9: return .unary(chance() ? .minus : .not, next(depth: depth - 1))
    case 10...12:
      return .binary(binaryOperator(), next(depth: depth - 1), next(depth: depth - 1))
    case 13, 14: return .logic(chance() ? .and : .or, several(2...4, depth))
    case 15:
      return .conditional(
        next(depth: depth - 1), then: next(depth: depth - 1), otherwise: next(depth: depth - 1))
    default: return ruleKind(depth)
    }
  }

  /// What CEL does not have.
  private mutating func ruleKind(_ depth: Int) -> Syntax.Kind {
    let value = next(depth: depth - 1)
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return .window(value, window(depth))
    case 1:
      return .between(value, low: next(depth: depth - 1), high: next(depth: depth - 1))
    case 2: return .missing(value, isNegated: chance())
    case 3:
      let standing = Syntax.Standing(
        word: one(of: ["high", "low", "at", "x"], or: "x"), wordSpan: 0..<0,
        isAtLeast: chance(), isNegated: chance())
      return .standing(value, standing)
    case 4: return .ago(value)
    case 5, 6: return .percent(value)
    default:
      let percent = Syntax(kind: .percent(value), span: 0..<0, depth: 0)
      return .percentOf(percent, next(depth: depth - 1))
    }
  }

  private mutating func literal() -> Syntax.Literal {
    switch Int.random(in: 0..<(dialect == .rule ? 8 : 7), using: &random) {
    case 0: return .integer(one(of: [0, 1, 45, .max], or: 7))
    case 1: return .unsigned(one(of: [0, .max], or: 7))
    case 2:
      return .double(one(of: [0, 0.1, 1, 1e300, .leastNonzeroMagnitude, 123456789.125], or: 0.5))
    case 3: return .text(one(of: ["", "it's", "a\"\\b", "\n\r\t\0", "e\u{301}\u{1F377}"], or: "x"))
    case 4: return .bytes(one(of: [[], [0, 34, 92, 65, 255]], or: [10]))
    case 5: return .bool(chance())
    case 6: return .null
    default: return .period(period())
    }
  }

  private mutating func period() -> Period {
    one(
      of: ["0d", "45d", "6h", "90min", "7s", "2w", "3mo", "1y"].compactMap { Period($0) },
      or: Period(days: 1))
  }

  private mutating func selector() -> Syntax.Selector {
    .init(name: name(), span: 0..<0, isOptional: chance() && chance())
  }

  private mutating func call(_ depth: Int) -> Syntax.Call {
    let target = chance() ? next(depth: depth - 1) : nil
    let arguments = several(0...3, depth).map { value in
      Syntax.Argument(
        label: dialect == .rule && chance() ? .init(name: word(), span: 0..<0) : nil, value: value)
    }
    return .init(
      target: target, function: target == nil ? function() : word(), functionSpan: 0..<0,
      arguments: arguments)
  }

  private mutating func entries(
    _ depth: Int, key: (inout RandomSyntax) -> Syntax
  ) -> [Syntax.Entry] {
    (0..<Int.random(in: 0...2, using: &random)).map { _ in
      .init(key: key(&self), value: next(depth: depth - 1), isOptional: chance())
    }
  }

  private mutating func binaryOperator() -> Syntax.BinaryOperator {
    let signs: [Syntax.BinaryOperator] = [
      .multiply, .divide, .modulo, .add, .subtract, .subtract, .equal, .notEqual, .less,
      .lessOrEqual, .greater, .greaterOrEqual, .isIn,
    ]
    return one(of: dialect == .rule ? signs + [.before, .after] : signs, or: .add)
  }

  private mutating func window(_ depth: Int) -> WindowSyntax {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return .allTime
    case 1:
      return .calendar(chance() ? .month : .quarter, offset: chance() ? 0 : -1)
    case 2:
      let length = Syntax(kind: .literal(.period(period())), span: 0..<0, depth: 0)
      return .trailing(length: length, endingAgo: chance() ? next(depth: depth - 1) : nil)
    default:
      return .trailing(length: next(depth: depth - 1), endingAgo: next(depth: depth - 1))
    }
  }
}

extension Syntax {
  /// The tree without places.
  var shape: Syntax {
    func bare(_ syntax: Syntax) -> Syntax { syntax.shape }
    let none = 0..<0
    let kind: Kind =
      switch kind {
      case .literal, .name: kind
      case .select(let value, let selector):
        .select(
          bare(value),
          .init(name: selector.name, span: none, isOptional: selector.isOptional))
      case .index(let value, let index, let isOptional):
        .index(bare(value), bare(index), isOptional: isOptional)
      case .window(let value, .trailing(let length, let ending)):
        .window(bare(value), .trailing(length: bare(length), endingAgo: ending.map(bare)))
      case .window(let value, let window): .window(bare(value), window)
      case .call(let call):
        .call(
          .init(
            target: call.target.map(bare), function: call.function, functionSpan: none,
            arguments: call.arguments.map {
              .init(
                label: $0.label.map { .init(name: $0.name, span: none) }, value: bare($0.value))
            }))
      case .list(let elements):
        .list(elements.map { .init(value: bare($0.value), isOptional: $0.isOptional) })
      case .map(let entries): .map(entries.map(\.shape))
      case .message(let name, let entries): .message(name, entries.map(\.shape))
      case .unary(let sign, let value): .unary(sign, bare(value))
      case .binary(let sign, let left, let right): .binary(sign, bare(left), bare(right))
      case .logic(let logic, let operands): .logic(logic, operands.map(bare))
      case .conditional(let condition, let then, let otherwise):
        .conditional(bare(condition), then: bare(then), otherwise: bare(otherwise))
      case .between(let value, let low, let high):
        .between(bare(value), low: bare(low), high: bare(high))
      case .missing(let value, let isNegated): .missing(bare(value), isNegated: isNegated)
      case .standing(let value, let standing):
        .standing(
          bare(value),
          .init(
            word: standing.word, wordSpan: none, isAtLeast: standing.isAtLeast,
            isNegated: standing.isNegated))
      case .ago(let value): .ago(bare(value))
      case .percent(let value): .percent(bare(value))
      case .percentOf(let percent, let whole): .percentOf(bare(percent), bare(whole))
      }
    return Syntax(kind: kind, span: none, depth: 0)
  }
}

extension Syntax.Entry {
  fileprivate var shape: Self {
    .init(key: key.shape, value: value.shape, isOptional: isOptional)
  }
}

import CopyRows
import Evaluation
import Expressions
import Support

/// Rows of every column type, with what is missing, extreme, broken or nearly equal.
enum RandomBatch {
  static let amount = Input.field(path: ["thing", "amount"])
  static let other = Input.field(path: ["thing", "other"])
  static let flag = Input.field(path: ["thing", "flag"])
  static let time = Input.field(path: ["thing", "time"])
  static let length = Input.field(path: ["thing", "length"])
  static let kind = Input.field(path: ["thing", "kind"])
  static let tags = Input.field(path: ["thing", "tags"])
  static let types: [ValueType] = [
    .text, .number, .number, .bool, .instant, .duration, .text, .list(.text),
  ]
  static let slots = [amount: 1, other: 2, flag: 3, time: 4, length: 5, kind: 6, tags: 7]
  static let context = EvaluationContext(
    now: Instant(microseconds: 1_773_158_400_000_000),
    zone: Zone(identifier: "America/New_York") ?? .utc)

  struct Row {
    var amount: Double?
    var other: Double?
    var flag: Bool?
    var time: Int64?
    var length: Int64?
    var kind: String?
    var tags: [String]?
  }

  static let numbers: [Double?] = [
    nil, 0, 0.1, 0.2, 0.3, 0.7, 1, 3, 7, 10, 10, -0.3, 0.1 + 0.2, 9_007_199_254_740_992, 1e-300,
    1e300, .nan, .infinity, -.infinity, 99.99, 33.33, 66.67,
  ]

  static func make(
    rows: Int, using random: inout SeededGenerator
  ) throws -> ColumnBatch {
    let day: Int64 = 86_400_000_000
    var builder = ColumnBatchBuilder(types: types)
    for _ in 0..<rows {
      let row = Row(
        amount: numbers.randomElement(using: &random) ?? nil,
        other: numbers.randomElement(using: &random) ?? nil,
        flag: [nil, true, false].randomElement(using: &random) ?? nil,
        // PostgreSQL counts from the year 2000.
        time: [nil, .min, .max, 0, 826_473_600_000_000, 826_473_600_000_000 - 45 * day]
          .randomElement(using: &random) ?? nil,
        length: [nil, 0, 45 * day, 30 * day + 1, .max, .min].randomElement(using: &random) ?? nil,
        kind: [nil, "", "a", "b", "ä", "a\u{308}", "something longer than the others"]
          .randomElement(using: &random) ?? nil,
        tags: [nil, [], ["a"], ["b", "a"]].randomElement(using: &random) ?? nil)
      try append(row, to: &builder)
    }
    return builder.finish()
  }

  static func append(_ row: Row, to builder: inout ColumnBatchBuilder) throws {
    let bytes = CopyRow.bytes { copy in
      copy.text("k")
      for number in [row.amount, row.other] {
        if let number { copy.number(number) } else { copy.null() }
      }
      if let flag = row.flag { copy.bool(flag) } else { copy.null() }
      for integer in [row.time, row.length] {
        if let integer { copy.integer(integer) } else { copy.null() }
      }
      if let kind = row.kind { copy.text(kind) } else { copy.null() }
      if let tags = row.tags {
        copy.array(tags.map { Array($0.utf8) }, elementType: 25)
      } else {
        copy.null()
      }
    }
    try bytes.withUnsafeBytes { try builder.append(copyRow: $0) }
  }
}

/// Random terms that the checker would let pass.
enum RandomTerm {
  static func condition(depth: Int, using random: inout SeededGenerator) -> Term {
    guard depth > 0 else { return leaf(using: &random) }
    func part() -> Term { condition(depth: depth - 1, using: &random) }
    switch Int.random(in: 0..<12, using: &random) {
    case 0: return .apply(.and, [part(), part(), part()])
    case 1: return .apply(.or, [part(), part()])
    case 2: return .apply(.not, [part()])
    case 3:
      return .apply(
        [.isMissing, .isPresent].randomElement(using: &random) ?? .isMissing,
        [number(depth: depth - 1, using: &random)])
    case 4: return .apply(.isMissing, [part()])
    case 5: return .apply(.conditional, [part(), part(), part()])
    case 6: return .named("named", part())
    case 7, 8, 9, 10:
      return .apply(
        relation(using: &random),
        [number(depth: depth - 1, using: &random), number(depth: depth - 1, using: &random)])
    default:
      return .apply(
        .between, (0..<3).map { _ in number(depth: depth - 1, using: &random) })
    }
  }

  private static func relation(using random: inout SeededGenerator) -> Operation {
    [.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual]
      .randomElement(using: &random) ?? .equal
  }

  private static func leaf(using random: inout SeededGenerator) -> Term {
    let kind = Term.input(RandomBatch.kind, .text)
    let texts = ["a", "ä", "a\u{308}", "z", "something longer than the others"].map {
      Term.constant(.text($0))
    }
    switch Int.random(in: 0..<7, using: &random) {
    case 0: return .input(RandomBatch.flag, .bool)
    case 1:
      return .apply(
        [.equal, .notEqual].randomElement(using: &random) ?? .equal,
        [kind, texts.randomElement(using: &random) ?? kind].shuffled(using: &random))
    case 2:
      return .apply(.isIn, [kind, .apply(.list, Array(texts.shuffled(using: &random).prefix(2)))])
    case 3:
      return .apply(
        .isIn, [.constant(.text("a")), .input(RandomBatch.tags, .list(.text))])
    case 4:
      return .apply(
        relation(using: &random),
        [.input(RandomBatch.time, .instant), .apply(.subtract, [.now, days(45)])])
    case 5:
      return .apply(
        relation(using: &random),
        [.apply(.function(.since), [.input(RandomBatch.time, .instant)]), days(45)])
    default:
      return .apply(
        relation(using: &random), [.input(RandomBatch.length, .duration), override(days(30))])
    }
  }

  private static func days(_ count: Int) -> Term { .constant(.duration(Period(days: count))) }

  /// As overrides of params are checked.
  private static func override(_ term: Term) -> Term {
    .apply(
      .conditional,
      [
        .apply(.equal, [.input(RandomBatch.kind, .text), .constant(.text("a"))]), days(45), term,
      ])
  }

  static func number(depth: Int, using random: inout SeededGenerator) -> Term {
    guard depth > 0 else {
      switch Int.random(in: 0..<3, using: &random) {
      case 0: return .input(RandomBatch.amount, .number)
      case 1: return .input(RandomBatch.other, .number)
      default:
        let numbers = RandomBatch.numbers.compactMap(\.self).filter(\.isFinite)
        return .constant(.number(numbers.randomElement(using: &random) ?? 0))
      }
    }
    func part() -> Term { number(depth: depth - 1, using: &random) }
    switch Int.random(in: 0..<10, using: &random) {
    case 0: return .apply(.negate, [part()])
    case 1:
      return .apply(
        .conditional, [condition(depth: depth - 1, using: &random), part(), part()])
    case 2: return .apply(.function(.abs), [part()])
    case 3: return .apply(.function(.max), [part(), part()])
    case 4: return .apply(.function(.round), [part()])
    case 5:
      return .apply(
        .function(.days), [.apply(.function(.since), [.input(RandomBatch.time, .instant)])])
    default:
      return .apply(
        [.add, .subtract, .multiply, .divide, .modulo].randomElement(using: &random) ?? .add,
        [part(), part()])
    }
  }
}

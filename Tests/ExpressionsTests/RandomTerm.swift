import Expressions
import Support

/// Invents terms that are right in type, and rows that are at the limits of what rows hold.
struct RandomTerm {
  var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  /// The types that are computed with; a column of each stands in the row under its place here.
  static let types: [ValueType] = [
    .bool, .number, .number, .text, .instant, .duration, .list(.number), .list(.text),
  ]

  static let slots = Dictionary(
    uniqueKeysWithValues: types.indices.map { (Input.field(path: ["f\($0)"]), $0) })

  mutating func type() -> ValueType { one(of: Self.types, or: .bool) }

  mutating func term(_ type: ValueType, depth: Int = 4) -> Term {
    guard depth > 0, Int.random(in: 0..<8, using: &random) > 0 else { return leaf(type) }
    if Int.random(in: 0..<12, using: &random) == 0 {
      return .apply(
        .conditional,
        [term(.bool, depth: depth - 1), term(type, depth: depth - 1), term(type, depth: depth - 1)])
    }
    func some(_ types: ValueType...) -> [Term] { types.map { term($0, depth: depth - 1) } }
    switch type {
    case .bool: return condition(depth - 1)
    case .number: return number(depth - 1)
    case .text:
      let function: Function = one(of: [.lowerAscii, .upperAscii, .trim], or: .trim)
      return one(
        of: [.apply(.function(function), some(.text)), .apply(.add, some(.text, .text))],
        or: leaf(type))
    case .instant:
      return one(
        of: [
          .apply(.add, some(.instant, .duration)), .apply(.subtract, some(.instant, .duration)),
          .apply(.function(.min), some(.instant, .instant)),
        ], or: leaf(type))
    case .duration:
      return one(
        of: [
          .apply(.subtract, some(.instant, .instant)), .apply(.add, some(.duration, .duration)),
          .apply(.multiply, some(.duration, .number)), .apply(.divide, some(.duration, .number)),
          .apply(.function(.since), some(.instant)), .apply(.function(.until), some(.instant)),
          .apply(.negate, some(.duration)), .apply(.function(.abs), some(.duration)),
          .apply(.function(.clamp), some(.duration, .duration, .duration)),
        ], or: leaf(type))
    case .list(let element):
      return .apply(
        .list,
        (0..<Int.random(in: 0..<4, using: &random)).map { _ in term(element, depth: depth - 1) })
    case .severity, .null: return leaf(type)
    }
  }

  private mutating func condition(_ depth: Int) -> Term {
    let type = one(of: [.number, .number, .text, .instant, .duration], or: ValueType.number)
    func some(_ types: ValueType...) -> [Term] { types.map { term($0, depth: depth) } }
    let comparison: Operation = one(
      of: [.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual], or: .equal)
    let function: Function = one(of: [.contains, .startsWith, .endsWith, .matches], or: .contains)
    switch Int.random(in: 0..<9, using: &random) {
    case 0: return .apply(.and, some(.bool, .bool, .bool))
    case 1: return .apply(.or, some(.bool, .bool))
    case 2: return .apply(.not, some(.bool))
    case 3: return .apply(.between, some(type, type, type))
    case 4:
      return .apply(
        .isIn, some(type == .text ? .text : .number, .list(type == .text ? .text : .number)))
    case 5: return .apply(one(of: [.isMissing, .isPresent], or: .isMissing), some(self.type()))
    case 6: return .apply(.function(function), some(.text, .text))
    case 7:
      return .apply(one(of: [.severityIs(.high), .severityAtLeast(.low)], or: .not), [.severity])
    default: return .apply(comparison, some(type, type))
    }
  }

  private mutating func number(_ depth: Int) -> Term {
    func some(_ types: ValueType...) -> [Term] { types.map { term($0, depth: depth) } }
    let list: Function = one(
      of: [.mean, .median, .stddev, .slope, .sum, .count, .min, .max, .size], or: .sum)
    let one: Function = one(of: [.abs, .round, .floor, .ceil, .sqrt, .z], or: .abs)
    let part: Function = self.one(of: [.weekday, .month, .hour], or: .hour)
    switch Int.random(in: 0..<12, using: &random) {
    case 0...4:
      let operation: Operation = self.one(
        of: [.add, .subtract, .multiply, .divide, .modulo], or: .add)
      return .apply(operation, some(.number, .number))
    case 5: return .apply(.negate, some(.number))
    case 6: return .apply(.function(one), some(.number))
    case 7: return .apply(.function(part), some(.instant))
    case 8: return .apply(.function(list), some(.list(.number)))
    case 9: return .apply(.function(.percentile), some(.list(.number), .number))
    case 10:
      return self.one(
        of: [
          .apply(.function(.round), some(.number, .number)),
          .apply(.function(.clamp), some(.number, .number, .number)),
          .apply(.function(.max), some(.number, .number, .number)),
        ], or: leaf(.number))
    default:
      return self.one(
        of: [
          .apply(.function(.days), some(.duration)), .apply(.function(.size), some(.text)),
          .apply(.divide, some(.duration, .duration)),
        ], or: leaf(.number))
    }
  }

  private mutating func leaf(_ type: ValueType) -> Term {
    let places = Self.types.indices.filter { Self.types[$0] == type }
    if let place = places.randomElement(using: &random), Bool.random(using: &random) {
      return .input(.field(path: ["f\(place)"]), type)
    }
    if type == .instant, Bool.random(using: &random) { return one(of: [.now, .today], or: .now) }
    return .constant(value(type))
  }

  /// A row with a value, nothing or an error in each slot.
  mutating func row() -> TestRow {
    TestRow(
      values: Self.types.map { type in
        switch Int.random(in: 0..<10, using: &random) {
        case 0: .missing
        case 1: .error(.overflow)
        default: value(type)
        }
      })
  }

  private mutating func value(_ type: ValueType) -> Value {
    switch type {
    case .bool: return .bool(Bool.random(using: &random))
    case .number:
      return .number(
        one(
          of: [
            0, -0.0, 1, -1, 0.1, 0.3, 7.25, 1e9 + 0.01, 9_007_199_254_740_994, 1e15, 1e-300, 1e308,
            -1e308, .greatestFiniteMagnitude, .leastNonzeroMagnitude, .nan, .infinity, -.infinity,
          ], or: 2))
    case .text:
      return .text(
        one(of: ["", "a", "\u{E9}", "e\u{301}", "(", "a*", " \u{2003}x ", "\0", "[^"], or: "b"))
    case .instant:
      return .instant(
        one(
          of: [.earliest, .latest, TestRow.now, Instant(microseconds: .min)]
            + [Instant(microseconds: .max), Instant(microseconds: 0)], or: TestRow.now))
    case .duration:
      return .duration(
        one(
          of: [
            Period(), Period(days: 1), Period(months: -1), Period(microseconds: .max),
            Period(microseconds: .min), Period(days: .max), Period(days: .min),
            Period(months: .max), Period(months: .min, days: .min, microseconds: .min),
          ], or: Period(days: 45)))
    case .list(let element):
      return .list(
        (0..<Int.random(in: 0..<4, using: &random)).map { _ in
          Int.random(in: 0..<5, using: &random) == 0 ? .missing : value(element)
        })
    case .severity, .null: return .missing
    }
  }

  private mutating func one<Element>(of list: [Element], or other: Element) -> Element {
    list.randomElement(using: &random) ?? other
  }
}

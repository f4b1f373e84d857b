import Expressions
import Testing

/// What is written alike in CEL and in rules means the same, where both can compute it.
@Suite("Both dialects")
struct SameMeaningTests {
  @Test(
    "give the same value",
    arguments: [
      "[1, 2, 3].exists(x, x > 2)", "[1, 2, 3].all(x, x > 2)", "[].all(x, false)",
      "[].exists(x, true)",
      "[1, 2, 2].exists_one(x, x == 2)", "[1, 2, 2].existsOne(x, x == 1)",
      "[1, 2, 3].filter(x, x % 2 == 1)", "[1, 2, 3].map(x, x * 2)",
      "[1, 2, 3].map(x, x > 1, x * 2)",
      "[5, 6].all(i, x, x == i + 5)", "[5, 6].exists(i, x, i > x)",
      "[5, 6].existsOne(i, x, i == 1)", "[5, 6].transformList(i, x, i * x)",
      "[5, 6].transformList(i, x, i > 0, x)", "[[1, 2], [3]].map(x, x.map(y, y + size(x)))",
      "cel.bind(x, 3, cel.bind(y, x + 1, x * y))", "[1] + [2, 3]", "3 in [1, 2, 3]", "[4, 5][1]",
      "{'a': 1, 'b': 2}['b']", "{'a': 1}.a", "'a' in {'a': 1}", "'b' in {'a': 1}",
      "{'a': 1}[?'b'].orValue(7)", "[1, 2][?5].orValue(7)", "optional.of(3).value()",
      "optional.none().orValue(2)", "has({'a': 1}.a)", "has({'a': 1}.b)",
      "optional.of(2).optMap(x, x + 1).orValue(0)", "optional.none().or(optional.of(4)).value()",
      "'tacocat'.charAt(3)", "'tacocat'.indexOf('ac', 2)", "'tacocat'.lastIndexOf('ta')",
      "['a', 'b'].join('-')", "'banana'.replace('a', 'o', 2)", "'a,b,c'.split(',', 2)",
      "'banana'.substring(2, 4)", "' x '.trim()", "'\\u00e9a'.reverse()", "strings.quote('a\\n\"')",
      "'ABC'.lowerAscii() + 'x'.upperAscii()", "size('caf\\u00e9')", "'abc'.matches('^a.c$')",
      "math.greatest(1, 3, 2)", "math.least([3, 1])", "math.ceil(1.2)", "math.floor(-1.2)",
      "math.round(2.5)", "math.round(-2.5)", "math.trunc(-1.7)", "math.abs(-3)", "math.sign(-3.5)",
      "math.sqrt(9.0)", "math.isFinite(1.0)", "[3, 1, 2].sort()", "['b', 'a'].sort()",
      "[3, 1, 2].sortBy(x, -x)", "[1, 2, 1].distinct()", "[[1], [], [2]].flatten()",
      "lists.range(4)", "[1, 2, 3].reverse()", "[1, 2, 3].slice(1, 3)", "[3, 1].first().value()",
      "[3, 1].last().value()", "sets.contains([1, 2], [2])", "sets.contains([1], [1, 2])",
      "sets.equivalent([1, 2, 2], [2, 1])", "sets.intersects([1], [2])", "int('42')", "int(2.9)",
      "int(-2.9)", "double('0.5')", "string(42)", "string(true)", "bool('true')",
      "string(timestamp('2026-01-31T08:00:00+01:00'))", "int(timestamp('1970-01-01T00:01:00Z'))",
      "timestamp('2026-02-14T01:30:59.25Z').getMonth()",
      "timestamp('2026-02-14T01:30:59.25Z').getDayOfWeek()",
      "timestamp('2026-02-14T01:30:59.25Z').getDayOfYear()",
      "timestamp('2026-02-14T01:30:59.25Z').getDayOfMonth()",
      "timestamp('2026-02-14T01:30:59.25Z').getDate()",
      "timestamp('2026-02-14T01:30:59.25Z').getHours()",
      "timestamp('2026-02-14T01:30:59.25Z').getMilliseconds()",
      "duration('1h30m') == duration('90m')", "duration('1.5h') > duration('89m')",
      "[1, 2].exists(x, x == 2 || 'a'.charAt(9) == '')", "true || 'a'.charAt(9) == ''",
    ])
  func sameValue(text: String) throws {
    let value = try CELEnvironment().compile(text).evaluate()
    #expect(try evaluate(text, in: "UTC") == Self.describe(value))
  }

  @Test(
    "fail alike",
    arguments: [
      "'a'.charAt(9) == ''", "'abc'.substring(2, 1)", "'abc'.indexOf('a', 7)", "[1].slice(0, 2)",
      "int('x')", "double('x')", "bool('x')", "[1, 2].exists(x, 'a'.charAt(x + 8) == '')",
      "[1, 2].map(x, 'a'.charAt(x + 8))", "[1, 2].existsOne(x, x == 2 || 'a'.charAt(9) == '')",
    ])
  func failure(text: String) throws {
    let program = try CELEnvironment().compile(text)
    #expect(throws: CELError.self) { try program.evaluate() }
    #expect(try evaluate(text, in: "UTC").hasPrefix("error"))
  }

  /// A CEL value as `describe` shows the value of a rule.
  private static func describe(_ value: CELValue) -> String {
    switch value {
    case .bool(let bool): "\(bool)"
    case .int(let int): "\(int)"
    case .double(let double): ExpressionsTests.describe(.number(double))
    case .text(let text): "'\(text)'"
    case .list(let values): "[\(values.map(describe).joined(separator: ", "))]"
    default: value.typeName
    }
  }
}

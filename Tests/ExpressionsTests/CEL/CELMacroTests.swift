import Expressions
import Testing

@Suite("CEL's comprehensions")
struct CELMacroTests {
  @Test("go over elements, or over keys", arguments: oneVariable)
  func one(text: String, expected: String) { #expect(outcome(text) == expected) }

  static let oneVariable: OutcomeTable = [
    ("[].all(x, x > 0)", "true"), ("[].exists(x, x > 0)", "false"),
    ("[1, 2].all(x, x > 1)", "false"),
    ("[1, 2, 0].all(x, 4 / x == 4)", "false"), ("[1, 0].all(x, 4 / x == 4)", "error"),
    ("[0, 1].exists(x, 4 / x == 4)", "true"), ("[0].exists(x, 4 / x == 4)", "error"),
    ("[1, 2].exists(x, dyn('a'))", "error"), ("[1, 'a'].all(x, x == 'a')", "false"),
    ("{'a': 1}.all(k, k == 'a')", "true"), ("{'a': 1, 'b': 2}.exists(k, k == 'b')", "true"),
    ("[].exists_one(x, true)", "false"), ("[1, 2].exists_one(x, x > 1)", "true"),
    ("[1, 2].existsOne(x, x > 0)", "false"), ("[1, 2, 0].exists_one(x, 4 / x == 4)", "error"),
    ("{6: 'six', 7: 'seven'}.exists_one(k, k == 6)", "true"),
    ("[1, 2, 3].filter(x, x > 1)", "[2, 3]"),
    ("{'a': 1, 'b': 2}.filter(k, k != 'a')", "[\"b\"]"), ("[1, 0].filter(x, 4 / x > 1)", "error"),
    ("[1, 2].map(x, x * x)", "[1, 4]"), ("[1, 2].map(x, x > 1, x * x)", "[4]"),
    ("{'a': 1}.map(k, k + 'x')", "[\"ax\"]"), ("[1, 0].map(x, 4 / x)", "error"),
    ("1.map(x, x)", "refused"), ("dyn(1).all(x, x)", "error"), ("[1].map(x.y, x)", "error"),
    ("[1].map(1, x)", "error"), ("[1].filter(x, x)", "refused"), ("[1].map(x)", "refused"),
    ("[[1, 2], [3]].map(l, l.map(x, x + l[0]))", "[[2, 3], [6]]"),
    ("[1].all(x, x > 0) && x", "refused"),
    ("['signer'].filter(signer, ['artifact'].all(artifact, true))", "[\"signer\"]"),
  ]

  @Test(
    "with two variables go over positions and elements, or keys and values", arguments: twoVariables
  )
  func two(text: String, expected: String) { #expect(outcome(text) == expected) }

  static let twoVariables: OutcomeTable = [
    ("[1, 2].all(i, v, v == i + 1)", "true"), ("[].all(i, v, false)", "true"),
    ("[0, 1].all(i, v, 4 / i == 9)", "false"), ("{'a': 1}.all(k, v, k == 'a' && v == 1)", "true"),
    ("[1, 0].exists(i, v, i / v == 0)", "true"), ("{'a': 1}.exists(k, v, v == 2)", "false"),
    ("[5, 7].existsOne(i, v, v == 7 && i == 1)", "true"),
    ("[5, 5].exists_one(i, v, v == 5)", "false"),
    ("[2, 4].transformList(i, v, i + v)", "[2, 5]"),
    ("[2, 4].transformList(i, v, i > 0, v)", "[4]"),
    ("{'a': 1, 'b': 2}.transformList(k, v, v > 1, k)", "[\"b\"]"),
    ("[7, 8].transformMap(i, v, v + i)", "{0: 7, 1: 9}"),
    ("{'a': 1, 'b': 2}.transformMap(k, v, v > 1, v * 10)", "{\"b\": 20}"),
    ("{'a': 1}.transformMapEntry(k, v, {v: k})", "{1: \"a\"}"),
    ("['x', 'y'].transformMapEntry(i, v, {v: i})", "{\"x\": 0, \"y\": 1}"),
    ("{'a': 1, 'b': 1}.transformMapEntry(k, v, {v: k})", "error"),
    ("{'a': 1, 'b': 2}.transformMapEntry(k, v, v > 1, {k: v})", "{\"b\": 2}"),
    ("[1].transformMapEntry(i, v, v)", "refused"), ("[1].all(i, i, true)", "error"),
    ("[1].transformList(1, v, v)", "error"), ("{'a': 0}.transformMap(k, v, 4 / v)", "error"),
    ("1.transformList(i, v, v)", "refused"),
  ]

  @Test("bind names a value once", arguments: bindings)
  func bind(text: String, expected: String) { #expect(outcome(text) == expected) }

  static let bindings: OutcomeTable = [
    ("cel.bind(a, 2, a * a)", "4"), ("cel.bind(a, 1, cel.bind(a, a + 1, a + 1))", "3"),
    ("cel.bind(a, 'x', [1, 2].map(i, a))", "[\"x\", \"x\"]"),
    ("cel.bind(a, 1/0, true) || true", "true"),
    ("cel.bind(a.b, 1, 1)", "error"),
    ("cel.bind(valid_elems, [1, 2, 3], [3, 4, 5].exists(e, e in valid_elems))", "true"),
  ]

  @Test(
    "cannot run away",
    arguments: [
      "lists.range(100000).all(x, lists.range(100000).all(y, x * y >= 0))",
      "lists.range(9223372036854775807)",
      "cel.bind(t, 'aaaaaaaaaaaaaaaa'.replace('', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'), "
        + "lists.range(9999).all(x, t + 'b' != t + t || size(t) > 0))",
      "lists.range(100000).distinct()",
      "lists.range(1000).all(x, '%.1000f'.format([1.5]) != '')",
      "lists.range(20000).map(x, lists.range(20000)).map(x, x) != []",
      "lists.range(1000).exists(a, lists.range(1000).exists(b, lists.range(1000).exists(c, c / 0 > 1)))",
      "cel.bind(a, 'aaaaaaaaaaaaaaaaaaaaaaaaa'.replace('', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'), "
        + "cel.bind(b, a.replace('', a), cel.bind(c, b.replace('', b), c.replace('', c).size())))",
    ])
  func cost(text: String) throws {
    let program = try CELEnvironment().compile(text)
    #expect(throws: CELError.costLimit) { try program.evaluate(costLimit: 100_000) }
  }

  @Test(
    "values that share their parts are not written out for ever",
    arguments: [
      "== x", "in [x]", ".flatten(100).size() > 0", "!= [x].distinct()[0]",
    ])
  func sharing(end: String) throws {
    var text = "x \(end)"
    if end.hasPrefix("!=") || end.hasPrefix(".") { text = "dyn(x)\(end)" }
    for _ in 0..<40 { text = "cel.bind(x, [x, x], \(text))" }
    let program = try CELEnvironment(variables: ["x": .dyn]).compile(text)
    #expect(throws: CELError.costLimit) {
      try program.evaluate(["x": .int(1)], costLimit: 100_000)
    }
  }

  @Test(
    "an element that decides at once does not cost a walk over the list", .timeLimit(.minutes(1)))
  func early() throws {
    let list = CELValue.list((0..<200_000).map { .int($0) })
    let program = try CELEnvironment(variables: ["l": .list(.int)]).compile(
      "l.all(x, l.exists(y, y == 0))")
    #expect(try program.evaluate(["l": list]).shown == "true")
  }

  @Test("take time in proportion to the list")
  func linear() throws {
    let list = CELValue.list((0..<100_000).map { .int($0) })
    let program = try CELEnvironment(variables: ["l": .list(.int)]).compile(
      "size(l.filter(x, x % 2 == 0).map(x, x * 2))")
    #expect(try program.evaluate(["l": list]).shown == "50000")
  }
}

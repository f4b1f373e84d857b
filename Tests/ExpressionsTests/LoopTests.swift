import Expressions
import Testing

@Suite("Macros over lists")
struct LoopTests {
  @Test(
    "look at every element",
    arguments: [
      ("customer.tags.exists(t, t == \"x\")", "true"),
      ("customer.tags.exists(t, t == \"z\")", "false"),
      ("customer.tags.all(t, t.size() == 1)", "true"),
      ("customer.tags.all(t, t == \"x\")", "false"),
      ("customer.tags.existsOne(t, t == \"x\")", "true"),
      ("customer.tags.exists_one(t, t != \"q\")", "false"),
      ("[].all(x, false)", "true"), ("[].exists(x, true)", "false"),
      ("[].existsOne(x, true)", "false"), ("[].map(x, x)", "[]"),
      ("[3, 1, 2].filter(x, x > 1)", "[3, 2]"),
      ("[3, 1, 2].map(x, x * 2)", "[6, 2, 4]"),
      ("[3, 1, 2].map(x, x > 1, x * 2)", "[6, 4]"),
      ("[3, 1, 2].map(x, \"a\")", "['a', 'a', 'a']"),
      ("size([3, 1, 2].filter(x, x > 1))", "2"),
      ("[3, 1, 2].filter(x, x > 1).map(x, x * 2).exists(x, x == 6)", "true"),
      ("[3, 1, 2].sortBy(x, -x)", "[3, 2, 1]"),
      ("['bb', 'a', 'cc'].sortBy(x, size(x))", "['a', 'bb', 'cc']"),
      ("[5, 6].all(i, x, x == i + 5)", "true"),
      ("[5, 6].exists(i, x, i == 1 and x == 6)", "true"),
      ("[5, 5].existsOne(i, x, x == 5 and i > 0)", "true"),
      ("[5, 6].transformList(i, x, i * x)", "[0, 6]"),
      ("[5, 6].transformList(i, x, i > 0, x)", "[6]"),
      ("[[1, 2], [3]].map(x, x.map(y, y + size(x)))", "[[3, 4], [4]]"),
      ("[1, 2].all(x, [1, 2].exists(y, [3, 2].exists(z, z == x + y)))", "true"),
      ("[1, 2].map(x, customer.balance + x)", "[11.1, 12.1]"),
      ("sum([1, 2, 3].map(x, x * x))", "14"),
    ])
  func elements(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "know what they do not know",
    arguments: [
      // customer.scores is [1, 4, missing, 2.5].
      ("customer.scores.exists(s, s > 3)", "true"),
      ("customer.scores.exists(s, s > 9)", "missing"),
      ("customer.scores.all(s, s < 9)", "missing"),
      ("customer.scores.all(s, s < 2)", "false"),
      ("customer.scores.existsOne(s, s > 3)", "missing"),
      ("customer.scores.existsOne(s, s > 2)", "false"),
      ("customer.scores.filter(s, s > 3)", "missing"),
      ("customer.scores.filter(s, s is not missing)", "[1, 4, 2.5]"),
      ("customer.scores.filter(s, s is not missing).map(s, s + 1)", "[2, 5, 3.5]"),
      ("customer.scores.map(s, s + 1)", "missing"),
      ("customer.scores.map(s, s.orValue(0))", "[1, 4, 0, 2.5]"),
      ("customer.scores.map(s, s > 3, s)", "missing"),
      ("customer.scores.sortBy(s, s)", "missing"),
      ("customer.scores.sortBy(s, s.orValue(9))", "[1, 2.5, 4, missing]"),
      ("customer.tags.exists(t, t == customer.sales_rep)", "missing"),
      ("[1].exists(x, x > 0 or revenue[7d] > 3)", "true"),
      ("[revenue[7d]].exists(x, x > 3)", "missing"),
    ])
  func missing(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
    let none = ["customer.scores": Value.missing, "customer.tags": .missing]
    if text.hasPrefix("customer") { #expect(try evaluate(text, with: none) == "missing") }
  }

  @Test(
    "let a deciding element outweigh an error",
    arguments: [
      ("[1, 2].exists(x, revenue[all time] * x * 10 > 1 or x == 2)", "true"),
      ("[1, 2].all(x, revenue[all time] * x * 10 > 1 and x == 1)", "false"),
      ("[1, 2].exists(x, revenue[all time] * x * 10 > 1)", "error: overflow"),
      ("[1, 2].existsOne(x, x == 2 or revenue[all time] * 10 > 1)", "error: overflow"),
      ("[1, 2].filter(x, revenue[all time] * x * 10 > 1)", "error: overflow"),
      ("[1, 2].map(x, sqrt(-x))", "error: sqrt out of range"),
    ])
  func errors(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "keep numbers exact decimals",
    arguments: [
      ("[0.1 + 0.2].exists(x, x == 0.3)", "true"), ("[0.1 + 0.2] == [0.3]", "true"),
      ("[1.1].map(x, x * 1.1).exists(y, y == 1.21)", "true"),
      ("[1].map(x, x / 3 + x / 3 - 2 / 3) == [0]", "true"),
      ("[3].map(x, 1 / 3 * x) == [1]", "true"), ("[0.1 + 0.2][0] == 0.3", "true"),
      ("[1].map(x, 1 / (0.3 - 0.1 - 0.2))", "missing"),
      ("0.1 + 0.2 in [0.3].map(x, x)", "true"), ("cel.bind(x, 0.1 + 0.2, x == 0.3)", "true"),
      ("(0.1 + 0.2).orValue(1) == 0.3", "true"),
      ("{\"a\": 0.1 + 0.2}[\"a\"] == 0.3", "true"),
      ("{0.3: \"a\"}[0.1 + 0.2]", "'a'"), ("string(0.1 + 0.2)", "'0.3'"),
      ("trunc((0.1 + 0.7) * 10)", "8"), ("int((0.1 + 0.7) * 10)", "8"),
      ("sign(0.3 - 0.1 - 0.2)", "0"), ("[5, 6, 7][(0.1 + 0.1) * 10]", "7"),
    ])
  func decimals(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "name a value for a part of an expression",
    arguments: [
      ("cel.bind(x, 3, x * x)", "9"),
      ("cel.bind(x, customer.balance, cel.bind(y, x + 1, y - x))", "1"),
      ("cel.bind(xs, customer.scores, xs.exists(x, x == size(xs)))", "true"),
      // A loop that is named outside and used inside another keeps its own element.
      (
        "cel.bind(n, size([1, 2, 3].filter(x, x > 1)), [1, 2, 3].filter(y, n == y or n < y))",
        "[2, 3]"
      ),
      ("[4].map(x, cel.bind(y, x + 1, [1].map(z, z + y)))", "[[6]]"),
      ("[1, 2].exists(x, dormancy(after = x * 1d))", "true"),
    ])
  func bindings(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test("stand in values and conditions that are used in loops")
  func inlined() throws {
    var scope = Scope.test
    let high = try #require(Checker(scope: scope).check("[1, 2].filter(x, x > 1)").expression)
    scope.names["high"] = NamedTerm(name: "high", type: .list(.number), term: high.term)
    scope.parameters = ["least": .number]
    let some = try #require(
      Checker(scope: scope).check("[1, 2, 3].exists(e, e > least)").expression)
    scope.parameters = [:]
    scope.conditions["some"] = ConditionSymbol(
      name: "some",
      parameters: [.init(name: "least", type: .number, fallback: .constant(.number(0)))],
      scope: nil, when: some.term,
      values: [NamedTerm(name: "least_of", type: .number, term: .parameter("least"))])
    for (text, expected) in [
      ("[1, 2, 3].filter(y, y in high and high.exists(z, z == y))", "[2]"),
      ("[1, 2, 3, 4].filter(y, some(least = y))", "[1, 2]"),
      ("[1, 2, 3, 4].filter(y, some(least = [y].map(z, z + 1)[0]))", "[1]"),
    ] {
      let checked = Checker(scope: scope).check(text)
      let expression = try #require(checked.expression, "\(checked.diagnostics)")
      #expect(expression.values.isEmpty)
      let context = EvaluationContext(now: TestRow.now, zone: .utc)
      let program = Program(expression.term, slots: [:], context: context)
      #expect(describe(program.value(of: TestRow(values: []))) == expected, "\(text)")
    }
  }

  @Test(
    "end when they would take too long",
    arguments: [
      "lists.range(100001)", "size(lists.range(1000000000)) > 1",
      "lists.range(60000).map(x, x).map(x, x)",
      "lists.range(1000).all(x, lists.range(1000).all(y, x + y >= 0))",
      "lists.range(1000).all(x, x in lists.range(1000) or true)",
      "lists.range(1000).map(x, sum(customer.scores) + sum(lists.range(500)))",
      "lists.range(10000).map(x, lists.range(100)).flatten()",
      "lists.range(500).map(x, string(x)).distinct()",
      "lists.range(10000).map(x, \"abcdefgh\").join(\"\(String(repeating: "-", count: 999))\")",
      "sets.contains(lists.range(1000), lists.range(1000))",
    ])
  func limits(text: String) throws {
    #expect(try evaluate(text) == "error: too costly")
  }

  @Test("let no text grow without end")
  func growth() throws {
    let longer = String(repeating: ".replace(\"a\", \"aaaaaaaaaa\")", count: 12)
    #expect(try evaluate("customer.tier.lowerAscii()" + longer) == "error: too costly")
    #expect(
      try evaluate("customer.tier.lowerAscii()" + longer.prefix(longer.count / 6) + " != ''")
        == "true")
  }

  @Test("have their limit for each row, not for all rows together")
  func rows() throws {
    let term = try #require(
      Checker(scope: .test).check("lists.range(30000).all(x, x >= 0)").expression?.term)
    let context = EvaluationContext(now: TestRow.now, zone: .utc)
    let program = Program(term, slots: [:], context: context)
    for _ in 0..<4 { #expect(program.value(of: TestRow(values: [])) == .bool(true)) }
  }

  @Test("are equal terms if they are equal computations, and know their inputs")
  func terms() throws {
    func term(_ text: String) throws -> Term {
      try #require(Checker(scope: .test).check(text).expression?.term, "\(text)")
    }
    #expect(try term("[1].exists(x, x > 0)") == term("[1].exists(x,x>0)"))
    #expect(try term("[1].exists(x, x > 0)") != term("[1].all(x, x > 0)"))
    #expect(
      try term("cel.bind(x, customer.balance, x + x)")
        == term("customer.balance + customer.balance"))
    let inputs = try term("customer.tags.map(t, customer.vip, t + customer.name)").inputs
    #expect(
      inputs.map(\.description).sorted() == ["customer.name", "customer.tags", "customer.vip"])
  }
}

import Diagnostics
import Expressions
import Support
import Testing

@Suite("Wrong expressions")
struct WrongExpressionsTests {
  /// What is wrong is told in the recorded words; read them when they change.
  @Test("are told with a place, a sentence and a fix")
  func messages() throws {
    let texts = Self.expressions.map { text in
      let source = SourceText(path: "rule.yaml", text: text)
      let scope = text.contains("severity is") ? Scope.action : .test
      let found = Checker(scope: scope).check(text, expecting: .condition)
      return found.diagnostics.map { DiagnosticRenderer.text($0, in: source) }
        .joined(separator: "\n")
    }
    #expect(!texts.contains(""))
    try expectSnapshot(texts.joined(separator: "\n\n") + "\n", "Golden/wrong-expressions.txt")
  }

  static let expressions = [
    // The text is no expression.
    "", "   ", "customer.balance >", "customer.balance > 3 4", "(customer.balance > 3",
    "customer.balance > 3)", "customer.balance = 3", "customer.tier == 'A", "customer.tier == “A”",
    "customer.balance ≥ 3", "customer.vip & customer.vip", "customer.vip AND customer.vip",
    "customer.name == \"a\\q\"", "customer.balance > 1__0", "customer.balance > 1.",
    "quiet_for > 1m", "quiet_for > 45days", "quiet_for > 3 months", "quiet_for > 1.5h",
    "quiet_for > 99999y", "quiet_for > 3parsecs", "customer.balance > 3k",
    "customer.vip and customer.balance > 1 or (customer.tier == \"A\")",
    "customer.vip || customer.vip && customer.vip", "1 < customer.balance < 3",
    "customer.balance is 3", "customer.balance is not 3", "customer.status is active",
    "customer.status is not active", "if > 3", "revenue[this week] > 3", "revenue[last 3] > 3",
    "revenue[30d, ending 30d] > 3", "revenue[30d, until 30d ago] > 3", "revenue[30d > 3",
    "customer.balance between 1 or 2", "size([1, 2, 3) > 2", "customer. == 3", "a <> b",
    // A name or a call means nothing.
    "revenu[30d] > 3", "balance > 3", "customer.balanc > 3", "quiet_fro > 45d",
    "customer.status == active", "customer.status in [active, \"closed\"]",
    "rond(customer.balance) > 3", "since() > 45d", "clamp(customer.balance, 1) > 1",
    "min() > 1", "dormancy(aftr = 60d)", "dormancy(60d)", "dormancy(after = 60d, after = 30d)",
    "round(customer.balance, places = 2) > 1", "revenue > 3", "quiet_for[30d] > 3",
    "revenue[30] > 3", "revenue[typical_gap] > 3", "revenue[0d] > 3", "severity == \"high\"",
    "b\"a\" == b\"a\"", "money(customer.balance) == \"1\"",
    "customer.name.matches(\"a(b\")",
    "customer.name.matches(\"a)\")",
    "customer.name.matches(r\"(a)\\1\")", "customer.name.matches(\"a**\")",
    "customer.name.matches(\"[z-a]\")", "customer.name.matches(\"((a{99}){99}){99}\")",
    "customer.balance.name > 2",
    "type(customer.tier) == type(3)", "customer.balance == dyn(3)", "uint(3) > 1",
    "base64.encode(customer.name) == \"\"", "customer.name.format([1]) == \"\"",
    "customer.tags.transformMap(i, t, t)", "math.bitAnd(1, 2) == 0",
    "optional.ofNonZeroValue(0) == 0",
    // Calls that are nearly right.
    "exist(customer.tags, t, t == \"x\")", "customer.tags.exist(t, t == \"x\")",
    "exists(customer.tags, t, t == \"x\")", "customer.scores.sum() > 3", "greatest(1, 2) > 1",
    "math.greatst(1, 2) > 1", "customer.name.lowerAsci() == \"a\"", "length(customer.name) > 1",
    "join(customer.tags, \",\") == \"\"", "customer.name.charAt() == \"a\"",
    "customer.tags.filter(t)", "cel.bind(x, 3)", "has() or has(customer.tier, 1)",
    "customer.tags.all(t = 3, true)",
    // Macros, lists and tables.
    "customer.tags.exists(\"x\", true)", "cel.bind(3, 3, true)",
    "customer.scores.exists(s, where = s > 3)", "customer.scores.exists(revenue, revenue > 3)",
    "customer.tags.all(customer, true)",
    "customer.tags.all(x, customer.tags.all(x, true))", "customer.tags.all(x, x, true)",
    "customer.scores.filter(s, s + 1)", "customer.scores.map(s, s > \"a\")", "t == \"x\"",
    "[1].all(a, [1].all(b, [1].all(c, [1].all(d, a + b + c + d > 3))))",
    "customer.tier.exists(t, t == \"A\")", "customer.vip.all(t, t)",
    "customer.tags.exists(t, t.name == \"x\")", "customer.name.trim().length > 3",
    "customer.name[0] == \"A\"", "customer.scores[\"a\"] > 1", "customer.balance[0] > 1",
    "{\"a\": 1}", "{\"a\": 1} == {\"a\": 1}", "{\"A\": 1, \"A\": 2}[customer.tier] > 1",
    "{customer.name: 1}[\"a\"] > 1", "{\"A\": 1, 2: 3}[customer.tier] > 1",
    "{\"A\": 1, \"B\": \"b\"}[customer.tier] > 1", "{\"A\": 1, \"D\": 2}[customer.tier] > 1",
    "{1: 2}[customer.tier] > 1", "3 in {\"a\": 1}", "customer.tier in {\"a\": 1}",
    "Name{field: 3} == 3", "timestamp(customer.name) before now",
    "duration(\"45 days\") < quiet_for", "duration(customer.name) < quiet_for",
    "customer.tier.orValue(3) == 3", "[1].join() == \"\"", "[[1]].sort() == [[1]]",
    "sets.contains([1], [\"a\"])", "int(customer.vip) > 1", "last_order.getHours(\"UTC\") > 3",
    "mean(daily(last_order)) > 3", "mean(daily(mean_order[30d])) > 3", "mean(daily([1, 2])) > 3",
    "mean(daily(customer.balance)) > 3", "mean(daily(orders[6h])) > 3",
    "mean(daily(orders[all time])) > 3", "mean(daily(orders[11y])) > 3",
    "mean(weekly(orders[30d])) > 3", "mean(monthly(orders[365d])) > 3",
    "mean(weekly(orders[this month])) > 3", "mean(daily(orders)) > 3", "mean(daily()) > 3",
    "daily(orders[30d])", "daily(orders[30d]) > 3",
    "forecast(weekly(orders[12w]), 14d) > 3",
    "forecast(daily(orders[90d, ending 7d ago]), 14d) > 3",
    "forecast(daily(orders[last month]), 14d) > 3", "forecast(daily(orders[90d]), 14) > 3",
    "forecast(orders[90d], 14d) > 3",
    // Types and values do not go together.
    "customer.balance", "quiet_for", "customer.name", "not customer.balance",
    "customer.vip and customer.balance", "since(last_order) >= 45", "45 < since(last_order)",
    "since(last_order) >= 1.5", "last_order > 45d", "last_order before 45", "last_order + 3 > now",
    "last_order before 2026-01-31", "customer.balance / quiet_for > 3",
    "last_order > \"2026-01-01\"", "timestamp(\"2026-01-01\") before now", "timestamp() after now",
    "customer.balance == \"3\"", "customer.name > 3", "customer.name in \"abc\"",
    "customer.tier in customer.scores", "customer.balance + \"a\" == \"b\"",
    "quiet_for + 3 > 45d", "3 + quiet_for > 45d", "quiet_for between 30 and 45d",
    "max(quiet_for, 30) > 45d", "quiet_for in [30, 45]",
    "customer.vip > true", "quiet_for before 45d", "customer.balance between 1d and 3d",
    "days(customer.balance) > 1", "since(quiet_for) > 1d", "size(customer.balance) > 1",
    "max(customer.balance, 3d) > 1", "sum(customer.tags) > 1", "mean(1, 2) > 1",
    "[1, \"a\"] == [1]", "(customer.vip ? 1 : \"a\") == 1", "customer.balance == null",
    "customer.balance != null", "severity is urgent", "severity is at least hihg",
    "severity == \"high\" and severity is high",
    "customer.balance / 0 > 1", "customer.status == \"activ\"", "\"D\" == customer.tier",
    "tier == \"D\"", "customer.status in [\"active\", \"lost\"]", "customer.vip ago before now",
    "customer.name% > 1", "20% of customer.name == \"a\"",
    // Right, and likely not what was meant.
    "last_order < 45d ago", "last_order > now", "customer.balance > 20% - customer.limit",
    // More than one mistake at once.
    "customer.balanc > 3 and customer.status == \"activ\" and revenue > since(last_order)",
  ]

  @Test("too long or too deep are told so")
  func limits() {
    let checker = Checker(scope: .test)
    let long = checker.check(String(repeating: " ", count: 20_000) + "1")
    #expect(long.diagnostics.map(\.code) == [ExpressionCode.tooLong.code])
    for text in [
      String(repeating: "(", count: 250) + "1", String(repeating: "-", count: 250) + "1",
      String(repeating: "not ", count: 250) + "true",
      Array(repeating: "1", count: 250).joined(separator: " + "),
      Array(repeating: "true ? 1 ", count: 250).joined(separator: ": "),
      "x" + String(repeating: ".x", count: 250), String(repeating: "1% of ", count: 250) + "1",
      String(repeating: "[", count: 250), String(repeating: "{1:", count: 250),
      String(repeating: "size(", count: 250),
    ] {
      #expect(checker.check(text).diagnostics.map(\.code) == [ExpressionCode.tooDeep.code])
    }
    let wide = Array(repeating: "customer.vip", count: 900).joined(separator: " and ")
    #expect(checker.check(wide).expression != nil)
  }

  @Test("whose names double at every step are refused before they fill the memory")
  func doubling() {
    var scope = Scope.test
    for step in 0..<40 {
      let last = step == 0 ? "customer.balance" : "v\(step - 1)"
      let checked = Checker(scope: scope).check("\(last) + \(last)")
      guard let expression = checked.expression else {
        #expect(checked.diagnostics.first?.code == ExpressionCode.tooLarge.code)
        return
      }
      scope.names["v\(step)"] = NamedTerm(
        name: "v\(step)", type: expression.type, term: expression.term)
    }
    Issue.record("nothing was refused")
  }

  @Test("points in time outside the years 1 to 9999 are refused")
  func years() {
    for text in ["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"] {
      let checked = Checker(scope: .test).check("timestamp('\(text)') before now")
      #expect(checked.diagnostics.map(\.code) == [ExpressionCode.badTimestamp.code], "\(text)")
    }
  }
}

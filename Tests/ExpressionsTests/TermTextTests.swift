import Expressions
import Testing

@Suite("Terms as texts")
struct TermTextTests {
  @Test(
    "are written as an analyst would",
    arguments: [
      (
        "quiet_for>=dormant_after&&not  customer.vip",
        "quiet_for >= dormant_after and not customer.vip"
      ),
      ("(customer.balance+1)*2 == -3", "(customer.balance + 1) * 2 == -3"),
      ("customer.balance-(1-2)-3 > 1", "customer.balance - (1 - 2) - 3 > 1"),
      ("last_order before 45d ago", "last_order before 45d ago"),
      ("last_order <= dormant_after ago", "last_order <= dormant_after ago"),
      ("dormancy(after = 60d)", "since(last_order) >= 60d"),
      ("not dormancy", "not (orders[all time] >= 1 and since(last_order) >= 45d)"),
      (
        "customer.vip and (customer.vip or not (customer.balance is missing))",
        "customer.vip and (customer.vip or not (customer.balance is missing))"
      ),
      ("customer.name.contains(\"a\\\"\\n\")", "contains(customer.name, \"a\\\"\\n\")"),
      (
        "revenue[30d] < 70% of revenue[30d, ending 30d ago]",
        "revenue[30d] < 0.7 * revenue[30d, ending 30d ago]"
      ),
      ("(customer.vip ? 1 : 2) between 1 and 2", "(customer.vip ? 1 : 2) between 1 and 2"),
      (
        "severity is at least high or severity is not low",
        "severity is at least high or not (severity is low)"
      ),
      ("customer.tier in ['A', 'B']", "customer.tier in [\"A\", \"B\"]"),
      ("-(customer.balance) > 2 and -(-2) > 1", "-customer.balance > 2 and 2 > 1"),
    ])
  func writing(text: String, expected: String) throws {
    let term = try #require(Checker(scope: .action).check(text).expression).term
    #expect(term.text == expected)
  }

  @Test(
    "read back as themselves",
    arguments: [
      "1 + 2 * 3 - -4 / (5 % 2)", "-(1 + customer.balance)", "- -customer.balance",
      "not not customer.vip", "not (not customer.vip and customer.vip)",
      "customer.vip and (customer.vip and customer.vip)", "(true ? false : true) ? 1 : 2",
      "true ? 1 : false ? 2 : 3", "[1, -2.5, 1e300, 1e-7] == []", "null is missing",
      "3d ago + 1w - 6h after today", "now - last_order > 3d", "(3d + 6h) ago before now",
      "-(3d) < 1mo", "1y > 18mo", "max(now, last_order) before today",
      "timestamp(\"2026-01-31T00:00:00.5Z\") before now",
      "revenue[this month] > revenue[last year]",
      "orders[6h] + orders[all time] > 0", "typical_gap > 30% of customer.lead_time",
      "trim('\\\\ \\t\\u00e9') != customer.name", "round(customer.balance, -2) > 1",
      "customer.vip == (customer.balance > 1)", "(1 < 2) == (2 < 3)", "severity is critical",
      "customer.contact_due is not missing", "tier == \"A\"", "min([1, 2]) in customer.scores",
      "customer.tags.exists(t, t == 'x')", "[1].all(i, x, i < x)",
      "[[1]].map(x, x.map(y, y > 0, y))",
      "[1].transformList(i, x, i > 0, x + i).sortBy(e, -e)",
      "(customer.tags + ['a']).filter(t, t != '')",
      "customer.tags[0].orValue('a').orValue(customer.name)", "{'A': 1d, 'B': 2d}[tier] ago",
      "customer.name.substring(1, 2) + strings.quote('a').reverse()", "customer.tags.join(',')",
      "last_order.getHours() > 3 and 45d ago.getDate() > 1", "sets.contains([1], [2])",
      "cel.bind(x, [1].filter(y, y > 0), [2].exists(z, z in x))", "math.isFinite(trunc(sign(1)))",
      "[1, 2].exists(x, dormancy(after = x * 1d, min_orders = 1))",
      "customer.scores.first() is missing",
      "now before {'A': now}[tier]", "{}[tier] is missing",
      "duration('0.5s') < 1d and duration('-1.5s') < 0s", "last_order.orValue(now) after today",
    ])
  func roundTrip(text: String) throws {
    let checker = Checker(scope: .action)
    let term = try #require(checker.check(text).expression).term
    let again = checker.check(term.text)
    #expect(again.expression?.term == term, "\(term.text)")
  }
}

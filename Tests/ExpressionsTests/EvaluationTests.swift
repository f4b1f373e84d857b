import Expressions
import Testing

@Suite("Evaluation")
struct EvaluationTests {
  @Test(
    "behaves as exact decimals do",
    arguments: [
      ("0.1 + 0.2 == 0.3", "true"),
      ("0.1 + 0.2 != 0.3", "false"),
      ("0.1 + 0.2 > 0.3", "false"),
      ("0.1 + 0.2 >= 0.3", "true"),
      ("(10.00 - 7.00) / 10.00 >= 30%", "true"),
      ("(10.00 - 7.00) / 10.00 > 30%", "false"),
      ("0.3 - 0.1 - 0.2 == 0", "true"),
      ("0.3 - 0.1 == 0.2", "true"),
      ("1 / 3 * 3 == 1", "true"),
      ("1 / 3 * 0.3 == 0.1", "true"),
      ("1 / 3 + 1 / 3 - 2 / 3 == 0", "true"),
      ("1 / 3 == 0.3333333333333333", "false"),
      ("1.1 * 1.1 == 1.21", "true"),
      ("1.1 * 3 <= 3.3", "true"),
      ("1_000_000_000_000.1 - 1_000_000_000_000 == 0.1", "true"),
      ("0.1 + 0.2 in [0.3]", "true"),
      ("0.3 in [0.1 + 0.2]", "true"),
      ("0.1 + 0.2 between 0.3 and 0.4", "true"),
      ("100 * 1.15 == 115", "true"),
      ("floor(100 * 1.15)", "115"),
      ("ceil(0.1 * 3 * 10)", "3"),
      ("floor((0.1 + 0.7) * 10)", "8"),
      ("floor(-0.5)", "-1"),
      ("ceil(-0.5)", "0"),
      ("floor(2.999999999)", "2"),
      ("round(2.5)", "3"),
      ("round(-2.5)", "-3"),
      ("round(1.005, 2)", "1.01"),
      ("round(1.15 + 0.0000, 1)", "1.2"),
      ("round(0.35 * 10 / 10, 1)", "0.4"),
      ("round(1234.5, -2)", "1200"),
      ("round(1250, -2)", "1300"),
      ("round(2 / 3, 4)", "0.6667"),
      ("round(0.1 + 0.2, 15) == 0.3", "true"),
      ("0.3 % 0.1", "0"),
      ("7 % 3", "1"),
      ("-7 % 3", "-1"),
      ("7.5 % 2", "1.5"),
      ("1 / (0.3 - 0.1 - 0.2)", "missing"),
      ("min(0.1 + 0.2, 1) == 0.3", "true"),
      ("abs(0.1 - 0.3) == 0.2", "true"),
      ("clamp(0.1 + 0.2, 0, 1) == 0.3", "true"),
      ("sum([0.1, 0.2]) == 0.3", "true"),
      ("mean([0.1, 0.2, 0.3]) == 0.2", "true"),
      ("(true ? 0.1 + 0.2 : 1) == 0.3", "true"),
      ("-(0.1 + 0.2) == -0.3", "true"),
      ("0.1 + 0.2 == 0.300000000000000000001", "true"),
      ("1e15 + 0.3 > 1e15", "true"),
      ("9_007_199_254_740_993 == 9_007_199_254_740_992", "true"),
      ("33.3% == 0.333", "true"),
      ("12.5%", "0.125"),
      ("80% of 50", "40"),
      ("100 / 80% of 50", "2.5"),
      ("50% of 20% of 10", "1"),
      ("customer.limit%", "0.07"),
      ("7 % customer.limit", "0"),
      ("1e3", "1000"), ("0x1F", "31"), ("12u", "12"), (".5", "0.5"), ("--1", "1"),
      ("0.1 / 0.3 == 1 / 3", "true"),
    ])
  func numbers(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "knows what it does not know",
    arguments: [
      ("customer.contact_due is missing", "true"),
      ("customer.contact_due is not missing", "false"),
      ("customer.vip is not missing", "true"),
      ("revenue[7d] > 3", "missing"),
      ("revenue[7d] == revenue[7d]", "missing"),
      ("not (revenue[7d] > 3)", "missing"),
      ("revenue[7d] > 3 and customer.vip", "missing"),
      ("revenue[7d] > 3 and not customer.vip", "false"),
      ("not customer.vip and revenue[7d] > 3", "false"),
      ("revenue[7d] > 3 or customer.vip", "true"),
      ("revenue[7d] > 3 or not customer.vip", "missing"),
      ("revenue[7d] + 1", "missing"),
      ("-revenue[7d]", "missing"),
      ("revenue[7d] + 1 is missing", "true"),
      ("customer.balance / orders[90d]", "missing"),
      ("customer.balance % orders[90d]", "missing"),
      ("customer.balance / orders[90d] is missing", "true"),
      ("customer.lead_time / orders[90d]", "missing"),
      ("since(customer.contact_due) > 3d", "missing"),
      ("customer.contact_due before now", "missing"),
      ("last_order[90d] is missing", "true"),
      ("revenue[7d] between 1 and 2", "missing"),
      ("5 between 1 and revenue[7d]", "missing"),
      ("0 between 1 and revenue[7d]", "false"),
      ("revenue[7d] in [1, 2]", "missing"),
      ("2 in [1, 2, revenue[7d]]", "true"),
      ("3 in [1, 2, revenue[7d]]", "missing"),
      ("(revenue[7d] > 3) ? 1 : 2", "missing"),
      ("customer.vip ? revenue[7d] : 2", "missing"),
      ("customer.vip ? 1 : revenue[7d]", "1"),
      ("max(1, revenue[7d])", "missing"),
      ("[1, revenue[7d]]", "missing"),
      ("mean(customer.scores)", "2.5"),
      ("mean([])", "missing"), ("sum([])", "0"), ("count([])", "0"),
      ("stddev([1])", "missing"), ("slope([1])", "missing"),
      ("customer.sales_rep == \"a\"", "missing"),
      ("customer.vip ? null : 1", "missing"),
      ("null is missing", "true"),
      ("severity is high", "missing"),
    ])
  func missing(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "turns what cannot be into an error that a deciding operand outweighs",
    arguments: [
      ("revenue[all time] * 10", "error: overflow"),
      ("revenue[all time] * 10 > 3", "error: overflow"),
      ("revenue[all time] * 10 is missing", "true"),
      ("revenue[all time] * 10 is not missing", "false"),
      ("revenue[all time] * 10 > 3 or customer.vip", "true"),
      ("customer.vip or revenue[all time] * 10 > 3", "true"),
      ("revenue[all time] * 10 > 3 and not customer.vip", "false"),
      ("revenue[all time] * 10 > 3 and revenue[7d] > 3", "error: overflow"),
      ("revenue[7d] > 3 and revenue[all time] * 10 > 3", "error: overflow"),
      ("sqrt(-1)", "error: sqrt out of range"),
      ("z(0)", "error: z out of range"), ("z(1)", "error: z out of range"),
      ("percentile([1], 2)", "error: percentile out of range"),
      ("round(1, 0.5)", "error: places out of range"),
      ("now + 9000y", "error: a point in time out of range"),
      ("1d * 1e300", "error: overflow"),
    ])
  func errors(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "reckons on the calendar and the clocks of the tenant",
    arguments: [
      ("now", "2026-03-31T00:00:00Z"),
      ("today", "2026-03-30T22:00:00Z"),
      // 14 February 01:30 to 31 March 02:00 on the clocks of Berlin.
      ("since(last_order)", "64830min"),
      ("since(last_order) >= 45d", "true"),
      ("days(since(last_order))", "45.020833333333"),
      ("floor(days(since(last_order)))", "45"),
      ("since(last_order) > 45d", "true"),
      ("until(today + 1d)", "22h"),
      ("45d ago", "2026-02-14T01:00:00Z"),
      ("3d ago", "2026-03-28T01:00:00Z"),
      ("72h ago", "2026-03-28T00:00:00Z"),
      ("today - 3d", "2026-03-27T23:00:00Z"),
      ("today - 72h", "2026-03-27T22:00:00Z"),
      ("customer.created_at + 1d", "2026-03-29T10:00:00Z"),
      ("customer.created_at + 24h", "2026-03-29T11:00:00Z"),
      ("timestamp(\"2026-01-31T00:00:00+01:00\") + 1mo", "2026-02-27T23:00:00Z"),
      ("1mo ago", "2026-02-28T01:00:00Z"),
      ("now - last_order == since(last_order)", "true"),
      ("last_order before 45d ago", "true"),
      ("last_order after 45d ago", "false"),
      ("dormant_after ago after last_order", "true"),
      ("last_order between 46d ago and 45d ago", "true"),
      ("customer.created_at between 3d ago and now", "true"),
      ("1d == 24h", "true"), ("1w == 7d", "true"), ("1mo > 30d", "true"), ("1mo < 31d", "true"),
      ("12mo == 1y", "true"),
      ("30d + 6h", "30d 6h"), ("30d - 40d", "-10d"), ("-(3d)", "-3d"), ("abs(-3d)", "3d"),
      ("2 * 3d", "6d"), ("3d * 0.5", "1d 12h"), ("3d / 2", "1d 12h"), ("36h / 1d", "1.5"),
      ("30% of customer.lead_time", "3d"),
      ("max(3d, 30% of typical_gap)", "3d"),
      ("clamp(typical_gap, 7d, 60d)", "240h"),
      ("min(now, today)", "2026-03-30T22:00:00Z"),
      ("quiet_for >= dormant_after", "true"),
      ("weekday(now)", "2"), ("month(now)", "3"), ("hour(now)", "2"), ("hour(last_order)", "1"),
      ("days(36h)", "1.5"), ("days(1mo)", "30.436875"),
    ])
  func time(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "counts 45 days from 01:30 to 01:30, whatever the clocks did",
    arguments: [
      ("Europe/Berlin", "2026-02-14T01:00:00Z", "45"),
      ("America/New_York", "2026-02-14T01:00:00Z", "45"),
      ("Asia/Kolkata", "2026-02-14T00:00:00Z", "45"),
      ("UTC", "2026-02-14T00:00:00Z", "45"),
    ])
  func clocks(identifier: String, lastOrder: String, days: String) throws {
    let moment = try instant(lastOrder, "UTC")
    let found = try evaluate(
      "days(since(last_order))", in: identifier, with: ["last_order": .instant(moment)])
    #expect(found == days)
  }

  @Test(
    "compares texts by code points",
    arguments: [
      ("customer.name == \"Caf\\u00e9\"", "true"),
      ("customer.name == \"Cafe\\u0301\"", "false"),
      ("customer.name != \"Cafe\\u0301\"", "true"),
      ("customer.name in [\"Cafe\\u0301\"]", "false"),
      ("customer.name < \"Caf\\u00ea\"", "true"),
      ("\"Z\" < \"a\"", "true"), ("\"a\" < \"ab\"", "true"), ("\"\" < \"a\"", "true"),
      ("size(customer.name)", "4"), ("size(\"Cafe\\u0301\")", "5"), ("customer.name.size()", "4"),
      ("customer.name.contains(\"af\")", "true"), ("contains(customer.name, \"fe\")", "false"),
      ("customer.name.contains(\"\")", "true"), ("\"\".contains(\"a\")", "false"),
      ("customer.name.startsWith(\"Ca\")", "true"),
      ("\"e\\u0301\".startsWith(\"e\")", "true"),
      ("customer.name.endsWith(\"\\u00e9\")", "true"), ("\"a\".endsWith(\"ba\")", "false"),
      ("customer.name.lowerAscii()", "'caf\u{E9}'"), ("customer.name.upperAscii()", "'CAF\u{E9}'"),
      ("\"[z]\".upperAscii()", "'[Z]'"), ("\"@[`{\".lowerAscii()", "'@[`{'"),
      ("trim(\" \\u00a0a b\\n\")", "'a b'"), ("trim(\" \")", "''"),
      ("\"a\" + 'b' + \"\"\"c\"\"\" + r'\\d'", "'abc\\d'"),
      ("customer.tier in [\"A\", \"B\"]", "true"), ("\"x\" in customer.tags", "true"),
      ("\"z\" in customer.tags", "false"), ("1 in customer.scores", "true"),
      ("9 in customer.scores", "missing"), ("size(customer.tags)", "2"),
      ("customer.tags == [\"x\", \"y\"]", "true"), ("customer.tags == [\"y\", \"x\"]", "false"),
    ])
  func texts(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "gives figures of lists",
    arguments: [
      ("sum(customer.scores)", "7.5"), ("count(customer.scores)", "3"),
      ("size(customer.scores)", "4"), ("max(customer.scores)", "4"), ("min([3d, 2d])", "2d"),
      ("median([3, 1, 2])", "2"), ("median([4, 1, 2, 3])", "2.5"),
      ("percentile([1, 2, 3, 4, 5], 90%)", "4.6"), ("percentile([7], 0.5)", "7"),
      ("stddev([2, 4, 4, 4, 5, 5, 7, 9])", "2.138089935299"),
      ("slope([1, 3, 5, 7])", "2"), ("slope([5, 5])", "0"),
      ("z(95%)", "1.644853626951"), ("z(0.5)", "0"), ("z(0.025)", "-1.95996398454"),
      ("z(1e-20)", "-9.262340089798"), ("sqrt(2)", "1.414213562373"),
    ])
  func lists(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "binds operators as people read them",
    arguments: [
      ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("10 - 3 - 2", "5"), ("2 * 3 % 4", "2"),
      ("not customer.balance > 100", "true"), ("not false and false", "false"),
      ("not not true", "true"), ("!customer.vip || customer.vip", "true"),
      ("true ? 1 : false ? 2 : 3", "1"), ("false ? 1 : false ? 2 : 3", "3"),
      ("1 < 2 && 2 < 3", "true"), ("-2 - -3", "1"),
      ("customer.vip == not false", "true"),
      ("customer.limit is missing or customer.vip", "true"),
      ("1 // the rest is a comment", "1"), ("customer . limit", "7"),
      ("revenue[30d] < 70% of revenue[30d, ending 30d ago]", "false"),
      ("revenue[30d] <= 70% of revenue[30d, ending 30d ago]", "true"),
    ])
  func precedence(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "asks how severe an alert is",
    arguments: [
      ("severity is high", "true"), ("severity is low", "false"), ("severity is not low", "true"),
      ("severity is at least medium", "true"), ("severity is at least critical", "false"),
      ("severity is not at least critical", "true"), ("severity", "'high'"),
    ])
  func severity(text: String, expected: String) throws {
    #expect(try evaluate(text, severity: .high) == expected)
  }

  @Test(
    "never lets what is not a number decide", arguments: [Double.nan, .infinity, -.infinity])
  func notNumbers(number: Double) throws {
    let changes = ["customer.balance": Value.number(number)]
    #expect(try evaluate("customer.balance > 3", with: changes).hasPrefix("error"))
    #expect(try evaluate("customer.balance + 1 > 3", with: changes).hasPrefix("error"))
    #expect(try evaluate("round(customer.balance)", with: changes).hasPrefix("error"))
    #expect(
      try evaluate("customer.balance > 3", with: ["customer.balance": .text("x")])
        .hasPrefix("error"))
  }

  @Test("reckons with times at the ends of what can be stored", arguments: [Int64.min, .max])
  func extremes(microseconds: Int64) throws {
    let changes = ["last_order": Value.instant(Instant(microseconds: microseconds))]
    for text in [
      "since(last_order) > 45d", "last_order before 45d ago", "last_order + 1d",
      "weekday(last_order)",
      "hour(last_order)", "last_order - now", "last_order - 1mo", "until(last_order) * 2",
    ] {
      for identifier in ["Europe/Berlin", "America/New_York"] {
        #expect(try !evaluate(text, in: identifier, with: changes).isEmpty)
      }
    }
  }
}

import Diagnostics
import Expressions
import Testing

/// What rules add to CEL, addition by addition.
@Suite("The rule dialect")
struct RuleDialectTests {
  @Test(
    "has words for logic that mean what the signs mean",
    arguments: [
      ("customer.vip and true", "customer.vip && true"),
      ("customer.vip or true", "customer.vip || true"), ("not customer.vip", "!customer.vip"),
      ("not customer.balance > 3", "!(customer.balance > 3)"),
    ])
  func logic(word: String, sign: String) throws {
    #expect(try term(word) == term(sign))
  }

  @Test("shows both ways to read `and` beside `or`")
  func mixedLogic() throws {
    let help = try #require(
      Checker(scope: .test).check("customer.vip and true or false").diagnostics.first?.help)
    #expect(
      help == "write (customer.vip and true) or false, or customer.vip and (true or false)")
    #expect(
      try term("(customer.vip and true) or false") != term("customer.vip and (true or false)"))
  }

  @Test(
    "writes lengths of time with a unit",
    arguments: [
      ("45d", Period(days: 45)), ("6h", Period(microseconds: 21_600_000_000)),
      ("30min", Period(microseconds: 1_800_000_000)), ("90s", Period(microseconds: 90_000_000)),
      ("2w", Period(days: 14)), ("3mo", Period(months: 3)), ("1y", Period(months: 12)),
    ])
  func periods(text: String, period: Period) throws {
    #expect(try term(text) == .constant(.duration(period)))
  }

  @Test("refuses 1m, which might be minutes or months")
  func ambiguousUnit() {
    #expect(codes("quiet_for > 1m") == [.ambiguousUnit])
  }

  @Test("names points in time by the run's time")
  func points() throws {
    #expect(
      try term("45d ago") == .apply(.subtract, [.now, .constant(.duration(Period(days: 45)))]))
    #expect(try [term("today"), term("now")] == [.today, .now])
  }

  @Test(
    "reads % as a percentage where no operand follows, and as a remainder otherwise",
    arguments: [
      ("20%", "0.2"), ("80% of 50", "40"), ("50 % 8", "2"), ("(20%)", "0.2"), ("20% * 2", "0.4"),
      ("20% == 0.2", "true"), ("50 % (8)", "2"), ("max(20%, 10%)", "0.2"),
    ])
  func percent(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "asks for what is missing, be it NULL or not to be computed",
    arguments: [
      ("customer.contact_due is missing", "true"), ("1 / orders[90d] is missing", "true"),
      ("customer.balance is not missing", "true"), ("revenue[all time] * 10 is missing", "true"),
    ])
  func missing(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test(
    "compares points in time and numbers by words",
    arguments: [
      ("last_order before now", "true"), ("last_order after now", "false"),
      ("3 before 4", "true"), ("3 between 3 and 4", "true"), ("4 between 3 and 4", "true"),
      ("now between last_order and today", "false"),
    ])
  func relations(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }

  @Test("allows < between points in time, and warns")
  func signBetweenInstants() throws {
    let found = Checker(scope: .test).check("last_order < 45d ago")
    #expect(found.diagnostics.map(\.severity) == [.warning])
    #expect(found.diagnostics.first?.help == "write last_order before 45d ago")
    #expect(try found.expression?.term == term("last_order before 45d ago"))
  }

  @Test("asks how severe an alert is")
  func severity() throws {
    #expect(try evaluate("severity is high", severity: .high) == "true")
    #expect(try evaluate("severity is at least high", severity: .critical) == "true")
    #expect(codes("severity is high") == [.severityUnavailable])
  }

  @Test("reads metrics over windows")
  func windows() throws {
    let window = Window.trailing(length: Period(days: 30), endingAgo: nil)
    #expect(try term("revenue[30d]") == .input(.metric(name: "revenue", window: window), .number))
    #expect(codes("revenue > 3") == [.missingWindow])
  }

  @Test("gives conditions their arguments by name")
  func namedArguments() throws {
    #expect(try term("dormancy(after = 60d)") == term("since(last_order) >= 60d"))
    #expect(codes("dormancy(60d)") == [.unlabelledArgument])
  }

  @Test("groups digits")
  func grouping() throws {
    #expect(try term("1_000") == .constant(.number(1000)))
    #expect(codes("1__000") == [.badNumber])
  }

  @Test(
    "offers the unit where a number stands for a length of time",
    arguments: [
      (
        "since(last_order) >= 45",
        "write since(last_order) >= 45d, or days(since(last_order)) >= 45"
      ),
      ("since(last_order) + 3 > 45d", "write 3d"), ("quiet_for between 30d and 60", "write 60d"),
      ("max(quiet_for, 30) > 45d", "write 30d"),
      ("clamp(quiet_for, 0.5, 2d) > 45d", "write a unit, as in 30d"),
      ("last_order + 3 > now", "write a unit, as in last_order + 3d"),
    ])
  func units(text: String, help: String) {
    #expect(Checker(scope: .test).check(text).diagnostics.first?.help == help)
  }

  @Test(
    "suggests every function for its own name written slightly wrong", arguments: Function.allCases)
  func suggestions(function: Function) throws {
    let name = function.rawValue
    guard name.utf8.count > 4 else { return }
    let wrong = String(name.dropLast()) + "x"
    let call = name.contains(".") ? "\(wrong)(1)" : "customer.tags.\(wrong)(1)"
    let found = [call, "\(wrong)(1)"].compactMap {
      Checker(scope: .test).check($0).diagnostics.first?.help
    }
    #expect(found.contains { $0.contains(name) }, "\(found)")
  }

  private func term(_ text: String) throws -> Term {
    try #require(Checker(scope: .test).check(text).expression?.term, "\(text)")
  }

  private func codes(_ text: String) -> [ExpressionCode] {
    Checker(scope: .test).check(text).diagnostics.compactMap { diagnostic in
      ExpressionCode.allCases.first { $0.code == diagnostic.code }
    }
  }
}

import Expressions
import Testing

@Suite("Conditions")
struct ConditionTests {
  private let orders = Term.input(.metric(name: "orders", window: .allTime), .number)

  @Test(
    "called as a whole or under `and` alone narrow the scope",
    arguments: [
      "dormancy", "(dormancy)", "dormancy()", "dormancy(after = 30d)",
      "customer.vip and dormancy", "customer.vip and (dormancy and customer.vip)",
      "dormancy(after = dormant_after)",
    ])
  func conjuncts(text: String) throws {
    let expression = try check(text)
    #expect(
      expression.scopes == [.apply(.greaterOrEqual, [orders, .constant(.number(1))])])
    #expect(expression.values.map(\.name) == ["quiet_for"])
    #expect(!expression.term.inputs.contains(.metric(name: "orders", window: .allTime)))
  }

  @Test(
    "called elsewhere hold their scope themselves",
    arguments: ["not dormancy", "customer.vip or dormancy", "dormancy ? true : false"])
  func operands(text: String) throws {
    let expression = try check(text)
    #expect(expression.scopes.isEmpty)
    #expect(expression.values.map(\.name) == ["quiet_for"])
    #expect(expression.term.inputs.contains(.metric(name: "orders", window: .allTime)))
  }

  @Test("bring each scope and each value once")
  func repeats() throws {
    let expression = try check("dormancy and dormancy(after = 60d)")
    #expect(expression.scopes.count == 1)
    #expect(expression.values.count == 1)
    #expect(try check("dormancy and dormancy(min_orders = 2)").scopes.count == 2)
  }

  @Test("put arguments in the place of their params")
  func arguments() throws {
    #expect(try evaluate("dormancy(after = 45d)") == "true")
    #expect(try evaluate("dormancy(after = 46d)") == "false")
    #expect(try evaluate("not dormancy(after = 46d, min_orders = 4)") == "true")
    let call = ConditionSymbol.dormancy.call([:], isConjunct: false)
    #expect(call.term.replacing(["after": .now]) == call.term)
  }

  @Test("being defined refer to their params")
  func parameters() throws {
    var scope = Scope.test
    scope.parameters = ["after": .duration]
    let checked = Checker(scope: scope).check("since(last_order) >= after", expecting: .condition)
    let expression = try #require(checked.expression)
    #expect(expression.term == ConditionSymbol.dormancy.when)
    #expect(
      Checker(scope: scope).check("now after after ago", expecting: .condition).expression != nil)
  }

  private func check(_ text: String) throws -> CheckedExpression {
    try #require(Checker(scope: .test).check(text, expecting: .condition).expression)
  }
}

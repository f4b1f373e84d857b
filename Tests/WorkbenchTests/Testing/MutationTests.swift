import Expressions
import Rules
import Testing
import Workbench

@Suite("Mutations of rules")
struct MutationTests {
  static func mutants(_ body: String) throws -> [String] {
    try TestedRule(body).rule.mutants.map { "\($0.key): \($0.old) => \($0.new)" }
  }

  @Test(
    "shift limits, turn comparisons, and loosen logic",
    arguments: [
      (
        "customer.score >= 3",
        ["customer.score > 3", "customer.score >= 2", "customer.score >= 4"]
      ),
      (
        "customer.score < 70%",
        ["customer.score <= 0.7", "customer.score < 0.69", "customer.score < 0.71"]
      ),
      (
        "customer.score <= 0.125",
        ["customer.score < 0.125", "customer.score <= 0.124", "customer.score <= 0.126"]
      ),
      (
        "since(last_order) > 6h",
        ["since(last_order) >= 6h", "since(last_order) > 5h", "since(last_order) > 7h"]
      ),
      (
        "last_order after 2mo ago",
        ["last_order >= 2mo ago", "last_order after 1mo ago", "last_order after 3mo ago"]
      ),
      ("customer.tier == \"A\"", ["customer.tier != \"A\""]),
      ("customer.tier in [\"A\", \"B\"]", ["not (customer.tier in [\"A\", \"B\"])"]),
      ("customer.score is missing", ["customer.score is not missing"]),
      ("not customer.vip", ["customer.vip"]),
      (
        "customer.score between 1 and 5",
        [
          "customer.score > 1 and customer.score <= 5",
          "customer.score >= 1 and customer.score < 5",
          "customer.score between 0 and 5", "customer.score between 2 and 5",
          "customer.score between 1 and 4", "customer.score between 1 and 6",
        ]
      ),
      (
        "customer.vip and customer.score is missing",
        [
          "customer.vip or customer.score is missing", "customer.score is missing", "customer.vip",
          "customer.score is not missing",
        ]
      ),
      ("round(customer.score, 2) == revenue[30d]", ["round(customer.score, 2) != revenue[30d]"]),
    ])
  func changes(condition: String, mutants: [String]) throws {
    let rule = try TestedRule("when: '\(condition)'").rule
    #expect(rule.mutants.map(\.new) == mutants)
    #expect(Set(rule.mutants.map(\.rule.when)).count == mutants.count)
    #expect(rule.mutants.allSatisfy { $0.rule.when != rule.when && $0.key == "when" })
  }

  @Test("reach what names stand for, and overrides, and every key")
  func places() throws {
    let found = try Self.mutants(
      """
      where: customer.vip and customer.score > 0
      params: {after: 45d, unused_in_comparison: 3}
      overrides: [{where: customer.tier == "A", after: 30d}]
      values: {share: "revenue[30d] / 30", shown: "revenue[60d] / 60"}
      when: since(last_order) >= after
      severity: {high: share > 5, medium: otherwise}
      lifecycle: {resolve_when: share < unused_in_comparison}
      """)
    #expect(found.contains("params: after: customer.tier == \"A\" => customer.tier != \"A\""))
    #expect(found.contains("params: after: 30d => 31d"))
    #expect(found.contains("params: after: 45d => 44d"))
    #expect(found.contains("values: share: 30 => 31"))
    #expect(found.contains("severity: high: share > 5 => share >= 5"))
    #expect(
      found.contains("resolve_when: share < unused_in_comparison => share <= unused_in_comparison"))
    #expect(found.contains("where: customer.vip and customer.score > 0 => customer.score > 0"))
    // What decides nothing is left alone, as is the guard of an override.
    #expect(!found.contains { $0.contains("60") || $0.contains("missing") })
  }

  @Test("are noticed by tests on both sides of each limit, and by no others")
  func killing() throws {
    let weak = try TestedRule(
      """
      params: {dormant_after: 45d}
      when: dormancy(after = dormant_after)
      tests:
        - {name: quiet, given: {last_order: 90d ago}, expect: opens}
      """)
    let result = weak.tester.mutate(weak.rule)
    #expect(result.tried == 3)
    #expect(
      result.survivors.map { "\($0.old) => \($0.new): \($0.hint)" } == [
        "since(last_order) >= dormant_after => since(last_order) > dormant_after: "
          + "no test has `since(last_order)` at exactly `dormant_after`",
        "45d => 44d: no test has `since(last_order)` so near to `45d` that `44d` would matter",
        "45d => 46d: no test has `since(last_order)` so near to `45d` that `46d` would matter",
      ])
    let strong = try TestedRule(
      """
      params: {dormant_after: 45d}
      when: dormancy(after = dormant_after)
      tests:
        - {name: not yet, given: {last_order: 44d ago}, expect: nothing}
        - {name: quiet, given: {quiet_for: 45d}, expect: opens}
      """)
    #expect(strong.mismatches == [])
    #expect(strong.tester.mutate(strong.rule).survivors.map(\.new) == [])
  }

  @Test("are noticed by what texts say, too")
  func texts() throws {
    let tested = try TestedRule(
      """
      values: {level: "customer.score >= 1 ? 2 : 1"}
      when: revenue[30d] > 0 and level > 0
      then: [{task: {title: "Level {{level}}"}}]
      tests:
        - {name: more, given: {"revenue[30d]": 1, customer.score: 1}, texts: {task.title: Level 2}}
        - {name: less, given: {"revenue[30d]": 1, customer.score: 0.5}, texts: {task.title: Level 1}}
        - {name: none, given: {"revenue[30d]": 0}, expect: nothing}
      """)
    #expect(tested.mismatches == [])
    let survivors = tested.tester.mutate(tested.rule).survivors
    #expect(
      !survivors.contains { $0.old == "customer.score >= 1" && $0.new != "customer.score >= 0" })
    #expect(!survivors.contains { $0.key == "values: level" && ["0", "3"].contains($0.new) })
  }
}

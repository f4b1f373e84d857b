import Engine
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing

/// More matches than are acted on at once.
@Suite("Limits over many matches")
struct ManyMatchesTests {
  private static func rule(_ name: String, atLeast weight: Int, _ more: String) -> String {
    """
    rule: \(name)
    owner: ops@north.example
    for_each: account
    when: account.weight >= \(weight)
    then:
      - task: {title: "Look at {{account.name}}", assign_to: account.agent}
    \(more)
    """
  }

  @Test("tell the owner once of all that is held")
  func maxMatches() async throws {
    let rule = Self.rule(
      "heavy", atLeast: 1,
      "severity: {high: account.weight >= 4499, medium: otherwise}\nlimits: {max_matches: 9}")
    try await withShop(rules: [rule]) { shop in
      try await shop.addMany(4_500)
      let counts = try #require(try await shop.run("2026-03-01").rules.first?.counts)
      #expect(counts.opened == 4_500 && counts.held == 4_500 && counts.tasks == 0)
      let notices = try await shop.connection.query(
        """
        SELECT convert_from(body, 'UTF8')::jsonb->>'text' FROM bellwether.event
        WHERE type = 'dev.bellwether.rule.held'
        """)
      #expect(notices.count == 1)
      let text = try #require(notices.first?[0])
      #expect(text.contains("4500 actions are held"))
      #expect(
        text.contains("  high  Account 4499 (m04499)\n  high  Account 4500 (m04500)\n  medium"))

      let again = try #require(try await shop.run("2026-03-02").rules.first?.counts)
      #expect(again.held == 0 && again.tasks == 0)
      let released = try await shop.engine.release(
        [try #require(shop.ruleSet.rules["heavy"])], at: try Shop.time("2026-03-02"),
        requestedBy: "ann", for: try await shop.tenant())
      #expect(released.map(\.counts.tasks) == [4_500])
    }
  }

  @Test("give what a tenant may do to the most severe of all rules")
  func perTenant() async throws {
    let rules = [
      Self.rule("all", atLeast: 1, "severity: medium"),
      Self.rule("heaviest", atLeast: 2_198, "severity: critical"),
    ]
    let limits = TenantLimits(perTenant: Limits.Rate(count: 5, per: .day))
    try await withShop(rules: rules, limits: limits) { shop in
      try await shop.addMany(2_200)
      let counts = try await shop.run("2026-03-01").rules.map(\.counts)
      #expect(counts.map(\.tasks) == [2, 3] && counts.map(\.held) == [2_198, 0])
      let later = try await shop.run("2026-03-02").rules.map(\.counts)
      #expect(later.map(\.tasks) == [5, 0] && later.map(\.held) == [2_193, 0])
    }
  }
}

import Engine
import Expressions
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing

@Suite("A silence in a run")
struct SilenceRunTests {
  private func silence(
    _ id: String, rule: String? = nil, key: String? = nil, from: String, to: String
  ) throws -> Silence {
    Silence(
      id: id, rule: rule, entityKey: key, author: "ann", reason: "stocktaking",
      startsAt: try Shop.time(from), endsAt: try Shop.time(to))
  }

  @Test("keeps what is sent from being sent, counts it, and lets state go on")
  func skips() async throws {
    try await withShop { shop in
      let tenant = try await shop.tenant()
      try await shop.engine.add(
        try silence("s1", key: "a1", from: "2026-03-01", to: "2026-03-04"), for: tenant)
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      let counts = try #require(try await shop.run("2026-03-01").rules.first?.counts)
      #expect(counts.opened == 2 && counts.tasks == 1 && counts.emails == 1)
      #expect(counts.webhooks == 1 && counts.updates == 2 && counts.skipped == 3)
      #expect(try await shop.value("SELECT count(*) FROM bellwether.alert") == "2")
      let skipped = try await shop.connection.query(
        """
        SELECT kind, entity_key, reason FROM bellwether.action WHERE outcome = 'skipped'
        ORDER BY kind
        """)
      #expect(skipped == ["email", "task", "webhook"].map { [$0, "a1", "silence:s1"] })

      let records = try await shop.engine.silences(endingAfter: nil, for: tenant)
      #expect(records.map(\.skipped) == [3] && records.map(\.silence.author) == ["ann"])
      let listed = try await shop.engine.silenced(by: "s1", atMost: 10, for: tenant)
      #expect(listed.map(\.kind).sorted() == ["email", "task", "webhook"])

      // What was silenced is not made up for when the silence ends.
      let later = try #require(try await shop.run("2026-03-05").rules.first?.counts)
      #expect(later.tasks == 0 && later.emails == 0 && later.skipped == 0)
      let south = try await shop.tenant("south")
      #expect(try await shop.engine.silences(endingAfter: nil, for: south).isEmpty)
    }
  }

  @Test("goes by the run's scheduled time, and can be ended early")
  func times() async throws {
    try await withShop { shop in
      let tenant = try await shop.tenant()
      try await shop.engine.add(
        try silence("s1", rule: "quiet", from: "2026-03-02", to: "2026-03-09"), for: tenant)
      try await shop.add(["a1"], visited: "2026-01-01")
      #expect(try await shop.run("2026-03-01").rules.first?.counts.tasks == 1)
      try await shop.add(["a2"], visited: "2026-01-01")
      #expect(try await shop.run("2026-03-02").rules.first?.counts.tasks == 0)

      let rule = try #require(shop.ruleSet.rules["quiet"])
      let look = try #require(
        try await shop.engine.look(
          at: "a1", by: rule, at: try Shop.time("2026-03-01"), for: tenant))
      #expect(look.actions.isEmpty, "its alert is open")
      try await shop.add(["a3"], visited: "2026-01-01")
      let silenced = try #require(
        try await shop.engine.look(
          at: "a3", by: rule, at: try Shop.time("2026-03-03"), for: tenant))
      #expect(
        silenced.actions.map(\.heldBy) == ["silence:s1", "silence:s1", "silence:s1", nil])

      #expect(
        try await shop.engine.expireSilence("s1", at: try Shop.time("2026-03-03"), for: tenant))
      #expect(
        try await !shop.engine.expireSilence("s1", at: try Shop.time("2026-03-04"), for: tenant))
      #expect(try await shop.run("2026-03-03").rules.first?.counts.tasks == 1)
    }
  }

  @Test("holds for what a limit let wait, and uses nothing of the limit")
  func held() async throws {
    try await withShop(rules: [Shop.quiet("limits: {per_rule: 1 per day}")]) { shop in
      try await shop.add(["a1", "a2", "a3"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      try await shop.engine.add(
        try silence("s1", key: "a2", from: "2026-03-02", to: "2026-03-04"),
        for: try await shop.tenant())
      let counts = try #require(try await shop.run("2026-03-02").rules.first?.counts)
      #expect(counts.tasks == 1 && counts.skipped == 3 && counts.held == 0)
      let tasks = try await shop.connection.query("SELECT account_code FROM todo ORDER BY 1")
      #expect(tasks == [["a1"], ["a3"]])
    }
  }
}

import Engine
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing

@Suite("Limits")
struct LimitTests {
  @Test("hold what is over a recipient's day, most severe first, and let it go the next day")
  func perRecipient() async throws {
    let rule = Shop.quiet("limits: {per_recipient: 2 per day}")
    try await withShop(rules: [rule]) { shop in
      try await shop.add(["a1", "a2", "a3", "a4"], visited: "2026-01-01")
      try await shop.add(["z9"], visited: "2026-01-01", weight: 50)

      let first = try #require(try await shop.run("2026-03-01").rules.first?.counts)
      #expect(first.opened == 5 && first.tasks == 2 && first.emails == 2)
      #expect(first.webhooks == 5 && first.updates == 5)
      #expect(first.held == 6, "three alerts with a task and a mail each")
      let told = try await shop.connection.query("SELECT account_code FROM todo ORDER BY 1")
      #expect(told == [["a1"], ["z9"]])

      let again = try #require(try await shop.run("2026-03-01").rules.first?.counts)
      #expect(again.tasks == 0 && again.held == 6)

      let second = try #require(try await shop.run("2026-03-02").rules.first?.counts)
      #expect(second.tasks == 2 && second.emails == 2 && second.held == 2)
      let third = try #require(try await shop.run("2026-03-03").rules.first?.counts)
      #expect(third.tasks == 1 && third.held == 0)
      #expect(try await shop.value("SELECT count(DISTINCT account_code) FROM todo") == "5")
    }
  }

  @Test("drop what is over, with the reason, when the rule says so")
  func dropped() async throws {
    let rule = Shop.quiet("limits: {per_rule: 1 per day, overflow: drop}")
    try await withShop(rules: [rule]) { shop in
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      let counts = try #require(try await shop.run("2026-03-01").rules.first?.counts)
      #expect(counts.tasks == 1 && counts.held == 0)
      let dropped = try await shop.connection.query(
        "SELECT kind, reason FROM bellwether.action WHERE outcome = 'dropped' ORDER BY kind")
      #expect(dropped == [["email", "per_rule"], ["task", "per_rule"], ["webhook", "per_rule"]])
      let later = try #require(try await shop.run("2026-03-02").rules.first?.counts)
      #expect(later.tasks == 0)
    }
  }

  @Test("hold every action when more match than the rule expects, and keep the state")
  func maxMatches() async throws {
    let rule = Shop.quiet("limits: {max_matches: 2}")
    try await withShop(rules: [rule]) { shop in
      try await shop.add(["a1", "a2", "a3"], visited: "2026-01-01")
      let counts = try #require(try await shop.run("2026-03-01").rules.first?.counts)
      #expect(counts.opened == 3 && counts.tasks == 0 && counts.emails == 0 && counts.held == 9)
      let told = try await shop.connection.query("SELECT target FROM bellwether.delivery")
      #expect(told == [["ops@north.example"]], "its owner alone is told")
      #expect(try await shop.value("SELECT count(*) FROM bellwether.alert") == "3")
    }
  }

  @Test("record as failed what was held and cannot be read back")
  func unreadable() async throws {
    let rule = Shop.quiet("limits: {per_rule: 1 per day}")
    try await withShop(rules: [rule]) { shop in
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      try await shop.connection.execute(
        script:
          "UPDATE bellwether.action SET payload = '{}' WHERE kind = 'task' AND outcome = 'held'")
      let counts = try #require(try await shop.run("2026-03-02").rules.first?.counts)
      #expect(counts.errors == 1 && counts.tasks == 0 && counts.emails == 1)
      let failed = try await shop.connection.query(
        "SELECT kind, reason FROM bellwether.action WHERE outcome = 'failed'")
      #expect(failed == [["task", "what was held cannot be read"]])
    }
  }

  @Test("let what tells of an end wait as well, unless the alert goes on meanwhile")
  func heldEnd() async throws {
    let rule = Shop.quiet(
      "  - email: {to: account.agent, subject: Over, body: Over}\n"
        + "lifecycle: {reopen_within: 30d}\nlimits: {per_rule: 1 per day}")
    try await withShop(rules: [rule]) { shop in
      func ends() async throws -> [[String?]] {
        try await shop.connection.query(
          """
          SELECT entity_key, outcome, reason FROM bellwether.action
          WHERE kind = 'email' AND dedupe_key LIKE '%closed %' ORDER BY entity_key
          """)
      }
      try await shop.add(["a1", "a2", "a3"], visited: "2026-01-01")
      for day in ["2026-03-01", "2026-03-02", "2026-03-03"] { try await shop.run(day) }
      for account in ["a1", "a2", "a3"] { try await shop.visit(account, on: "2026-03-03") }
      try await shop.run("2026-03-04")
      let held = ["held", "per_rule"]
      #expect(try await ends() == [["a1", "done", nil], ["a2"] + held, ["a3"] + held])

      // One is quiet again before its turn comes.
      try await shop.connection.execute(script: "DELETE FROM visit WHERE code = 'a2'")
      try await shop.visit("a2", on: "2026-01-01")
      try await shop.run("2026-03-05")
      #expect(
        try await ends() == [
          ["a1", "done", nil], ["a2", "dropped", "per_rule, then closed"],
          ["a3", "done", "per_rule"],
        ])
    }
  }

  @Test("do not tell of an alert that closed while it waited")
  func closedWhileHeld() async throws {
    let rule = Shop.quiet("limits: {per_recipient: 1 per day}")
    try await withShop(rules: [rule]) { shop in
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      try await shop.visit("a2", on: "2026-03-01")
      try await shop.run("2026-03-02")
      #expect(try await shop.value("SELECT count(*) FROM todo WHERE account_code = 'a2'") == "0")
      let outcome = try await shop.connection.query(
        """
        SELECT DISTINCT outcome, reason FROM bellwether.action
        WHERE entity_key = 'a2' AND kind IN ('task', 'email')
        """)
      #expect(outcome == [["dropped", "per_recipient, then closed"]])
    }
  }

  @Test("hold what is over a tenant's hour across rules, most severe first")
  func perTenant() async throws {
    let other = Shop.quiet().replacing("rule: quiet", with: "rule: silent")
    let limits = TenantLimits(perTenant: Limits.Rate(count: 3, per: .day))
    try await withShop(rules: [Shop.quiet(), other], limits: limits) { shop in
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      try await shop.add(["z9"], visited: "2026-01-01", weight: 50)
      let counts = try await shop.run("2026-03-01").rules.map(\.counts)
      #expect(counts.map(\.tasks) == [2, 1] && counts.map(\.held) == [3, 6])
      let tasks = try await shop.connection.query("SELECT account_code FROM todo ORDER BY 1")
      #expect(tasks == [["a1"], ["z9"], ["z9"]])
      let held = try await shop.connection.query(
        "SELECT DISTINCT outcome, reason FROM bellwether.action WHERE outcome <> 'done'")
      #expect(held == [["held", "per_tenant"]])
      let later = try await shop.run("2026-03-02").rules.map(\.counts)
      #expect(later.map(\.tasks).reduce(0, +) == 3 && later.map(\.held) == [0, 0])
    }
  }

  @Test("spare one person across rules")
  func perPerson() async throws {
    let other = Shop.quiet().replacing("rule: quiet", with: "rule: silent")
    let limits = TenantLimits(perRecipient: Limits.Rate(count: 3, per: .week))
    try await withShop(rules: [Shop.quiet(), other], limits: limits) { shop in
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      let counts = try await shop.run("2026-03-01").rules.map(\.counts)
      #expect(counts.map(\.tasks).reduce(0, +) == 3 && counts.map(\.emails).reduce(0, +) == 3)
      #expect(counts.map(\.webhooks).reduce(0, +) == 4, "an endpoint is nobody")
      let reasons = try await shop.connection.query(
        "SELECT DISTINCT reason FROM bellwether.action WHERE outcome = 'held'")
      #expect(reasons == [["tenant_per_recipient"]])
    }
  }

  @Test("admit exactly what they say to 32 runs at once")
  func concurrent() async throws {
    let names = (1...32).map { "quiet_\($0)" }
    let rules = names.map { Shop.quiet().replacing("rule: quiet", with: "rule: \($0)") }
    let limits = TenantLimits(perTenant: Limits.Rate(count: 41, per: .day))
    try await withShop(rules: rules, limits: limits) { shop in
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      let tenant = try await shop.tenant()
      let now = try Shop.time("2026-03-01")
      let tasks = try await withThrowingTaskGroup(of: Int.self) { group in
        for name in names {
          let rule = try #require(shop.ruleSet.rules[name])
          group.addTask {
            let client = try await shop.onAnotherConnection()
            let report = try await client.engine.run(
              RunRequest(name: name, rules: [rule], nominal: now, requestedBy: "test"),
              for: tenant)
            await client.connection.close()
            return report.rules.map(\.counts.tasks).reduce(0, +)
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(tasks == 41)
      #expect(try await shop.value("SELECT count(*) FROM todo") == "41")
      #expect(try await shop.value("SELECT sum(used) FROM bellwether.limit_window") == "41")
    }
  }
}

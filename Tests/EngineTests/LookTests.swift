import Engine
import Expressions
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing
import Workbench

@Suite("A look at one thing")
struct LookTests {
  private func tenant(_ shop: Shop, _ slug: String = "north") async throws -> Tenant {
    try #require(try await shop.engine.tenants().first { $0.slug == slug })
  }

  private func look(_ shop: Shop, _ key: String, _ day: String) async throws -> EntityLook? {
    let rule = try #require(shop.ruleSet.rules["quiet"])
    let now = try #require(Instant(day + "T02:00:00Z", in: .utc))
    return try await shop.engine.look(at: key, by: rule, at: now, for: try await tenant(shop))
  }

  @Test("sees what a run sees and says what it would do, and writes nothing")
  func sees() async throws {
    try await withShop { shop in
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      let look = try #require(try await look(shop, "a1", "2026-03-01"))

      #expect(look.key == "a1" && look.label == "Name of a1" && look.alert == nil)
      #expect(look.inputs[.field(path: ["account", "state"])] == .text("active"))
      let lastVisit = try #require(Instant("2026-01-01T12:00:00Z", in: .utc))
      #expect(look.inputs[.metric(name: "last_visit", window: .allTime)] == .instant(lastVisit))
      #expect(look.actions.map(\.kind) == [.task, .email, .webhook, .update])
      #expect(
        look.actions.map(\.text) == [
          "Call Name of a1, quiet for 58 days", "ann@north.example", "crm", "risk = quiet",
        ])
      #expect(
        look.actions.map(\.recipient) == ["ann@north.example", "ann@north.example", nil, nil])
      for table in ["todo", "bellwether.alert", "bellwether.action", "bellwether.run"] {
        let count = try await shop.value("SELECT count(*) FROM \(table: table)")
        #expect(count == "0", "\(table) has rows")
      }
    }
  }

  @Test("knows the alert that is open, and that nothing is left to do")
  func open() async throws {
    try await withShop { shop in
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      let look = try #require(try await look(shop, "a1", "2026-03-02"))
      #expect(look.alert?.state.isOpen == true && look.alert?.entityKey == "a1")
      #expect(look.actions.isEmpty)
    }
  }

  @Test("says what cannot be done and which limit is used up")
  func limits() async throws {
    try await withShop(rules: [Shop.quiet("limits: {per_rule: 1 per day}")]) { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      try await shop.add(["a2"], agent: 8, visited: "2026-01-01")
      let rule = try #require(shop.ruleSet.rules["quiet"])
      let now = try #require(Instant("2026-03-01T04:00:00Z", in: .utc))
      try await shop.connection.execute(script: "SET default_transaction_read_only = on")
      let look = try #require(
        try await shop.engine.look(at: "a2", by: rule, at: now, for: try await tenant(shop)))
      #expect(look.actions.map(\.heldBy) == ["per_rule", nil, "per_rule", nil])
      #expect(look.actions.map(\.failure) == [nil, "no address", nil, nil])
    }
  }

  @Test("finds nothing of another tenant, and nothing that is not there")
  func nobody() async throws {
    try await withShop { shop in
      try await shop.add(["s1"], firm: 2, agent: 9, visited: "2026-01-01")
      #expect(try await look(shop, "s1", "2026-03-01") == nil)
      #expect(try await look(shop, "a9", "2026-03-01") == nil)
      let rule = try #require(shop.ruleSet.rules["quiet"])
      let here = try await shop.engine.find("s1", of: rule, for: try await tenant(shop))
      let there = try await shop.engine.find("s1", of: rule, for: try await tenant(shop, "south"))
      #expect(here.isEmpty)
      #expect(there.map(\.key) == ["s1"] && there.map(\.label) == ["Name of s1"])
      #expect(there.map(\.fit) == [.key])
    }
  }

  @Test("explains each thing of random shops as a run decides it")
  func sameAsRun() async throws {
    try await withShop { shop in
      var generator = SeededGenerator(seed: 11)
      for number in 1...40 {
        let age = Int.random(in: 10...28, using: &generator)
        let code = "a\(number)"
        try await shop.add(
          [code], visited: "2026-0\(Int.random(in: 1...2, using: &generator))-\(age)",
          weight: Int.random(in: 1...20, using: &generator))
        if Int.random(in: 0..<4, using: &generator) == 0 {
          _ = try await shop.connection.query(
            "UPDATE account SET state = 'closed' WHERE code = \(bind: code)")
        }
        if Int.random(in: 0..<4, using: &generator) == 0 {
          _ = try await shop.connection.query("DELETE FROM visit WHERE code = \(bind: code)")
        }
      }
      let report = try #require(try await shop.run("2026-03-01", dryRun: true).rules.first)
      let matches = Dictionary(
        uniqueKeysWithValues: report.matches.map { ($0.key, ($0.severity, $0.values)) })
      var unknown = 0
      for number in 1...40 {
        let look = try #require(try await look(shop, "a\(number)", "2026-03-01"))
        let explanation = RuleExplanation(
          rule: try #require(shop.ruleSet.rules["quiet"]), inputs: look.inputs,
          context: EvaluationContext(
            now: try #require(Instant("2026-03-01T02:00:00Z", in: .utc)),
            zone: try await tenant(shop).zone))
        let match = matches[look.key]
        if let match {
          #expect(explanation.observation == .matches(match.0))
          #expect(explanation.names.map(\.value) == match.1)
          #expect(explanation.scope?.outcome == .yes && explanation.when.outcome == .yes)
        } else {
          #expect(explanation.scope?.outcome != .yes || explanation.when.outcome != .yes)
        }
        if explanation.observation == .isUnknown { unknown += 1 }
      }
      #expect(!matches.isEmpty && unknown == report.counts.unknown && unknown > 0)
    }
  }
}

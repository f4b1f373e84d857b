import Engine
import Foundation
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing

@Suite("What max_matches holds")
struct HeldTests {
  private static let rule = Shop.quiet("limits: {max_matches: 2, per_rule: 2 per day}")

  private func release(
    _ shop: Shop, _ day: String, atMost count: Int? = nil
  ) async throws -> ReleaseReport {
    let rule = try #require(shop.ruleSet.rules["quiet"])
    let reports = try await shop.engine.release(
      [rule], atMost: count, at: try Shop.time(day), requestedBy: "ann",
      for: try await shop.tenant())
    return try #require(reports.first)
  }

  private func outcomes(_ shop: Shop) async throws -> [[String?]] {
    try await shop.connection.query(
      """
      SELECT entity_key, outcome, reason FROM bellwether.action WHERE kind = 'task' ORDER BY 1
      """)
  }

  @Test("is told to the owner once in a spell, with examples and the commands")
  func notice() async throws {
    try await withShop(rules: [Shop.quiet("limits: {max_matches: 50% of population}")]) { shop in
      func notices() async throws -> [String?] {
        try await shop.connection.query(
          """
          SELECT convert_from(body, 'UTF8') FROM bellwether.event JOIN bellwether.delivery
            ON event_id = event.id AND target = 'ops@north.example'
          WHERE type = 'dev.bellwether.rule.held' ORDER BY event.created_at
          """
        ).map { $0[0] }
      }
      try await shop.add(["a1", "a2", "a3", "a4", "a5"], visited: "2026-01-01")
      try await shop.add(["z9"], visited: "2026-01-01", weight: 50)
      try await shop.add(["b1"], visited: "2026-02-28")
      try await shop.run("2026-03-01")
      let text = try #require(try await notices().first ?? nil)
      for part in [
        "quiet: 6 of 7 match, every action is held", "at most 50% of them", "18 actions are held",
        #"  high  Name of z9 (z9)\u000a  medium  Name of a1 (a1)"#, "Name of a4",
        "bellwether held list --rule quiet --tenant north",
        "bellwether held release quiet --tenant north",
        "bellwether held discard quiet --tenant north",
      ] {
        #expect(text.contains(part), "\(part)")
      }
      #expect(!text.contains("Name of a5"), "five examples")

      // More of the same spell.
      try await shop.add(["a6"], visited: "2026-01-01")
      try await shop.run("2026-03-02")
      #expect(try await notices().count == 1)

      // The spell is over, and another begins.
      for account in ["a1", "a2", "a3", "a4", "a5", "a6"] {
        try await shop.visit(account, on: "2026-03-02")
      }
      try await shop.run("2026-03-03")
      #expect(try await notices().count == 1)
      try await shop.run("2026-05-03")
      #expect(try await notices().count == 2)
    }
  }

  @Test("stays held by later runs, while what is new flows, until it is released")
  func release() async throws {
    try await withShop(rules: [Self.rule]) { shop in
      try await shop.add(["a1", "a2", "a3", "a4"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      for account in ["a3", "a4"] { try await shop.visit(account, on: "2026-03-01") }
      try await shop.visit("a1", on: "2026-03-01")
      try await shop.add(["b1"], visited: "2026-01-01")
      let counts = try #require(try await shop.run("2026-03-02").rules.first?.counts)
      #expect(counts.tasks == 1, "b1 is new, and two match")
      let held = ["held", "max_matches"]
      #expect(
        try await outcomes(shop) == [
          ["a1"] + held, ["a2"] + held, ["a3"] + held, ["a4"] + held, ["b1", "done", nil],
        ])

      let report = try await release(shop, "2026-03-03")
      #expect(report.over == 9 && report.counts.tasks == 1 && report.counts.emails == 1)
      let over = ["dropped", "max_matches, then closed"]
      #expect(
        try await outcomes(shop) == [
          ["a1"] + over, ["a2", "done", "max_matches"], ["a3"] + over, ["a4"] + over,
          ["b1", "done", nil],
        ])
      let again = try await release(shop, "2026-03-03")
      #expect(again.counts.tasks == 0 && again.over == 0)
      #expect(try await shop.value("SELECT count(*) FROM todo WHERE NOT done") == "2")
      let runs = try await shop.connection.query(
        "SELECT requested_by FROM bellwether.run WHERE rule_set = 'held release quiet'")
      #expect(runs == [["ann"], ["ann"]])
    }
  }

  @Test("goes by the other limits when it is released, and by the order of severity")
  func limits() async throws {
    try await withShop(rules: [Self.rule]) { shop in
      try await shop.add(["a1", "a2", "a3", "a4"], visited: "2026-01-01")
      try await shop.add(["z9"], visited: "2026-01-01", weight: 50)
      try await shop.run("2026-03-01")
      let first = try await release(shop, "2026-03-01", atMost: 1)
      #expect(first.counts.tasks == 1 && first.counts.held == 0)
      #expect(try await shop.value("SELECT account_code FROM todo") == "z9")

      // Two a day may act, and one has.
      let second = try await release(shop, "2026-03-01")
      #expect(second.counts.tasks == 1 && second.counts.held == 9)
      #expect(
        try await outcomes(shop).map { [$0[0], $0[2]] } == [
          ["a1", "max_matches"], ["a2", "per_rule"], ["a3", "per_rule"], ["a4", "per_rule"],
          ["z9", "max_matches"],
        ])
      for account in ["z9", "a1", "a4"] { try await shop.visit(account, on: "2026-03-01") }
      let counts = try #require(try await shop.run("2026-03-02").rules.first?.counts)
      #expect(counts.tasks == 2, "what a rate holds goes on by itself")
    }
  }

  @Test("can be discarded, with who did it and why")
  func discard() async throws {
    try await withShop(rules: [Self.rule]) { shop in
      try await shop.add(["a1", "a2", "a3"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      let tenant = try await shop.tenant()
      let summary = try await shop.engine.heldSummaries(of: nil, for: tenant)
      #expect(summary.map(\.rule) == ["quiet"] && summary.map(\.actions) == [9])
      #expect(summary.map(\.alerts) == [3] && summary.map(\.over) == [0])
      let actions = try await shop.engine.heldActions(of: "quiet", atMost: 4, for: tenant)
      #expect(actions.count == 4 && actions[0].label == "Name of a1")
      let counts = try await shop.engine.discard(
        ["quiet"], reason: "a bad import", by: "ann", for: tenant)
      #expect(counts == ["quiet": 9])
      #expect(
        try await outcomes(shop).map { Array($0.dropFirst()) }
          == Array(
            repeating: ["dropped", "max_matches, discarded by ann: a bad import"], count: 3))
      #expect(try await release(shop, "2026-03-02").counts.tasks == 0)
      #expect(try await shop.engine.heldSummaries(of: nil, for: tenant).isEmpty)
    }
  }

  @Test("gives each action that was carried out its id")
  func ids() async throws {
    try await withShop { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      let rows = try await shop.connection.query(
        """
        SELECT kind, target_key = (SELECT id::text FROM todo), delivery.state
        FROM bellwether.action LEFT JOIN bellwether.delivery ON delivery.event_id = action.event_id
        ORDER BY kind
        """)
      #expect(
        rows == [
          ["email", nil, "ready"], ["task", "t", nil], ["update", nil, nil],
          ["webhook", nil, "ready"],
        ])
    }
  }
}

import Engine
import Expressions
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing

@Suite("A run of metric rules")
struct MetricRunTests {
  static let scoring = """
    rule: scoring
    owner: ops@north.example
    for_each: account
    where: account.state == "active"
    values: {paid: "spent[90d]"}
    set:
      score: paid / 3
      grade:
        high: paid >= 20
        low: paid > 0
        missing: otherwise
    stamp: scored_at
    """

  @Test("writes the rows that differ, stamps those alone and keeps what they were")
  func writes() async throws {
    try await withShop(rules: [Self.scoring]) { shop in
      try await shop.add(["a1", "a2"], visited: "2026-02-01")
      try await shop.visit("a2", on: "2026-02-02")
      try await shop.add(["a3"], visited: "2025-02-02")
      try await shop.add(["b1"], firm: 2, agent: 9, visited: "2026-02-01")
      try await shop.connection.execute(
        script: "UPDATE account SET state = 'closed' WHERE code = 'a3'")

      let report = try await shop.run("2026-03-01")

      let rule = try #require(report.rules.first)
      #expect(rule.counts.inScope == 2 && rule.counts.matched == 2 && rule.counts.updates == 4)
      let rows = try await shop.rows
      #expect(
        rows == [
          ["a1", "3.33", "low", "2026-03-01 02:00:00"],
          ["a2", "6.67", "high", "2026-03-01 02:00:00"],
          ["a3", nil, "none", nil], ["b1", nil, "none", nil],
        ])
      let history = try await shop.changes
      #expect(
        history == [
          ["account", "a1", "grade", "none", "low"], ["account", "a1", "score", nil, "3.33"],
          ["account", "a2", "grade", "none", "high"], ["account", "a2", "score", nil, "6.67"],
        ])
    }
  }

  @Test("changes nothing the second time, though a column rounds what the rule computes")
  func repeated() async throws {
    try await withShop(rules: [Self.scoring]) { shop in
      try await shop.add(["a1", "a2"], visited: "2026-02-01")
      try await shop.run("2026-03-01")
      let before = try await shop.rows

      let again = try #require(try await shop.run("2026-03-02").rules.first)

      #expect(again.counts.inScope == 2 && again.counts.matched == 0 && again.counts.updates == 0)
      #expect(try await shop.rows == before)
      #expect(try await shop.changes.count == 4)
    }
  }

  @Test("leaves a required column alone where the result is missing, and empties others")
  func missing() async throws {
    let rule = """
      rule: emptied
      owner: ops@north.example
      for_each: account
      set: {grade: account.segment, score: "spent[7d] > 0 ? 5 : 1 / spent[7d]"}
      """
    try await withShop(rules: [rule]) { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      try await shop.connection.execute(script: "UPDATE account SET score = 4, grade = 'low'")

      let report = try await shop.run("2026-03-01")

      #expect(report.rules.first?.counts.errors == 0)
      #expect(try await shop.rows == [["a1", nil, "low", nil]])
    }
  }

  @Test("leaves out the records that the database refuses, names them and writes all others")
  func isolates() async throws {
    let rule = """
      rule: heavy
      owner: ops@north.example
      for_each: account
      set: {score: account.weight * 100}
      stamp: scored_at
      """
    try await withShop(rules: [rule]) { shop in
      let codes = (1...50).map { "a\($0)" }
      try await shop.add(codes, visited: "2026-01-01")
      try await shop.connection.execute(
        script: "UPDATE account SET weight = 10 WHERE code IN ('a7', 'a8', 'a33')")

      let report = try #require(try await shop.run("2026-03-01").rules.first)

      #expect(report.counts.errors == 3 && report.counts.matched == 47)
      #expect(report.failures.map(\.key).sorted() == ["a33", "a7", "a8"])
      #expect(report.failures.allSatisfy { $0.reason.contains("score_limit") })
      let written = try await shop.value("SELECT count(*) FROM account WHERE score = 100")
      #expect(written == "47")
      #expect(
        try await shop.value("SELECT count(*) FROM account WHERE scored_at IS NULL") == "3")
      let kept = try await shop.connection.query(
        "SELECT entity_key FROM bellwether.record_failure ORDER BY 1")
      #expect(kept == [["a33"], ["a7"], ["a8"]])
      #expect(try await shop.value("SELECT count(*) FROM bellwether.field_change") == "47")
    }
  }

  @Test("opens no alert, and shares one fetch with the rules that do")
  func besideAlerts() async throws {
    try await withShop(rules: [Self.scoring, Shop.quiet()]) { shop in
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      let report = try await shop.run("2026-03-01")
      #expect(report.rowsRead == 2)
      #expect(report.rules.map(\.rule) == ["quiet", "scoring"])
      let rules = try await shop.connection.query("SELECT DISTINCT rule FROM bellwether.alert")
      #expect(rules == [["quiet"]])
      let recorded = try await shop.connection.query(
        "SELECT rule, in_scope, matched, updates FROM bellwether.rule_run ORDER BY rule")
      #expect(recorded == [["quiet", "2", "2", "2"], ["scoring", "2", "2", "4"]])
    }
  }

  @Test("shows in a dry run what would become of what, and writes nothing")
  func dryRun() async throws {
    try await withShop(rules: [Self.scoring]) { shop in
      try await shop.add((1...30).map { "a\($0)" }, visited: "2026-02-01")
      try await shop.visit("a2", on: "2026-02-02")
      try await shop.connection.execute(script: "UPDATE account SET score = 3.33 WHERE code = 'a1'")
      let before = try await shop.rows

      let report = try #require(try await shop.run("2026-03-01", dryRun: true).rules.first)

      let changes = try #require(report.changes)
      #expect(changes.fields == ["score", "grade"] && changes.rows == 30)
      #expect(changes.first.count == 20)
      let first = changes.first.first { $0.key == "a1" }
      #expect(first?.old == ["3.33", "none"] && first?.new == ["3.33", "low"])
      #expect(first?.label == "Name of a1")
      let totals = changes.totals.map {
        "\($0.field) \($0.old ?? "-") \($0.new ?? "-") \($0.count)"
      }
      #expect(
        totals == [
          "grade none low 29", "score - 3.33 28", "grade none high 1", "score - 6.67 1",
        ])
      #expect(try await shop.rows == before)
      #expect(try await shop.value("SELECT count(*) FROM bellwether.field_change") == "0")
    }
  }

  @Test("computes a missed day as it would have been")
  func asOf() async throws {
    try await withShop(rules: [Self.scoring]) { shop in
      try await shop.add(["a1"], visited: "2026-02-01")
      try await shop.visit("a1", on: "2026-03-10")
      try await shop.run("2026-03-01")
      #expect(try await shop.rows == [["a1", "3.33", "low", "2026-03-01 02:00:00"]])
    }
  }
}

extension Shop {
  fileprivate var rows: [[String?]] {
    get async throws {
      try await connection.query(
        """
        SELECT code, score, grade, scored_at AT TIME ZONE 'UTC' FROM account
        ORDER BY code
        """)
    }
  }

  fileprivate var changes: [[String?]] {
    get async throws {
      try await connection.query(
        """
        SELECT entity, entity_key, field, old, new FROM bellwether.field_change
        WHERE changed_at = '2026-03-01 02:00:00+00' AND rule = 'scoring' ORDER BY 2, 3
        """)
    }
  }
}

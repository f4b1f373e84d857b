import Engine
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing

/// More rows than several batches take.
@Suite("Runs over many rows")
struct ManyRowsTests {
  private static let rules = [
    """
    rule: heavy
    for_each: account
    when: account.weight >= 990
    """,
    """
    rule: closing
    for_each: account
    where: account.state == "active"
    when: account.weight % 100 == 8 and visits[30d] == 0
    """,
  ]

  /// Those that match lie in every batch.
  @Test("find and open exactly what a query does, in whatever batch it stands, and close it")
  func wholeTable() async throws {
    try await withShop(rules: Self.rules) { shop in
      try await shop.connection.execute(
        script: """
          INSERT INTO account (code, firm_id, name, weight, state)
          SELECT 'a' || n, 1, 'Account ' || n, n % 1000, CASE WHEN n % 3 = 0 THEN 'closed'
            ELSE 'active' END
          FROM generate_series(1, 20000) AS n;
          INSERT INTO visit SELECT 1, 'a' || n, '2026-02-25', 1
          FROM generate_series(1, 20000, 2) AS n
          """)
      let heavy = try await shop.value("SELECT count(*) FROM account WHERE weight >= 990")
      let closing: SQL = """
        FROM account WHERE state = 'active' AND weight % 100 = 8
          AND NOT EXISTS (SELECT FROM visit WHERE visit.code = account.code)
        """
      let dry = try await shop.run("2026-03-01", dryRun: true)
      #expect(dry.rowsRead == 20_000)
      let matches = try #require(dry.rules.first { $0.rule == "closing" }?.matches)
      let expected = try await shop.connection.query("SELECT code \(closing) ORDER BY code")
      #expect(matches.map(\.key).sorted() == expected.compactMap { $0[0] }.sorted())
      #expect(matches.map(\.key) == (try await rerun(shop)))

      let report = try await shop.run("2026-03-01")
      #expect(report.rules.first { $0.rule == "heavy" }?.counts.opened == heavy.flatMap(Int.init))
      let opened = try await shop.connection.query(
        "SELECT rule, count(*) FROM bellwether.alert WHERE state = 'open' GROUP BY 1 ORDER BY 1")
      #expect(opened == [["closing", "\(expected.count)"], ["heavy", heavy]])

      try await shop.connection.execute(script: "DELETE FROM account WHERE code LIKE '%8'")
      let left = try await shop.value("SELECT count(*) FROM account WHERE weight >= 990")
      try await shop.run("2026-03-02")
      let stillOpen = try await shop.connection.query(
        "SELECT rule, count(*) FROM bellwether.alert WHERE state = 'open' GROUP BY 1")
      #expect(stillOpen == [["heavy", left]])
    }
  }

  private func rerun(_ shop: Shop) async throws -> [String] {
    let dry = try await shop.run("2026-03-01", dryRun: true)
    return dry.rules.first { $0.rule == "closing" }?.matches.map(\.key) ?? []
  }
}

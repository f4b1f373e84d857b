import Engine
import Expressions
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing

@Suite("A run that asks for last times alone")
struct LookupRunTests {
  /// Few accounts with many visits.
  private static let manyVisits = """
    INSERT INTO account (code, firm_id, name) SELECT 'a' || n, 1, 'x' FROM generate_series(1, 5) AS n;
    INSERT INTO visit SELECT 1, 'a' || n % 5 + 1, '2026-01-01'::timestamptz - n * '1 hour'::interval
      FROM generate_series(1, 20000) AS n;
    """

  @Test("looks them up by an index, and does not read the rows between")
  func index() async throws {
    try await withShop { shop in
      try await shop.connection.execute(
        script: Self.manyVisits + "CREATE INDEX visit_last ON visit (firm_id, code, at); ANALYZE")
      let nodes = try await explain(shop)
      #expect(nodes.contains { $0.contains("Index Only Scan Backward using visit_last on visit") })
      #expect(nodes.contains { $0.contains("Limit") })
      #expect(!nodes.contains { $0.contains("Seq Scan on visit") || $0.contains("Aggregate") })
      #expect(try await shop.run("2026-03-01").rules[0].counts.matched == 5)
    }
  }

  @Test("scans once where there is no such index")
  func noIndex() async throws {
    try await withShop { shop in
      try await shop.connection.execute(script: Self.manyVisits + "ANALYZE")
      let nodes = try await explain(shop)
      #expect(nodes.count { $0.contains("Seq Scan on visit") } == 1)
      #expect(nodes.contains { $0.contains("Aggregate") })
      #expect(try await shop.run("2026-03-01").rules[0].counts.matched == 5)
    }
  }

  /// The lines of PostgreSQL's plan.
  private func explain(_ shop: Shop) async throws -> [String] {
    let tenant = try #require(try await shop.engine.tenants().first { $0.slug == "north" })
    let request = RunRequest(
      name: "quiet", rules: Array(shop.ruleSet.rules.values),
      nominal: try #require(Instant("2026-03-01T02:00:00Z", in: .utc)), requestedBy: "test")
    let explained = try await shop.engine.explain(request, for: tenant, analyzing: true)
    try #require(explained.count == 1)
    return explained[0].analysis
  }
}

import Diagnostics
import Engine
import Expressions
import Foundation
import Postgres
import Rules
import SQLText
import Store
import Support
import Templates
import Testing

/// The shipped rules for account types, held to the same in plain SQL.
@Suite("Account types") struct AccountTypesTests {
  /// Customers with orders that lie on both sides of every threshold and of both ends of the
  /// window, to the microsecond: midnight of 1 December 2025 and of 1 March 2026 in Berlin.
  static let business = """
    SELECT setseed(0.42);
    INSERT INTO tenant (id, slug, name, timezone) VALUES
      ('00000000-0000-0000-0000-000000000001', 'north', 'North', 'Europe/Berlin'),
      ('00000000-0000-0000-0000-000000000002', 'south', 'South', 'UTC');
    INSERT INTO product (id, tenant_id, name, category)
    SELECT 1, id, 'Blend', 'coffee' FROM tenant;
    INSERT INTO sku (id, tenant_id, product_id, code)
    SELECT n, id, 1, 'S' || n FROM tenant, generate_series(1, 5) AS n;
    INSERT INTO customer (id, tenant_id, name, status, account_type)
    SELECT n, id, 'C' || n, CASE WHEN n % 11 = 0 THEN 'closed' ELSE 'active' END,
      (ARRAY['HIGH_VOLUME', 'LOW_VOLUME', NULL, 'DORMANT'])[1 + n % 4]
    FROM tenant, generate_series(1, 300) AS n;
    INSERT INTO "order" (tenant_id, customer_id, status, ordered_at, delivered_at, total)
    SELECT c.tenant_id, c.id, CASE WHEN random() < 0.1 THEN 'CANCELLED' ELSE 'DELIVERED' END, at, at,
      (ARRAY[0, 0.01, 499.99, 500, 1000, 1666.66, 1666.67, 2000, 2500])[1 + floor(random() * 9)::int]
    FROM customer c, generate_series(1, c.id % 10) AS n, LATERAL (
      SELECT CASE floor(random() * 8 + 0 * n)::int
        WHEN 0 THEN timestamptz '2025-11-30 23:00+00' WHEN 1 THEN '2025-11-30 22:59:59.999999+00'
        WHEN 2 THEN '2026-02-28 23:00+00' WHEN 3 THEN '2026-02-28 22:59:59.999999+00'
        ELSE timestamptz '2026-03-20 12:00+00' - random() * interval '160 days' END AS at) AS times;
    INSERT INTO order_line (tenant_id, order_id, sku_id, quantity, is_sample)
    SELECT o.tenant_id, o.id, 1 + floor(random() * 5)::int, 1, random() < 0.2
    FROM "order" o, generate_series(1, 2) AS n;
    """

  /// What every customer of the tenant should be after a run at 02:00 in Berlin on 1 March 2026.
  static let expected: SQL = """
    SELECT c.id, CASE
      WHEN c.status <> 'active' THEN c.account_type
      WHEN s.volume >= 10000 AND s.frequency >= 6 AND m.mix >= 3 THEN 'HIGH_VOLUME'
      WHEN s.volume >= 2000 THEN 'MEDIUM_VOLUME'
      WHEN s.frequency > 0 THEN 'LOW_VOLUME'
      WHEN s.ever > 0 THEN 'DORMANT'
      ELSE 'PROSPECT' END
    FROM customer c
    JOIN LATERAL (
      SELECT count(*) FILTER (WHERE o.delivered_at < timestamptz '2026-03-01 01:00+00') AS ever,
        count(*) FILTER (WHERE inside) AS frequency,
        coalesce(sum(o.total) FILTER (WHERE inside), 0) AS volume
      FROM "order" o, LATERAL (SELECT o.delivered_at >= timestamptz '2025-11-30 23:00+00'
        AND o.delivered_at < timestamptz '2026-02-28 23:00+00' AS inside) AS w
      WHERE o.tenant_id = c.tenant_id AND o.customer_id = c.id AND o.status <> 'CANCELLED'
        AND o.total > 0) AS s ON true
    JOIN LATERAL (
      SELECT count(DISTINCT l.sku_id) AS mix
      FROM "order" o JOIN order_line l ON l.tenant_id = o.tenant_id AND l.order_id = o.id
      WHERE o.tenant_id = c.tenant_id AND o.customer_id = c.id AND o.status <> 'CANCELLED'
        AND NOT l.is_sample AND o.delivered_at >= '2025-11-30 23:00+00'
        AND o.delivered_at < '2026-02-28 23:00+00') AS m ON true
    WHERE c.tenant_id = '00000000-0000-0000-0000-000000000001' ORDER BY c.id
    """

  @Test("are what plain SQL says, for one tenant, and the second run changes nothing")
  func volume() async throws {
    let ruleSet = try Self.ruleSet()
    try await withTestDatabase { database in
      let connection = database.connection
      try await ReferenceSchema.install(on: connection)
      try await Migrator.migrate(connection)
      try await connection.execute(script: Self.business)
      let engine = Engine(
        catalog: ruleSet.catalog, defaultZone: .utc, formats: TextFormats(), connection: connection,
        makeID: { UUIDv7(unixMilliseconds: Int64(Date().timeIntervalSince1970 * 1000)) })
      let tenant = try #require(try await engine.tenants().first { $0.slug == "north" })
      let request = RunRequest(
        name: "update-account-types", rules: try #require(ruleSet.rules(named: "account_types")),
        nominal: try #require(Instant("2026-03-01T01:00:00Z", in: .utc)), requestedBy: "test")
      let tables: SQL =
        "SELECT id, account_type FROM customer WHERE tenant_id::text = \(bind: tenant.key) ORDER BY id"
      let expected = try await connection.query(Self.expected)
      let before = try await connection.query(tables)
      let differing = zip(before, expected).count { $0 != $1 }

      let report = try #require(try await engine.run(request, for: tenant).rules.first)

      #expect(try await connection.query(tables) == expected)
      #expect(report.counts.matched == differing && differing > 100)
      let kinds = Set(expected.compactMap { $0[1] })
      #expect(kinds.count == 5, "every type comes up: \(kinds)")
      let stamped = try await connection.query(
        "SELECT count(*) FROM customer WHERE account_type_updated_at = '2026-03-01 01:00+00'")
      #expect(stamped == [["\(differing)"]])
      let again = try #require(try await engine.run(request, for: tenant).rules.first)
      #expect(again.counts.matched == 0 && again.counts.updates == 0)
      let south = try await connection.query(
        "SELECT count(*) FROM bellwether.field_change WHERE tenant_id <> \(bind: tenant.key)")
      #expect(south == [["0"]])
    }
  }

  private static func ruleSet() throws -> RuleSet {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../rules")
    func file(_ path: String) throws -> SourceText {
      SourceText(
        path: path, text: try String(contentsOf: folder.appending(path: path), encoding: .utf8))
    }
    let (ruleSet, found) = RuleLoader.load(
      RuleFiles(
        catalog: try file("catalog.yaml"),
        rules: [
          try file("jobs/account_types.yaml"), try file("jobs/account_types_by_recency.yaml"),
        ]
      ), settings: nil)
    try #require(!found.flatMap(\.diagnostics).contains { $0.severity == .error })
    return try #require(ruleSet)
  }
}

import Diagnostics
import Engine
import Expressions
import Foundation
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing

@testable import bellwether

@Suite("The demo's business")
struct DemoDataTests {
  @Test("is the same for the same time, and there only once")
  func repeatable() async throws {
    try await withTestDatabase { first in
      try await withTestDatabase { second in
        let tenants = try await DemoData.install(on: first.connection, now: Self.now)
        #expect(try await DemoData.install(on: second.connection, now: Self.now) == tenants)
        let rows = try await Self.fingerprint(first.connection)
        #expect(try await Self.fingerprint(second.connection) == rows)

        let later = Instant(microseconds: Self.now.microseconds + 86_400_000_000)
        #expect(try await DemoData.install(on: first.connection, now: later) == tenants)
        #expect(try await Self.fingerprint(first.connection) == rows)

        #expect(tenants.map(\.timezone) == ["Europe/Paris", "America/New_York"])
        #expect(tenants.map(\.customers).reduce(0, +) == 1000)
        #expect(tenants.map(\.skus).reduce(0, +) == 300)
        #expect((18_000...24_000).contains(tenants.map(\.orders).reduce(0, +)))
      }
    }
  }

  /// The shipped rules against SQL written for each of them by hand.
  @Test("gives every shipped rule as many matches as plain SQL finds, and a plausible number")
  func matches() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      try await Migrator.migrate(connection)
      _ = try await DemoData.install(on: connection, now: Self.now)
      let loaded = LoadedProject(try Project(root: Self.root))
      #expect(loaded.diagnostics.flatMap(\.diagnostics) == [])
      let ruleSet = try #require(loaded.ruleSet)
      let engine = Engine(
        catalog: ruleSet.catalog, defaultZone: .utc, formats: loaded.settings.formats,
        connection: connection, makeID: { UUIDv7(unixMilliseconds: 0) })
      let rules = try #require(ruleSet.rules(named: "triggers"))
      #expect(rules.map(\.name) == Self.answers.keys.sorted())
      let request = RunRequest(
        name: "triggers", rules: rules, nominal: Self.now, isDryRun: true, requestedBy: "test")
      for tenant in try await engine.tenants() {
        for report in try await engine.run(request, for: tenant).rules {
          #expect(report.counts.errors == 0, "\(report.problems)")
          let answer = try #require(Self.answers[report.rule])
          let rows = try await TenantSession.inTenant(
            tenant.key, zone: tenant.zone.identifier, on: connection
          ) { try await $0.query(SQL(trusted: answer) + "\(bind: tenant.key)") }
          let keys = Set(rows.compactMap { $0[0] })
          #expect(Set(report.matches.map(\.key)) == keys, "\(report.rule) for \(tenant.slug)")
          #expect((8...60).contains(keys.count), "\(report.rule) for \(tenant.slug)")
        }
      }
    }
  }

  private static let now = Instant(microseconds: 1_795_500_000_000_000)
  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func fingerprint(_ connection: Connection) async throws -> [String?] {
    var hashes: [String?] = []
    for table in ["sales_rep", "customer", "product", "sku", "order", "order_line"] {
      let rows = try await connection.query(
        "SELECT sum(hashtextextended(t::text, 0)) FROM \(identifier: table) AS t")
      hashes.append(rows.first?.first.flatMap(\.self))
    }
    return hashes
  }
}

// MARK: - Answers

extension DemoDataTests {
  private static let time = "timestamptz '2026-11-24 06:00:00+00'"

  private static let paid = """
    SELECT * FROM "order" WHERE status <> 'CANCELLED' AND total > 0 AND delivered_at < \(time)
    """

  /// Queries for the keys of what matches; the tenant's key follows.
  static let answers = [
    "contact_due": """
    SELECT id FROM customer
    WHERE status <> 'closed' AND do_not_contact_until < \(time)::date
      AND \(time)::timestamp - do_not_contact_until::timestamp <= interval '14 days'
      AND tenant_id =
    """,
    "dormant_customer": """
    SELECT c.id FROM customer c
    JOIN (SELECT customer_id, count(*) AS orders, max(delivered_at) AS latest
      FROM (\(paid)) AS o GROUP BY 1) AS o ON o.customer_id = c.id
    WHERE status = 'active' AND orders >= 3 AND latest > \(time) - interval '365 days'
      AND (do_not_contact_until IS NULL OR do_not_contact_until < \(time)::date)
      AND \(time)::timestamp - latest::timestamp
        >= CASE tier WHEN 'A' THEN interval '30 days' ELSE interval '45 days' END
      AND c.tenant_id =
    """,
    "first_order_followup": """
    SELECT c.id FROM customer c
    JOIN (SELECT customer_id, min(delivered_at) AS first FROM (\(paid)) AS o GROUP BY 1) AS o
      ON o.customer_id = c.id
    WHERE status = 'active'
      AND \(time)::timestamp - first::timestamp BETWEEN interval '1 day' AND interval '7 days'
      AND c.tenant_id =
    """,
    "low_stock": """
    SELECT s.id FROM sku s
    LEFT JOIN (SELECT sku_id, sum(quantity) / 90 AS daily
      FROM order_line JOIN "order" o ON o.id = order_id
      WHERE NOT is_sample AND status <> 'CANCELLED' AND delivered_at >= \(time)::date - 90
        AND delivered_at < \(time)::date
      GROUP BY 1) AS sold ON sku_id = s.id
    WHERE active AND (on_hand <= reorder_point OR (daily > 0 AND on_hand / daily < lead_time_days))
      AND s.tenant_id =
    """,
    "missed_order": """
    SELECT c.id FROM customer c
    JOIN (SELECT customer_id, count(*) AS orders, max(delivered_at) AS latest
      FROM (\(paid)) AS o GROUP BY 1) AS o ON o.customer_id = c.id
    JOIN (
      SELECT customer_id, count(*) AS days,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY day - previous) AS gap
      FROM (
        SELECT customer_id, day, lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS previous
        FROM (
          SELECT customer_id, delivered_at::date AS day,
            row_number() OVER (PARTITION BY customer_id ORDER BY delivered_at::date DESC) AS age
          FROM (\(paid)) AS o GROUP BY 1, 2) AS days
        WHERE age <= 8) AS gaps
      GROUP BY 1) AS g ON g.customer_id = c.id,
    LATERAL (SELECT least(60, greatest(7, gap)) AS usual,
      extract(epoch FROM \(time)::timestamp - latest::timestamp) / 86400 AS quiet) AS late
    WHERE status = 'active' AND orders >= 4 AND days >= 4
      AND latest > \(time) - interval '45 days'
      AND quiet - usual > greatest(3, 0.3 * usual) AND c.tenant_id =
    """,
    "revenue_decline": """
    SELECT c.id FROM customer c
    JOIN (
      SELECT customer_id, sum(total) FILTER (WHERE delivered_at < \(time)::date - 30) AS before,
        coalesce(sum(total) FILTER (WHERE delivered_at >= \(time)::date - 30), 0) AS after
      FROM (\(paid)) AS o
      WHERE delivered_at >= \(time)::date - 60 AND delivered_at < \(time)::date
      GROUP BY 1) AS o ON o.customer_id = c.id
    WHERE status = 'active' AND before >= 1000 AND after < 0.7 * before AND c.tenant_id =
    """,
    "sample_no_order": """
    SELECT DISTINCT c.id FROM customer c
    JOIN "order" o ON o.customer_id = c.id
    JOIN order_line l ON l.order_id = o.id
    JOIN sku s ON s.id = l.sku_id
    WHERE c.status <> 'closed' AND is_sample AND o.status <> 'CANCELLED'
      AND delivered_at >= \(time)::date - 60 AND delivered_at < \(time)::date
      AND \(time)::timestamp - delivered_at::timestamp >= interval '7 days'
      AND s.product_id NOT IN (
        SELECT product_id FROM "order" later
        JOIN order_line ON order_id = later.id JOIN sku ON sku.id = sku_id
        WHERE later.customer_id = c.id AND later.delivered_at > o.delivered_at
          AND later.status <> 'CANCELLED' AND NOT is_sample)
      AND c.tenant_id =
    """,
  ]
}

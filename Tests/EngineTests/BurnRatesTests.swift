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

/// The shipped rules for burn rates and stock, held to the same in plain SQL.
@Suite("Burn rates and stock alerts") struct BurnRatesTests {
  /// SKUs that sell evenly, on some weekdays, hardly or not at all, with deliveries on both sides of
  /// both ends of the 90 days, to the microsecond, and the clocks going forward on 29 March.
  static let business = """
    SELECT setseed(0.42);
    INSERT INTO tenant (id, slug, name, timezone) VALUES
      ('00000000-0000-0000-0000-000000000001', 'north', 'North', 'Europe/Berlin'),
      ('00000000-0000-0000-0000-000000000002', 'south', 'South', 'UTC');
    INSERT INTO product (id, tenant_id, name, category) SELECT 1, id, 'Blend', 'coffee' FROM tenant;
    INSERT INTO sku (id, tenant_id, product_id, code, active, on_hand, on_order, lead_time_days)
    SELECT n, id, 1, 'S' || n, n % 13 <> 0,
      floor(CASE n % 4 WHEN 0 THEN 0 WHEN 1 THEN random() * 100 WHEN 2 THEN random() * 400
        ELSE random() * 6000 END), floor(random() * 3) * 10, n % 31
    FROM tenant, generate_series(1, 200) AS n;
    INSERT INTO customer (id, tenant_id, name) SELECT 1, id, 'C' FROM tenant;
    INSERT INTO "order" (id, tenant_id, customer_id, status, ordered_at, delivered_at, total)
    SELECT n, t.id, 1, CASE WHEN random() < 0.1 THEN 'CANCELLED' ELSE 'DELIVERED' END,
      coalesce(at, '2026-04-01 12:00+00'), at, 0
    FROM tenant t, generate_series(1, 1500) AS n, LATERAL (
      SELECT CASE floor(random() * 40 + 0 * n)::int
        WHEN 0 THEN timestamptz '2026-01-04 23:00+00' WHEN 1 THEN '2026-01-04 22:59:59.999999+00'
        WHEN 2 THEN '2026-04-04 22:00+00' WHEN 3 THEN '2026-04-04 21:59:59.999999+00'
        WHEN 4 THEN NULL
        ELSE timestamptz '2026-04-08 12:00+00' - random() * interval '110 days' END AS at) AS times;
    INSERT INTO order_line (tenant_id, order_id, sku_id, quantity, is_sample)
    SELECT o.tenant_id, o.id, s.id, 1 + floor(random() * 40) / 2, random() < 0.2
    FROM "order" o, generate_series(1, 6) AS n, LATERAL (
      SELECT 1 + floor(random() * 190 + 0 * (n + o.id))::int AS id) AS s
    WHERE s.id % 10 <> extract(isodow FROM o.delivered_at);
    """

  /// What is expected of every SKU of the tenant at 02:00 in Berlin on 5 April 2026.
  static let outlook = """
    CREATE TEMPORARY TABLE outlook AS
    WITH days AS (
      SELECT day::date, extract(isodow FROM day) AS dow
      FROM generate_series(timestamp '2026-01-05', '2026-04-04', interval '1 day') AS day
    ), used AS (
      SELECT l.sku_id, (o.delivered_at AT TIME ZONE 'Europe/Berlin')::date AS day,
        sum(l.quantity)::float8 AS units
      FROM order_line l JOIN "order" o ON o.tenant_id = l.tenant_id AND o.id = l.order_id
      WHERE l.tenant_id = '00000000-0000-0000-0000-000000000001' AND o.status <> 'CANCELLED'
      GROUP BY 1, 2
    ), daily AS (
      SELECT s.id, days.dow, coalesce(used.units, 0) AS units
      FROM sku s CROSS JOIN days LEFT JOIN used ON used.sku_id = s.id AND used.day = days.day
      WHERE s.tenant_id = '00000000-0000-0000-0000-000000000001'
    ), level AS (
      SELECT id, avg(units) AS mean, stddev_samp(units) AS sd FROM daily GROUP BY id
    ), raw AS (
      SELECT id, dow, CASE WHEN mean = 0 THEN 1 ELSE avg(units) / mean END AS factor
      FROM daily JOIN level USING (id) GROUP BY id, dow, mean
    ), factors AS (
      SELECT id, dow, factor / avg(factor) OVER (PARTITION BY id) AS factor FROM raw
    ), ahead AS (
      SELECT n, extract(isodow FROM date '2026-04-05' + n) AS dow FROM generate_series(0, 60) AS n
    )
    SELECT s.id, s.active, s.on_hand, s.on_order, level.mean, sum.needed, sum.longer, safety,
      ceil(sum.needed + safety) AS reorder_point
    FROM sku s JOIN level ON level.id = s.id
    JOIN LATERAL (
      SELECT coalesce(sum(mean * factor) FILTER (WHERE n < s.lead_time_days), 0) AS needed,
        sum(mean * factor) FILTER (WHERE n < s.lead_time_days + 14) AS longer
      FROM factors f JOIN ahead ON ahead.dow = f.dow WHERE f.id = s.id) AS sum ON true,
    LATERAL (SELECT 1.6448536269514722 * sd * sqrt(s.lead_time_days::float8) AS safety) AS stock
    WHERE s.tenant_id = '00000000-0000-0000-0000-000000000001'
    """

  @Test("are what plain SQL says, for active SKUs of one tenant, and settle at once")
  func rates() async throws {
    try await withStock { stock in
      let report = try await stock.run("burn_rates", at: "2026-04-05T00:00:00Z")

      #expect(report.first?.counts.errors == 0)
      let wrong = try await stock.connection.query(
        """
        SELECT s.id, s.burn_rate, o.mean, s.reorder_point, o.reorder_point
        FROM sku s JOIN outlook o USING (id)
        WHERE s.tenant_id::text = \(bind: stock.tenant.key) AND NOT CASE WHEN o.active
          THEN abs(s.burn_rate::float8 - o.mean) <= 1e-9 * o.mean
            AND s.reorder_point = o.reorder_point
          ELSE s.burn_rate IS NULL AND s.reorder_point IS NULL END
        """)
      #expect(wrong == [])
      let kinds = try await stock.connection.query(
        """
        SELECT count(DISTINCT reorder_point) > 100, count(*) FILTER (WHERE burn_rate = 0) > 5,
          count(*) FILTER (WHERE tenant_id::text <> \(bind: stock.tenant.key)
            AND burn_rate IS NOT NULL)
        FROM sku
        """)
      #expect(kinds == [["t", "t", "0"]])
      let again = try await stock.run("burn_rates", at: "2026-04-05T00:00:00Z")
      #expect(again.first?.counts.matched == 0)
    }
  }

  @Test("open for exactly the SKUs that plain SQL names, at most one for each, and resolve")
  func alerts() async throws {
    try await withStock { stock in
      try await stock.run("calculate-burn-rates", at: "2026-04-05T00:00:00Z")

      let expected = try await stock.connection.query(
        """
        SELECT CASE WHEN on_hand <= 0 THEN 'inventory_out_of_stock'
            WHEN on_hand <= reorder_point THEN 'inventory_low_stock'
            ELSE 'inventory_overstocked' END, id,
          CASE WHEN on_hand <= 0 OR on_hand < needed THEN 'critical'
            WHEN on_hand <= reorder_point THEN 'medium' ELSE 'low' END
        FROM outlook
        WHERE active AND (on_hand <= reorder_point OR mean > 0 AND on_hand / mean > 180)
        ORDER BY 1, 2
        """)
      #expect(try await stock.open == expected)
      #expect(Set(expected.map { [$0[0], $0[2]] }).count == 4, "every kind comes up")
      let quantities = try await stock.connection.query(
        """
        SELECT count(*) FROM bellwether.alert a JOIN outlook o ON o.id::text = a.entity_key
        WHERE a.rule <> 'inventory_overstocked' AND a.state = 'open'
          AND (a.opened_values ->> 'recommended')::float8 IS DISTINCT FROM
            greatest(0, ceil(longer + safety - on_hand::float8 - on_order::float8))
        """)
      #expect(quantities == [["0"]])

      try await stock.connection.execute(
        script: "UPDATE sku SET on_hand = reorder_point + 1 WHERE on_hand <= reorder_point")
      try await stock.run("calculate-burn-rates", at: "2026-04-05T02:00:00Z")
      #expect(try await stock.open == expected.filter { $0[0] == "inventory_overstocked" })
    }
  }

  private func withStock(_ body: (Stock) async throws -> Void) async throws {
    let ruleSet = try Self.ruleSet()
    try await withTestDatabase { database in
      let connection = database.connection
      try await ReferenceSchema.install(on: connection)
      try await Migrator.migrate(connection)
      try await connection.execute(script: Self.business)
      try await connection.execute(script: Self.outlook)
      let engine = Engine(
        catalog: ruleSet.catalog, defaultZone: .utc, formats: TextFormats(), connection: connection,
        makeID: { UUIDv7(unixMilliseconds: Int64(Date().timeIntervalSince1970 * 1000)) })
      let tenant = try #require(try await engine.tenants().first { $0.slug == "north" })
      try await body(
        Stock(ruleSet: ruleSet, engine: engine, tenant: tenant, connection: connection))
    }
  }

  private struct Stock {
    let ruleSet: RuleSet
    let engine: Engine
    let tenant: Tenant
    let connection: Connection

    @discardableResult
    func run(_ name: String, at time: String) async throws -> [RuleReport] {
      let request = RunRequest(
        name: name, rules: try #require(ruleSet.rules(named: name)),
        nominal: try #require(Instant(time, in: .utc)), requestedBy: "test")
      return try await engine.run(request, for: tenant).rules
    }

    var open: [[String?]] {
      get async throws {
        try await connection.query(
          """
          SELECT rule, entity_key, severity FROM bellwether.alert WHERE state = 'open'
          ORDER BY 1, entity_key::bigint
          """)
      }
    }
  }

  private static func ruleSet() throws -> RuleSet {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../rules")
    func file(_ path: String) throws -> SourceText {
      SourceText(
        path: path, text: try String(contentsOf: folder.appending(path: path), encoding: .utf8))
    }
    let kinds = ["out_of_stock", "low_stock", "overstocked"]
    let (ruleSet, found) = RuleLoader.load(
      RuleFiles(
        catalog: try file("catalog.yaml"),
        rules: try [file("conditions/at_reorder_point.yaml"), file("jobs/burn_rates.yaml")]
          + kinds.map { try file("inventory/inventory_\($0).yaml") }
      ), settings: nil)
    try #require(!found.flatMap(\.diagnostics).contains { $0.severity == .error })
    return try #require(ruleSet)
  }
}

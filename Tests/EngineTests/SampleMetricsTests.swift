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

/// The shipped rule for samples, held to the same in plain SQL.
@Suite("Sample metrics") struct SampleMetricsTests {
  /// Samples and orders on both sides of every bound, to the microsecond: midnights in Berlin, 30
  /// days after the sample, the very moment of the sample, and after the run.
  static let business = """
    SELECT setseed(0.17);
    INSERT INTO tenant (id, slug, name, timezone) VALUES
      ('00000000-0000-0000-0000-000000000001', 'north', 'North', 'Europe/Berlin'),
      ('00000000-0000-0000-0000-000000000002', 'south', 'South', 'UTC');
    INSERT INTO sales_rep (id, tenant_id, name, email)
    SELECT n, id, 'R' || n, 'r@x.example' FROM tenant, generate_series(1, 3) AS n;
    INSERT INTO product (id, tenant_id, name, category)
    SELECT n, id, 'P' || n, (ARRAY['tea', 'coffee', 'wine'])[n] FROM tenant, generate_series(1, 3) AS n;
    INSERT INTO sku (id, tenant_id, product_id, code)
    SELECT n, id, 1 + n % 3, 'S' || n FROM tenant, generate_series(1, 6) AS n;
    INSERT INTO customer (id, tenant_id, name, segment, sales_rep_id)
    SELECT n, id, 'C' || n, (ARRAY['bar', 'shop', NULL])[1 + n % 3], nullif(n % 4, 0)
    FROM tenant, generate_series(1, 120) AS n;
    INSERT INTO "order" (tenant_id, customer_id, sales_rep_id, status, ordered_at, delivered_at, total,
      is_first_order)
    SELECT c.tenant_id, c.id, CASE WHEN random() < 0.3 THEN 1 + floor(random() * 3)::int END,
      CASE WHEN random() < 0.1 THEN 'CANCELLED' ELSE 'DELIVERED' END, at, at,
      (ARRAY[0, 0.01, 99.99, 500, 1666.67])[1 + floor(random() * 5)::int], n = 1
    FROM customer c, generate_series(1, c.id % 9) AS n, LATERAL (
      SELECT CASE floor(random() * 12 + 0 * n)::int
        WHEN 0 THEN timestamptz '2026-02-19 23:00+00' WHEN 1 THEN '2026-02-19 22:59:59.999999+00'
        WHEN 2 THEN '2026-03-31 22:00+00' WHEN 3 THEN '2026-03-31 21:59:59.999999+00'
        WHEN 4 THEN '2026-03-01 11:00+00' WHEN 5 THEN '2026-03-31 10:00+00'
        WHEN 6 THEN '2026-03-31 10:00:00.000001+00' WHEN 7 THEN '2026-03-24 22:00+00'
        ELSE timestamptz '2026-04-10 12:00+00' - random() * interval '110 days' END AS at) AS times;
    INSERT INTO order_line (tenant_id, order_id, sku_id, quantity, is_sample)
    SELECT o.tenant_id, o.id, 1 + floor(random() * 6)::int, 1, random() < 0.35
    FROM "order" o, generate_series(1, (o.id % 4)::int) AS n;
    """

  /// What the table should hold after a run of the day that begins at `midnight` in Berlin.
  static func expected(_ midnight: String) -> SQL {
    """
    WITH days AS (SELECT w, timestamp '\(SQL(trusted: midnight))' AT TIME ZONE 'Europe/Berlin' AS until,
        (timestamp '\(SQL(trusted: midnight))' - w * interval '1 day') AT TIME ZONE 'Europe/Berlin' AS since
      FROM unnest(ARRAY[7, 30, 90]) AS w),
    samples AS (
      SELECT l.id, o.customer_id, o.delivered_at AS at, p.category,
        coalesce(o.sales_rep_id, c.sales_rep_id) AS rep, c.segment,
        (SELECT a.id FROM "order" a
         WHERE a.tenant_id = o.tenant_id AND a.customer_id = o.customer_id AND a.status <> 'CANCELLED'
           AND a.total > 0 AND NOT a.is_first_order AND a.delivered_at > o.delivered_at
           AND (NOT EXISTS (SELECT FROM order_line x WHERE x.order_id = a.id AND x.tenant_id = a.tenant_id)
             OR EXISTS (SELECT FROM order_line x
               WHERE x.order_id = a.id AND x.tenant_id = a.tenant_id AND NOT x.is_sample))
         ORDER BY a.delivered_at, a.id LIMIT 1) AS answer
      FROM order_line l JOIN "order" o ON o.id = l.order_id AND o.tenant_id = l.tenant_id
      JOIN customer c ON c.id = o.customer_id AND c.tenant_id = o.tenant_id
      JOIN sku s ON s.id = l.sku_id AND s.tenant_id = l.tenant_id
      JOIN product p ON p.id = s.product_id AND p.tenant_id = s.tenant_id
      WHERE l.tenant_id = '00000000-0000-0000-0000-000000000001'
        AND (o.is_first_order OR l.is_sample) AND o.status <> 'CANCELLED'),
    known AS (
      SELECT samples.*, days.w, samples.at >= days.since AS inside, a.total,
        coalesce(a.delivered_at < days.until AND a.delivered_at AT TIME ZONE 'Europe/Berlin'
          <= samples.at AT TIME ZONE 'Europe/Berlin' + interval '30 days', false) AS converts,
        extract(epoch FROM a.delivered_at AT TIME ZONE 'Europe/Berlin'
          - samples.at AT TIME ZONE 'Europe/Berlin') / 86400 AS took
      FROM samples CROSS JOIN days
      LEFT JOIN "order" a
        ON a.id = samples.answer AND a.tenant_id = '00000000-0000-0000-0000-000000000001'
      WHERE samples.at < days.until AND samples.at >= (SELECT min(since) FROM days)),
    cells AS (
      SELECT *, NULL AS gc, NULL::bigint AS gr, NULL AS gs FROM known
      UNION ALL SELECT *, category, NULL, NULL FROM known
      UNION ALL SELECT *, NULL, rep, NULL FROM known WHERE rep IS NOT NULL
      UNION ALL SELECT *, NULL, NULL, segment FROM known WHERE segment IS NOT NULL
      UNION ALL SELECT *, category, rep, NULL FROM known WHERE rep IS NOT NULL)
    SELECT w, gc, gr, gs, count(*) FILTER (WHERE inside),
      count(DISTINCT customer_id) FILTER (WHERE inside), count(*) FILTER (WHERE inside AND converts),
      round((count(*) FILTER (WHERE inside AND converts))::numeric
        / nullif(count(*) FILTER (WHERE inside), 0), 4),
      round(avg(took) FILTER (WHERE inside AND converts), 2),
      coalesce((SELECT sum(o.total) FROM "order" o WHERE o.id = ANY (
        array_agg(answer) FILTER (WHERE inside AND converts)) AND o.tenant_id =
        '00000000-0000-0000-0000-000000000001'), 0)::numeric(14, 2)
    FROM cells GROUP BY w, gc, gr, gs ORDER BY w, gc, gr, gs
    """
  }

  static func stored(_ day: String) -> SQL {
    """
    SELECT window_days, category, sales_rep_id, segment, samples_given, customers_sampled,
      conversions, conversion_rate, average_days_to_convert, revenue
    FROM sample_metric WHERE tenant_id = '00000000-0000-0000-0000-000000000001'
      AND metric_date = '\(SQL(trusted: day))' ORDER BY 1, 2, 3, 4
    """
  }

  @Test("are what plain SQL says, for one tenant and day; a second run changes nothing")
  func plainSQL() async throws {
    try await withBusiness { connection, run in
      let report = try await run("2026-04-01 02:00", false)

      let expected = try await connection.query(Self.expected("2026-04-01"))
      #expect(try await connection.query(Self.stored("2026-04-01")) == expected)
      #expect(expected.count == 3 * (1 + 3 + 3 + 2 + 9) && report.counts.matched == expected.count)
      let some = expected.filter { ($0[6].flatMap(Int.init) ?? 0) > 0 }.count
      #expect(some > 20, "enough of them convert to tell: \(some)")

      // At another time of the day, with orders of the day that have come in since.
      let before = try await connection.query("SELECT * FROM sample_metric ORDER BY id")
      #expect(try await run("2026-04-01 19:30", false).counts.matched == 0)
      #expect(try await connection.query("SELECT * FROM sample_metric ORDER BY id") == before)
    }
  }

  @Test("of a missed day are what they would have been, beside those of other days")
  func missedDay() async throws {
    try await withBusiness { connection, run in
      _ = try await run("2026-04-01 02:00", false)
      let today = try await connection.query(Self.stored("2026-04-01"))

      _ = try await run("2026-03-20 02:00", false)

      #expect(
        try await connection.query(Self.stored("2026-03-20"))
          == connection.query(Self.expected("2026-03-20")))
      #expect(try await connection.query(Self.stored("2026-04-01")) == today)
      // Nothing that happened later is in them.
      let past = try await connection.query(Self.stored("2026-03-20"))
      try await connection.execute(
        script: "UPDATE \"order\" SET total = 7 WHERE delivered_at >= '2026-03-19 23:00+00'")
      #expect(try await run("2026-03-20 02:00", false).counts.matched == 0)
      #expect(try await connection.query(Self.stored("2026-03-20")) == past)
    }
  }

  @Test("follow what changed: rows that differ are written, groups that are gone are removed")
  func changes() async throws {
    try await withBusiness { connection, run in
      _ = try await run("2026-04-01 02:00", false)
      try await connection.execute(
        script: """
          UPDATE product SET category = 'coffee' WHERE category = 'wine';
          INSERT INTO sample_metric (tenant_id, metric_date, window_days)
          SELECT id, '2026-04-01', 14 FROM tenant;
          INSERT INTO sample_metric (tenant_id, metric_date, window_days)
          VALUES ('00000000-0000-0000-0000-000000000002', '2026-04-01', 7)
          """)
      let before = try await connection.query(
        "SELECT * FROM sample_metric ORDER BY id")

      let tried = try await run("2026-04-01 02:00", true)

      #expect(try await connection.query("SELECT * FROM sample_metric ORDER BY id") == before)
      let shown = try #require(tried.changes)
      let gone = shown.totals.first { $0.new == nil }
      #expect(gone?.count == 3 * (1 + 3), "wine by itself and with each rep")
      #expect(shown.first.count == 20 && shown.rows > 20)
      #expect(shown.first.contains { $0.label == "category coffee" && $0.key == "7" })
      let report = try await run("2026-04-01 02:00", false)
      #expect(report.counts.matched == shown.rows)
      let expected = try await connection.query(Self.expected("2026-04-01"))
      let others: SQL = """
        SELECT count(*) FROM sample_metric
        WHERE window_days = 14 OR tenant_id = '00000000-0000-0000-0000-000000000002'
        """
      try await connection.execute(script: "SET row_security = on")
      #expect(try await connection.query(others) == [["3"]])
      let stored = try await connection.query(Self.stored("2026-04-01")).filter { $0[0] != "14" }
      #expect(stored == expected)
      #expect(try await run("2026-04-01 02:00", false).counts.matched == 0)
    }
  }

  @Test("that the table refuses stay out, are named, and all others are written")
  func refused() async throws {
    try await withBusiness { connection, run in
      try await connection.execute(
        script: """
          ALTER TABLE sample_metric ADD CONSTRAINT no_wine
          CHECK (category <> 'wine' OR window_days <> 30)
          """)
      let report = try await run("2026-04-01 02:00", false)

      #expect(report.counts.errors == 4 && report.failures.count == 4)
      #expect(report.failures.contains { $0.key == "30, wine, all, all" })
      #expect(report.failures.allSatisfy { $0.reason.contains("no_wine") })
      let expected = try await connection.query(Self.expected("2026-04-01"))
      let rest = expected.filter { $0[0] != "30" || $0[1] != "wine" }
      #expect(try await connection.query(Self.stored("2026-04-01")) == rest)
      let kept = try await connection.query("SELECT count(*) FROM bellwether.record_failure")
      #expect(kept == [["4"]])
    }
  }

  typealias Run = (_ time: String, _ isDryRun: Bool) async throws -> RuleReport

  private func withBusiness(
    _ body: (Connection, Run) async throws -> Void
  ) async throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../rules")
    func file(_ path: String) throws -> SourceText {
      SourceText(
        path: path, text: try String(contentsOf: folder.appending(path: path), encoding: .utf8))
    }
    let (loaded, found) = RuleLoader.load(
      RuleFiles(
        catalog: try file("catalog.yaml"), rules: [try file("jobs/sample_metrics.yaml")]),
      settings: nil)
    #expect(found.isEmpty)
    let ruleSet = try #require(loaded)
    try await withTestDatabase { database in
      let connection = database.connection
      try await ReferenceSchema.install(on: connection)
      try await Migrator.migrate(connection)
      try await connection.execute(script: Self.business)
      let engine = Engine(
        catalog: ruleSet.catalog, defaultZone: .utc, formats: TextFormats(), connection: connection,
        makeID: { UUIDv7(unixMilliseconds: Int64(Date().timeIntervalSince1970 * 1000)) })
      let tenant = try #require(try await engine.tenants().first { $0.slug == "north" })
      try await body(connection) { time, isDryRun in
        let request = RunRequest(
          name: "sample-metrics", rules: try #require(ruleSet.rules(named: "sample-metrics")),
          nominal: try #require(Instant(time, in: tenant.zone)), isDryRun: isDryRun,
          requestedBy: "test")
        return try #require(try await engine.run(request, for: tenant).rules.first)
      }
    }
  }
}

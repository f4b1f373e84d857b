import Diagnostics
import Engine
import Foundation
import Postgres
import Rules
import SQLText
import Store

/// A shipped job, the same in plain SQL, and how their results are compared.
struct MeasuredJob: Sendable {
  let name: String
  let loaded: (catalog: Catalog, rules: [Rule])
  var peer: JobPeer

  /// Loads the shipped rules from their folder.
  static func load(from folder: String) throws -> [MeasuredJob] {
    func file(_ path: String) throws -> SourceText {
      SourceText(path: path, text: try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8))
    }
    let (ruleSet, reports) = RuleLoader.load(
      RuleFiles(
        catalog: try file("catalog.yaml"),
        rules: try JobPeer.all.map { try file("jobs/\($0.rule).yaml") }), settings: nil)
    for report in reports {
      for diagnostic in report.diagnostics where diagnostic.severity == .error {
        throw BenchError(description: DiagnosticRenderer.text(diagnostic, in: report.source))
      }
    }
    guard let ruleSet else { throw BenchError(description: "the catalog was not loaded") }
    return JobPeer.all.map { peer in
      MeasuredJob(
        name: peer.job,
        loaded: (ruleSet.catalog, [ruleSet.rules[peer.rule]].compactMap(\.self)), peer: peer)
    }
  }

  /// One run of the engine and one of plain SQL, each from the same state.
  func measure(on connection: Connection, into figures: inout JobsFigures) async throws {
    try await reset(connection)
    let total = try await EngineRuns(loaded, on: connection).run()
    try await connection.execute(
      script: "DROP TABLE IF EXISTS ours; CREATE TEMPORARY TABLE ours AS \(peer.result)")
    try await reset(connection)
    let clock = ContinuousClock()
    let start = clock.now
    try await connection.execute(script: peer.script)
    let seconds = (clock.now - start) / .seconds(1)
    let wrong = try await connection.query(SQL(trusted: peer.difference))
    guard wrong == [["0"]] else {
      throw BenchError(description: "\(name): \(wrong[0][0] ?? "?") rows differ from plain SQL's")
    }
    figures.jobs[name, default: .init()].ours.append(total.wall)
    figures.jobs[name, default: .init()].sql.append(seconds)
    figures.jobs[name, default: .init()].rows =
      total.counts.values.reduce(0) { $0 + $1.matched }
  }
}

extension MeasuredJob {
  private func reset(_ connection: Connection) async throws {
    try await connection.execute(script: peer.reset)
    try await connection.execute(script: "VACUUM ANALYZE \(peer.table)")
  }
}

/// A job in plain SQL, for all tenants at once, as somebody would write it by hand.
struct JobPeer: Sendable {
  var job: String
  var rule: String
  var table: String

  /// Makes every row differ from what the job will write.
  var reset: String
  var script: String

  /// What the job has written, and how many rows of that differ from the table `ours`.
  var result: String
  var difference: String

  static let all = [accountTypes, burnRates]

  private static let accountTypes = JobPeer(
    job: "update-account-types", rule: "account_types", table: "customer",
    reset: "UPDATE customer SET account_type = NULL, account_type_updated_at = NULL",
    script: """
      WITH recent AS MATERIALIZED (
        SELECT tenant_id, id, customer_id, total FROM "order"
        WHERE delivered_at >= timestamptz '2025-01-01 00:00+00' - interval '90 days'
          AND delivered_at < '2025-01-01 00:00+00' AND status <> 'CANCELLED'
      ), volume AS (
        SELECT tenant_id, customer_id, count(*) AS orders, sum(total) AS revenue
        FROM recent WHERE total > 0 GROUP BY 1, 2
      ), mix AS (
        SELECT tenant_id, customer_id, count(*) AS skus FROM (
          SELECT DISTINCT r.tenant_id, r.customer_id, l.sku_id
          FROM recent r JOIN order_line l ON l.tenant_id = r.tenant_id AND l.order_id = r.id
          WHERE NOT l.is_sample) AS bought
        GROUP BY 1, 2
      ), ever AS (
        SELECT DISTINCT tenant_id, customer_id FROM "order"
        WHERE delivered_at < '2025-01-01 00:00+00' AND status <> 'CANCELLED' AND total > 0
      ), typed AS (
        SELECT c.tenant_id, c.id, CASE
          WHEN revenue >= 10000 AND orders >= 6 AND skus >= 3 THEN 'HIGH_VOLUME'
          WHEN revenue >= 2000 THEN 'MEDIUM_VOLUME' WHEN orders > 0 THEN 'LOW_VOLUME'
          WHEN ever.customer_id IS NOT NULL THEN 'DORMANT' ELSE 'PROSPECT' END AS type
        FROM customer c
        LEFT JOIN volume ON volume.tenant_id = c.tenant_id AND volume.customer_id = c.id
        LEFT JOIN mix ON mix.tenant_id = c.tenant_id AND mix.customer_id = c.id
        LEFT JOIN ever ON ever.tenant_id = c.tenant_id AND ever.customer_id = c.id
        WHERE c.status = 'active'
      )
      UPDATE customer c SET account_type = typed.type,
        account_type_updated_at = '2025-01-01 00:00+00'
      FROM typed WHERE typed.tenant_id = c.tenant_id AND typed.id = c.id
        AND c.account_type IS DISTINCT FROM typed.type
      """,
    result: "SELECT tenant_id, id, account_type FROM customer",
    difference: """
      SELECT count(*) FROM ours FULL JOIN customer USING (tenant_id, id)
      WHERE ours.account_type IS DISTINCT FROM customer.account_type
      """)

  private static let burnRates = JobPeer(
    job: "calculate-burn-rates", rule: "burn_rates", table: "sku",
    reset: "UPDATE sku SET burn_rate = NULL, reorder_point = NULL",
    script: """
      WITH used AS MATERIALIZED (
        SELECT l.tenant_id, l.sku_id, (o.delivered_at AT TIME ZONE 'UTC')::date AS day,
          sum(l.quantity)::float8 AS units
        FROM "order" o JOIN order_line l ON l.tenant_id = o.tenant_id AND l.order_id = o.id
        WHERE o.delivered_at >= timestamptz '2025-01-01 00:00+00' - interval '90 days'
          AND o.delivered_at < '2025-01-01 00:00+00' AND o.status <> 'CANCELLED'
        GROUP BY 1, 2, 3
      ), days AS (
        SELECT extract(isodow FROM day)::int AS dow, count(*)::float8 AS days
        FROM generate_series(timestamp '2024-10-03', '2024-12-31', interval '1 day') AS day
        GROUP BY 1
      ), level AS (
        SELECT tenant_id, sku_id, sum(units) / 90 AS mean,
          sqrt(greatest(0, sum(units ^ 2) - sum(units) ^ 2 / 90) / 89) AS sd
        FROM used GROUP BY 1, 2
      ), weekly AS (
        SELECT tenant_id, sku_id, extract(isodow FROM day)::int AS dow, sum(units) AS units
        FROM used GROUP BY 1, 2, 3
      ), factors AS (
        SELECT tenant_id, sku_id, dow, units / days AS factor,
          sum(units / days) OVER (PARTITION BY tenant_id, sku_id) / 7 AS average
        FROM weekly JOIN days USING (dow)
      ), needed AS (
        SELECT s.tenant_id, s.id, max(mean) AS mean,
          sum(mean * factor / average * (lead_time_days / 7
            + ((dow + 4) % 7 < lead_time_days % 7)::int))
            + max(1.6448536269514722 * sd * sqrt(lead_time_days::float8)) AS point
        FROM sku s
        LEFT JOIN level ON level.tenant_id = s.tenant_id AND level.sku_id = s.id
        LEFT JOIN factors ON factors.tenant_id = s.tenant_id AND factors.sku_id = s.id
        WHERE s.active GROUP BY 1, 2
      )
      UPDATE sku s SET burn_rate = coalesce(mean, 0), reorder_point = ceil(coalesce(point, 0))
      FROM needed WHERE needed.tenant_id = s.tenant_id AND needed.id = s.id
        AND (s.burn_rate, s.reorder_point)
          IS DISTINCT FROM (coalesce(mean, 0)::numeric, ceil(coalesce(point, 0))::numeric)
      """,
    result: "SELECT tenant_id, id, burn_rate, reorder_point FROM sku",
    difference: """
      SELECT count(*) FROM ours FULL JOIN sku USING (tenant_id, id)
      WHERE NOT coalesce(abs(ours.burn_rate - sku.burn_rate) <= 1e-9 * sku.burn_rate
        AND abs(ours.reorder_point - sku.reorder_point) <= 1, false)
      """)
}

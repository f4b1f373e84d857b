package import Expressions
package import Postgres
import SQLText

/// A run with the sums of its rules.
package struct RunSummary: Sendable, Hashable {
  package var id: String
  package var job: String
  package var nominal: Instant
  package var startedAt: Instant
  package var outcome: String
  package var requestedBy: String
  package var rowsRead: Int
  package var error: String?
  package var matched: Int
  package var opened: Int
  package var resolved: Int
  package var errors: Int
}

extension RunStore {
  /// Runs, newest first, with what came of them.
  package func summaries(
    outcome: Outcome? = nil, job: String? = nil, rule: String? = nil, limit: Int
  ) async throws(PostgresError) -> [RunSummary] {
    let rows = try await connection.query(
      """
      SELECT id, rule_set, (extract(epoch FROM nominal) * 1000000)::bigint,
        (extract(epoch FROM started_at) * 1000000)::bigint, outcome, requested_by, rows_read, error,
        sums.matched, sums.opened, sums.resolved, sums.errors
      FROM bellwether.run CROSS JOIN LATERAL (
        SELECT coalesce(sum(matched), 0) AS matched, coalesce(sum(opened), 0) AS opened,
          coalesce(sum(resolved), 0) AS resolved, coalesce(sum(errors), 0) AS errors
        FROM bellwether.rule_run
        WHERE rule_run.tenant_id = \(bind: tenant) AND run_id = run.id
      ) AS sums
      WHERE tenant_id = \(bind: tenant)
        AND (\(bind: outcome?.rawValue)::text IS NULL OR outcome = \(bind: outcome?.rawValue))
        AND (\(bind: job)::text IS NULL OR rule_set = \(bind: job))
        AND (\(bind: rule)::text IS NULL OR EXISTS (
          SELECT FROM bellwether.rule_run
          WHERE rule_run.tenant_id = \(bind: tenant) AND run_id = run.id
            AND rule = \(bind: rule)))
      ORDER BY started_at DESC, id DESC LIMIT \(bind: limit)::bigint
      """)
    return rows.map { row in
      func number(_ place: Int) -> Int { row[place].flatMap { Int($0) } ?? 0 }
      return RunSummary(
        id: row[0] ?? "", job: row[1] ?? "",
        nominal: Instant(microseconds: Int64(number(2))),
        startedAt: Instant(microseconds: Int64(number(3))), outcome: row[4] ?? "",
        requestedBy: row[5] ?? "", rowsRead: number(6), error: row[7], matched: number(8),
        opened: number(9), resolved: number(10), errors: number(11))
    }
  }

  /// One run with its rules and the records that failed, as a JSON object.
  package func story(_ id: UUIDv7) async throws(PostgresError) -> String? {
    guard let object = try await object(id) else { return nil }
    return try await connection.query(
      """
      SELECT \(bind: object)::jsonb || jsonb_build_object('failures', coalesce((
        SELECT jsonb_agg(to_jsonb(record_failure) - '{tenant_id,run_id}'::text[]
          ORDER BY rule, entity_key)
        FROM bellwether.record_failure
        WHERE record_failure.tenant_id = \(bind: tenant)
          AND run_id = \(bind: id.description)::uuid), '[]'))
      """
    ).first?[0]
  }
}

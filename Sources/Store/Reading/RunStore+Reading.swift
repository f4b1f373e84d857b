package import Postgres
import SQLText

extension RunStore {
  /// What became of a run.
  package enum Outcome: String, Sendable, Hashable, CaseIterable { case finished, failed }

  /// Runs, newest first, from the one behind `place` on.
  package func page(
    outcome: Outcome? = nil, after place: UUIDv7? = nil, limit: Int
  ) async throws(PostgresError) -> LedgerPage {
    let rows = try await connection.query(
      """
      SELECT \(Self.object), id FROM bellwether.run
      WHERE tenant_id = \(bind: tenant)
        AND (\(bind: outcome?.rawValue)::text IS NULL OR outcome = \(bind: outcome?.rawValue))
        AND (\(bind: place?.description)::uuid IS NULL OR id < \(bind: place?.description)::uuid)
      ORDER BY id DESC LIMIT \(bind: limit + 1)::bigint
      """)
    return LedgerPage(rows: rows, limit: limit)
  }

  /// One run with its rules, as a JSON object.
  package func object(_ id: UUIDv7) async throws(PostgresError) -> String? {
    try await connection.query(
      """
      SELECT \(Self.object) || jsonb_build_object('rules', coalesce((
        SELECT jsonb_agg(to_jsonb(rule_run) - '{tenant_id,run_id}'::text[] ORDER BY rule)
        FROM bellwether.rule_run
        WHERE rule_run.tenant_id = \(bind: tenant) AND run_id = run.id), '[]'))
      FROM bellwether.run
      WHERE tenant_id = \(bind: tenant) AND id = \(bind: id.description)::uuid
      """
    ).first?[0]
  }

  private static var object: SQL {
    """
    jsonb_build_object('id', id, 'job', rule_set, 'nominal', nominal, 'started_at', started_at,
      'finished_at', finished_at, 'outcome', outcome, 'requested_by', requested_by,
      'rows_read', rows_read, 'error', error, 'phases', phases,
      'bellwether_version', bellwether_version)
    """
  }
}

package import Postgres
import SQLText

extension SilenceStore {
  /// A tenant's silences, oldest first, from the one behind `place` on.
  package func page(
    withOver: Bool, after place: String?, limit: Int
  ) async throws(PostgresError) -> LedgerPage {
    let rows = try await connection.query(
      """
      SELECT \(object), id FROM bellwether.silence
      WHERE tenant_id = \(bind: tenant) AND (\(bind: withOver)::boolean OR ends_at > now())
        AND (\(bind: place)::text IS NULL OR (starts_at, id) > (
          SELECT starts_at, id FROM bellwether.silence AS last
          WHERE last.tenant_id = \(bind: tenant) AND last.id = \(bind: place)))
      ORDER BY starts_at, id LIMIT \(bind: limit + 1)::bigint
      """)
    return LedgerPage(rows: rows, limit: limit)
  }

  /// One silence as a JSON object.
  package func object(_ id: String) async throws(PostgresError) -> String? {
    try await connection.query(
      """
      SELECT \(object) FROM bellwether.silence
      WHERE tenant_id = \(bind: tenant) AND id = \(bind: id)
      """
    ).first?[0]
  }

  private var object: SQL {
    """
    jsonb_build_object('id', id, 'rule', rule, 'entity', entity, 'key', entity_key, 'tag', tag,
      'author', author, 'reason', reason, 'starts_at', starts_at, 'ends_at', ends_at,
      'skipped', (SELECT count(*) FROM bellwether.action
        WHERE action.tenant_id = silence.tenant_id AND outcome = 'skipped'
          AND action.reason = 'silence:' || silence.id))
    """
  }
}

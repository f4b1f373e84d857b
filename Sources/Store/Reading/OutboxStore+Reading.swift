package import Postgres
import SQLText

extension OutboxStore {
  /// A tenant's deliveries, newest first, from the one behind `place` on; inside the caller's
  /// transaction for `tenant`.
  package static func page(
    state: String? = nil, channel: DeliveryChannel? = nil, after place: UUIDv7? = nil, limit: Int,
    tenant: String, on connection: Connection
  ) async throws(PostgresError) -> LedgerPage {
    let rows = try await connection.query(
      """
      SELECT \(object), delivery.id
      FROM bellwether.delivery JOIN bellwether.event
        ON event.tenant_id = \(bind: tenant) AND event.id = event_id
      WHERE delivery.tenant_id = \(bind: tenant)
        AND (\(bind: state)::text IS NULL OR state = \(bind: state))
        AND (\(bind: channel?.rawValue)::text IS NULL OR channel = \(bind: channel?.rawValue))
        AND (\(bind: place?.description)::uuid IS NULL
          OR delivery.id < \(bind: place?.description)::uuid)
      ORDER BY delivery.id DESC LIMIT \(bind: limit + 1)::bigint
      """)
    return LedgerPage(rows: rows, limit: limit)
  }

  /// One delivery with its attempts, as a JSON object; inside the caller's transaction.
  package static func object(
    _ id: UUIDv7, tenant: String, on connection: Connection
  ) async throws(PostgresError) -> String? {
    try await connection.query(
      """
      SELECT \(object) || jsonb_build_object('log', coalesce((
        SELECT jsonb_agg(to_jsonb(attempt) - '{tenant_id,delivery_id}'::text[] ORDER BY number)
        FROM bellwether.attempt
        WHERE attempt.tenant_id = \(bind: tenant) AND delivery_id = delivery.id), '[]'))
      FROM bellwether.delivery JOIN bellwether.event
        ON event.tenant_id = \(bind: tenant) AND event.id = event_id
      WHERE delivery.tenant_id = \(bind: tenant) AND delivery.id = \(bind: id.description)::uuid
      """
    ).first?[0]
  }

  /// The tenants that have deliveries waiting, those that wait longest first, and for how many
  /// seconds the first has been overdue.
  package static func waitingTenants(
    atMost limit: Int, on connection: Connection
  ) async throws(PostgresError) -> [(tenant: String, overdueSeconds: Double)] {
    try await connection.query(
      """
      SELECT tenant_id, GREATEST(0, extract(epoch FROM now() - next_due))
      FROM bellwether.tenant_work
      WHERE kind = 'delivery' AND next_due < 'infinity'
      ORDER BY next_due LIMIT \(bind: limit)::bigint
      """
    ).map { ($0[0] ?? "", $0[1].flatMap(Double.init) ?? 0) }
  }

  /// How many of a tenant's deliveries wait, and the age of the oldest in seconds; inside the
  /// caller's transaction for `tenant`.
  package static func depth(
    tenant: String, on connection: Connection
  ) async throws(PostgresError) -> (count: Int, oldestSeconds: Double) {
    let row = try await connection.query(
      """
      SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)
      FROM bellwether.delivery
      WHERE tenant_id = \(bind: tenant) AND state IN ('ready', 'leased')
      """)[0]
    return (row[0].flatMap(Int.init) ?? 0, row[1].flatMap(Double.init) ?? 0)
  }

  private static var object: SQL {
    """
    jsonb_build_object('id', delivery.id, 'event_id', event_id, 'type', type, 'subject', subject,
      'channel', channel, 'target', target, 'state', state, 'reason', reason, 'due_at', due_at,
      'attempts', attempts, 'created_at', delivery.created_at, 'finished_at', finished_at)
    """
  }
}

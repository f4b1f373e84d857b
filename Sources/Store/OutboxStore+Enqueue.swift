package import Postgres
import SQLText

extension OutboxStore {
  /// Writes events, each with its delivery, inside the caller's transaction for `tenant`.
  ///
  /// The deliveries are due when the transaction began. Returns the ids of those really written:
  /// an event whose dedupe key the tenant has already had, in the table or earlier in `events`, is
  /// left out. Call it late in the transaction: from here on it holds the tenant's line of the
  /// directory, which a worker may wait for.
  package static func enqueue(
    _ events: [NewEvent], tenant: String, on connection: Connection
  ) async throws(PostgresError) -> Set<UUIDv7> {
    guard !events.isEmpty else { return [] }
    let staging = StagingTable(
      "outbox_new",
      columns: """
        position bigint, id uuid, type text, subject text, content_type text, body bytea,
        dedupe_key text, channel text, target text
        """)
    try await staging.fill(rows(of: events), on: connection)
    let written = try await connection.execute(
      """
      WITH written AS (
        INSERT INTO bellwether.event
          (tenant_id, id, type, subject, content_type, body, dedupe_key)
        SELECT \(bind: tenant), id, type, subject, content_type, body, dedupe_key
        FROM \(staging.name) ORDER BY position
        ON CONFLICT (tenant_id, dedupe_key) DO NOTHING
        RETURNING id
      )
      INSERT INTO bellwether.delivery (tenant_id, id, event_id, channel, target)
      SELECT \(bind: tenant), id, id, channel, target FROM \(staging.name) JOIN written USING (id)
      ORDER BY position
      """)
    guard written > 0 else { return [] }
    try await connection.execute(
      """
      INSERT INTO bellwether.tenant_work (tenant_id, kind, next_due)
      VALUES (\(bind: tenant), 'delivery', now())
      ON CONFLICT (tenant_id, kind) DO UPDATE
      SET next_due = LEAST(tenant_work.next_due, EXCLUDED.next_due)
      """)
    if DeliveryHint.isWanted() {
      try await connection.execute("NOTIFY \(identifier: DeliveryHint.channel)")
    }
    if written == events.count { return Set(events.map(\.id)) }
    let ids = try await connection.query(
      """
      SELECT event.id FROM bellwether.event JOIN \(staging.name) USING (id)
      WHERE tenant_id = \(bind: tenant)
      """)
    return Set(ids.compactMap { row in row[0].flatMap(UUIDv7.init) })
  }

  private static func rows(of events: [NewEvent]) -> CopyBuffer {
    var rows = CopyBuffer(columnCount: 9)
    for (position, event) in events.enumerated() {
      rows.beginRow()
      rows.append(Int64(position))
      rows.append(uuid: event.id.words)
      rows.append(event.type)
      rows.append(event.subject)
      rows.append(event.contentType)
      rows.append(bytes: event.body)
      rows.append(event.dedupeKey)
      rows.append(event.channel.rawValue)
      rows.append(event.target)
    }
    return rows
  }
}

import Expressions
import Postgres
import SQLText

extension OutboxStore {
  /// Writes the events that tell of deliveries which this transaction has buried.
  ///
  /// A digest that died is told of once for each of its rules. A notice that died tells of nothing:
  /// notices are known by their type.
  func tell(
    ofBuried ids: [String], tenant: String, at now: Instant, on connection: Connection
  ) async throws(PostgresError) {
    guard !ids.isEmpty else { return }
    let rows = try await connection.query(
      """
      SELECT delivery.id, channel, target, delivery.reason, type, action.rule
      FROM bellwether.delivery
      JOIN bellwether.event
        ON event.tenant_id = delivery.tenant_id AND event.id = delivery.event_id
      LEFT JOIN LATERAL (
        SELECT rule FROM bellwether.action
        WHERE action.tenant_id = \(bind: tenant) AND action.dedupe_key = event.dedupe_key
        UNION
        SELECT rule FROM bellwether.action
        WHERE action.tenant_id = \(bind: tenant) AND action.event_id = event.id
      ) AS action ON true
      WHERE delivery.tenant_id = \(bind: tenant) AND delivery.id = ANY(\(bind: ids)::uuid[])
        AND type <> \(bind: Self.deadNoticeType)
      ORDER BY seq, action.rule
      """)
    let dead = rows.compactMap { row -> DeadDelivery? in
      guard let id = row[0].flatMap(UUIDv7.init), let channel = row[1].flatMap(DeliveryChannel.init)
      else { return nil }
      return DeadDelivery(
        id: id, channel: channel, target: row[2] ?? "", reason: row[3] ?? "", type: row[4] ?? "",
        rule: row[5])
    }
    guard !dead.isEmpty else { return }
    _ = try await Self.enqueue(telling(dead, now), tenant: tenant, on: connection)
  }

  /// The type of the events that tell of dead deliveries.
  package static var deadNoticeType: String { "dev.bellwether.delivery.dead" }
}

package import Postgres
import SQLText

/// Which deliveries are meant.
package struct DeliveryFilter: Sendable, Hashable {
  package var states: [DeliveryState] = []
  package var channel: DeliveryChannel?

  /// An endpoint's name, or a mail address.
  package var target: String?

  /// The rule whose action sent it.
  package var rule: String?

  /// Only these; empty means any.
  package var ids: [UUIDv7] = []

  /// Any delivery.
  package init() {}
}

/// What may become of a delivery.
package enum DeliveryState: String, Sendable, Hashable, CaseIterable {
  case ready, leased, succeeded, dead, cancelled
}

/// One delivery, for people.
package struct DeliveryLine: Sendable, Hashable {
  package var id: UUIDv7
  package var state: DeliveryState
  package var reason: String?
  package var channel: DeliveryChannel
  package var target: String

  /// The event's subject: `customer/406`.
  package var subject: String
  package var rule: String?
  package var attempts: Int

  /// In ISO 8601, UTC.
  package var createdAt: String
  package var dueAt: String
}

// Each inside the caller's transaction for `tenant`.
extension OutboxStore {
  /// Deliveries, newest first.
  package static func list(
    _ filter: DeliveryFilter, limit: Int, tenant: String, on connection: Connection
  ) async throws(PostgresError) -> [DeliveryLine] {
    let rows = try await connection.query(
      """
      SELECT delivery.id, state, delivery.reason, channel, target, subject, (
          SELECT rule FROM bellwether.action
          WHERE action.tenant_id = \(bind: tenant) AND action.dedupe_key = event.dedupe_key),
        attempts, \(iso("delivery.created_at")), \(iso("due_at"))
      FROM bellwether.delivery JOIN bellwether.event
        ON event.tenant_id = \(bind: tenant) AND event.id = event_id
      WHERE delivery.tenant_id = \(bind: tenant) AND \(condition(filter, tenant: tenant))
      ORDER BY seq DESC LIMIT \(bind: limit)::bigint
      """)
    return rows.compactMap(DeliveryLine.init(row:))
  }

  /// Sends dead and cancelled deliveries again: each as a new delivery of the same event, which
  /// points at the old one; returns the new ids.
  ///
  /// The receiver sees the same webhook id, and a mail with another Message-ID. A delivery whose
  /// redrive waits or has succeeded is left alone.
  package static func redrive(
    _ filter: DeliveryFilter, makeID: () -> UUIDv7, tenant: String, on connection: Connection
  ) async throws(PostgresError) -> [UUIDv7] {
    let old = try await connection.query(
      """
      SELECT delivery.id FROM bellwether.delivery JOIN bellwether.event
        ON event.tenant_id = \(bind: tenant) AND event.id = event_id
      WHERE delivery.tenant_id = \(bind: tenant) AND state IN ('dead', 'cancelled')
        AND \(condition(filter, tenant: tenant))
        AND NOT EXISTS (
          SELECT FROM bellwether.delivery AS newer
          WHERE newer.tenant_id = \(bind: tenant) AND newer.redrive_of = delivery.id)
      ORDER BY seq
      """
    ).compactMap { $0[0] }
    guard !old.isEmpty else { return [] }
    let new = old.map { _ in makeID() }
    try await connection.execute(
      """
      INSERT INTO bellwether.delivery (tenant_id, id, event_id, channel, target, redrive_of)
      SELECT tenant_id, new_id, event_id, channel, target, delivery.id
      FROM unnest(\(bind: old)::uuid[], \(bind: new.map(\.description))::uuid[])
        WITH ORDINALITY AS redrive (old_id, new_id, place)
      JOIN bellwether.delivery
        ON delivery.tenant_id = \(bind: tenant) AND delivery.id = redrive.old_id
      ORDER BY place
      """)
    try await bringForward(tenant, on: connection)
    return new
  }

  /// Cancels deliveries that wait; returns their ids.
  ///
  /// One that is under way is left alone: it may have arrived already.
  package static func cancel(
    _ filter: DeliveryFilter, tenant: String, on connection: Connection
  ) async throws(PostgresError) -> [UUIDv7] {
    try await connection.query(
      """
      UPDATE bellwether.delivery
      SET state = 'cancelled', reason = NULL, finished_at = now()
      FROM bellwether.event
      WHERE delivery.tenant_id = \(bind: tenant) AND event.tenant_id = \(bind: tenant)
        AND event.id = event_id AND state = 'ready' AND \(condition(filter, tenant: tenant))
      RETURNING delivery.id
      """
    ).compactMap { $0[0].flatMap(UUIDv7.init) }
  }

  private static func condition(_ filter: DeliveryFilter, tenant: String) -> SQL {
    var parts: [SQL] = ["true"]
    if !filter.states.isEmpty {
      parts.append("state = ANY(\(bind: filter.states.map(\.rawValue))::text[])")
    }
    if let channel = filter.channel { parts.append("channel = \(bind: channel.rawValue)") }
    if let target = filter.target { parts.append("target = \(bind: target)") }
    if !filter.ids.isEmpty {
      parts.append("delivery.id = ANY(\(bind: filter.ids.map(\.description))::uuid[])")
    }
    if let rule = filter.rule {
      // Each list is looked up once, not for every delivery.
      let ofRule: SQL = "FROM bellwether.action WHERE tenant_id = \(bind: tenant)"
      parts.append(
        """
        (event.dedupe_key IN (SELECT dedupe_key \(ofRule) AND rule = \(bind: rule))
          OR event.id IN (
            SELECT event_id \(ofRule) AND rule = \(bind: rule) AND event_id IS NOT NULL))
        """)
    }
    return parts.joined(separator: " AND ")
  }

  private static func iso(_ column: SQL) -> SQL {
    """
    to_char(\(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    """
  }
}

// MARK: Endpoints

extension OutboxStore {
  /// The health of every endpoint that anything was tried at, by name.
  package static func health(
    tenant: String, on connection: Connection
  ) async throws(PostgresError) -> [String: EndpointHealth] {
    try await connection.query(
      """
      SELECT endpoint, \(EndpointHealth.columns) FROM bellwether.endpoint_health
      WHERE tenant_id = \(bind: tenant)
      """
    ).reduce(into: [:]) { $0[$1[0] ?? ""] = EndpointHealth(row: $1[1...]) }
  }

  /// How many deliveries wait for each endpoint.
  package static func backlog(
    tenant: String, on connection: Connection
  ) async throws(PostgresError) -> [String: Int] {
    try await connection.query(
      """
      SELECT target, count(*) FROM bellwether.delivery
      WHERE tenant_id = \(bind: tenant) AND channel = 'webhook' AND state IN ('ready', 'leased')
      GROUP BY target
      """
    ).reduce(into: [:]) { $0[$1[0] ?? ""] = $1[1].flatMap(Int.init) ?? 0 }
  }

  /// Lets nothing more out to an endpoint, until ``enable(_:tenant:on:)``; events are still
  /// recorded.
  package static func disable(
    _ endpoint: String, tenant: String, on connection: Connection
  ) async throws(PostgresError) {
    let now = try await DatabaseClock(connection: connection).now()
    try await change([endpoint], ofTenant: tenant, on: connection) {
      $1.disable(.operator, at: now)
    }
  }

  /// Lets an endpoint be tried again, with a closed breaker; what waits for it is due at once.
  package static func enable(
    _ endpoint: String, tenant: String, on connection: Connection
  ) async throws(PostgresError) {
    try await change([endpoint], ofTenant: tenant, on: connection) { $1.enable() }
    try await bringForward(tenant, on: connection)
  }
}

extension DeliveryLine {
  fileprivate init?(row: [String?]) {
    guard let id = row[0].flatMap(UUIDv7.init), let state = row[1].flatMap(DeliveryState.init),
      let channel = row[3].flatMap(DeliveryChannel.init)
    else { return nil }
    self.init(
      id: id, state: state, reason: row[2], channel: channel, target: row[4] ?? "",
      subject: row[5] ?? "", rule: row[6], attempts: row[7].flatMap { Int($0) } ?? 0,
      createdAt: row[8] ?? "", dueAt: row[9] ?? "")
  }
}

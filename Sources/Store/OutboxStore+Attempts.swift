import Expressions
import Postgres
import SQLText

extension OutboxStore {
  /// Records attempts before they are made; only those in the answer may be made.
  ///
  /// The leases of these and of `waiting`, the rest of what was claimed, begin anew when they are
  /// half over. So a worker keeps what it holds as long as it begins something every half lease.
  package func begin(
    _ deliveries: [UUIDv7], keeping waiting: [UUIDv7] = [], ofTenant tenant: String,
    token: UUIDv7, for lease: Duration
  ) async throws -> [BegunAttempt] {
    guard !deliveries.isEmpty else { return [] }
    let rows = try await inTenant(tenant) { connection in
      try await connection.query(
        """
        WITH begun AS (
          SELECT unnest(\(bind: deliveries.map(\.description))::uuid[]) AS id
        ), held AS (
          UPDATE bellwether.delivery
          SET attempts = attempts + (id IN (SELECT id FROM begun))::integer,
            leased_until = \(Self.renewed(lease)), due_at = \(Self.renewed(lease))
          WHERE tenant_id = \(bind: tenant)
            AND id = ANY(\(bind: (deliveries + waiting).map(\.description))::uuid[])
            AND state = 'leased' AND lease_token = \(bind: token.description)::uuid
          RETURNING id, attempts
        )
        INSERT INTO bellwether.attempt (tenant_id, delivery_id, number)
        SELECT \(bind: tenant), id, attempts FROM held JOIN begun USING (id)
        RETURNING delivery_id, number, (extract(epoch FROM started_at) * 1000000)::bigint
        """)
    }
    return rows.map { BegunAttempt(row: $0, token: token) }
  }

  /// Lets leases begin anew, of those among `deliveries` that are still held with `token`.
  package func renew(
    _ deliveries: [UUIDv7], ofTenant tenant: String, token: UUIDv7, for lease: Duration
  ) async throws {
    try await inTenant(tenant) { connection in
      try await connection.execute(
        """
        UPDATE bellwether.delivery
        SET leased_until = now() + \(lease.interval), due_at = now() + \(lease.interval)
        WHERE tenant_id = \(bind: tenant)
          AND id = ANY(\(bind: deliveries.map(\.description))::uuid[])
          AND state = 'leased' AND lease_token = \(bind: token.description)::uuid
        """)
    }
  }

  /// Writes how attempts ended and what becomes of their deliveries, and what that says of their
  /// endpoints.
  ///
  /// Returns those whose lease was still ours; nothing was written of the others. With `goesOn` the
  /// tenant is due again as soon as one is settled, since an ordered lane has come free.
  @discardableResult
  package func finish(
    _ ends: [FinishedAttempt], ofTenant tenant: String, goesOn: Bool = false
  ) async throws -> Set<UUIDv7> {
    guard !ends.isEmpty else { return [] }
    return try await inTenant(tenant) { connection in
      let rows = try await connection.query(Self.finishing(ends, ofTenant: tenant))
      let ids = rows.ids
      let ours = ends.filter { ids.contains($0.attempt.delivery) }
      guard let now = rows.first?[1].flatMap({ Int64($0) }).map(Instant.init(microseconds:)) else {
        return ids
      }
      try await Self.recordHealth(ours, rows: rows, ofTenant: tenant, at: now, on: connection)
      let dead = ours.filter { if case .dead = $0.step { true } else { false } }
      try await tell(
        ofBuried: dead.map(\.attempt.delivery.description), tenant: tenant, at: now,
        on: connection)
      let delays = ours.compactMap { end -> Duration? in
        if case .retry(let delay) = end.step { delay } else { goesOn ? .zero : nil }
      }
      if let soonest = delays.min() {
        try await Self.bringForward(tenant, by: soonest, on: connection)
      }
      return ids
    }
  }

  private static func finishing(_ ends: [FinishedAttempt], ofTenant tenant: String) -> SQL {
    """
    WITH ended AS (
      SELECT * FROM unnest(
        \(bind: ends.map(\.attempt.delivery.description))::uuid[],
        \(bind: ends.map(\.attempt.token.description))::uuid[],
        \(bind: ends.map { String($0.attempt.number) })::integer[],
        \(bind: ends.map(\.outcome.rawValue))::text[],
        \(bind: ends.map { $0.status.map(String.init) }.nullableArray)::integer[],
        \(bind: ends.map { $0.detail?.storable }.nullableArray)::text[],
        \(bind: ends.map(\.step.state))::text[],
        \(bind: ends.map { $0.step.reason ?? $0.detail?.storable }.nullableArray)::text[],
        \(bind: ends.map { String($0.step.delay.microseconds) })::bigint[]
      ) AS ended (id, token, number, outcome, status, detail, state, reason, delay)
    ), finished AS (
      UPDATE bellwether.delivery
      SET state = ended.state,
        reason = CASE WHEN ended.state <> 'succeeded' THEN ended.reason END,
        due_at = now() + ended.delay * interval '1 microsecond',
        finished_at = CASE WHEN ended.state <> 'ready' THEN now() END,
        lease_token = NULL, leased_until = NULL
      FROM ended
      WHERE tenant_id = \(bind: tenant) AND delivery.id = ended.id
        AND delivery.state = 'leased' AND lease_token = ended.token
      RETURNING delivery.id, delivery.channel, delivery.target
    ), closed AS (
      UPDATE bellwether.attempt
      SET finished_at = now(), outcome = ended.outcome, status = ended.status,
        detail = ended.detail
      FROM ended JOIN finished ON finished.id = ended.id
      WHERE tenant_id = \(bind: tenant) AND delivery_id = ended.id
        AND attempt.number = ended.number
    )
    SELECT id, (extract(epoch FROM now()) * 1000000)::bigint, channel, target FROM finished
    """
  }

  /// Says in the directory that a tenant needs a worker no later than `delay` from now.
  static func bringForward(
    _ tenant: String, by delay: Duration = .zero, on connection: Connection
  ) async throws(PostgresError) {
    try await connection.execute(
      """
      INSERT INTO bellwether.tenant_work (tenant_id, kind, next_due)
      VALUES (\(bind: tenant), 'delivery', now() + \(delay.interval))
      ON CONFLICT (tenant_id, kind) DO UPDATE
      SET next_due = LEAST(tenant_work.next_due, EXCLUDED.next_due)
      """)
  }

  /// Puts deliveries back that were claimed but not attempted; neither the claim nor an attempt
  /// counts.
  ///
  /// Returns those whose lease was still ours.
  @discardableResult
  package func postpone(
    _ deliveries: [PostponedDelivery], by delay: Duration, ofTenant tenant: String, token: UUIDv7
  ) async throws -> Set<UUIDv7> {
    guard !deliveries.isEmpty else { return [] }
    let rows = try await inTenant(tenant) { connection in
      let rows = try await connection.query(
        """
        UPDATE bellwether.delivery
        SET state = 'ready', reason = postponed.reason, claims = claims - 1,
          due_at = now() + \(delay.interval), lease_token = NULL, leased_until = NULL
        FROM unnest(
          \(bind: deliveries.map(\.id.description))::uuid[],
          \(bind: deliveries.map(\.reason.storable))::text[]
        ) AS postponed (id, reason)
        WHERE tenant_id = \(bind: tenant) AND delivery.id = postponed.id AND state = 'leased'
          AND lease_token = \(bind: token.description)::uuid
        RETURNING delivery.id
        """)
      // To the directory they are leased, and so due later.
      try await Self.bringForward(tenant, by: delay, on: connection)
      return rows
    }
    return rows.ids
  }
}

extension BegunAttempt {
  fileprivate init(row: [String?], token: UUIDv7) {
    let row = row.map { $0 ?? "" }
    guard let delivery = UUIDv7(row[0]), let number = Int(row[1]), let started = Int64(row[2])
    else { preconditionFailure("the table's columns are not null") }
    self.init(
      delivery: delivery, token: token, number: number,
      startedAt: Instant(microseconds: started))
  }
}

extension DeliveryStep {
  fileprivate var state: String {
    switch self {
    case .succeeded: "succeeded"
    case .retry: "ready"
    case .dead: "dead"
    }
  }

  fileprivate var reason: String? {
    if case .dead(let reason) = self { reason.rawValue } else { nil }
  }

  fileprivate var delay: Duration {
    if case .retry(let delay) = self { delay } else { .zero }
  }
}

extension [[String?]] {
  fileprivate var ids: Set<UUIDv7> {
    Set(compactMap { row in row[0].flatMap(UUIDv7.init) })
  }
}

extension [String?] {
  /// The array as PostgreSQL writes it.
  fileprivate var nullableArray: String {
    "{"
      + map { $0.map { String([$0].postgresArrayLiteral.dropFirst().dropLast()) } ?? "NULL" }
      .joined(separator: ",") + "}"
  }
}

extension String {
  /// The text without the one character that PostgreSQL cannot keep.
  fileprivate var storable: String { String(unicodeScalars.filter { $0.value != 0 }) }
}

package import Expressions
package import Postgres
import SQLText

/// The outbox as its workers use it: every call is a transaction of its own.
///
/// A delivery is claimed under a lease with a token. All that comes after, to begin an attempt, to
/// finish it, to put it off, does nothing for a delivery whose lease another worker has taken over
/// meanwhile, and says so by leaving it out of the answer. `due_at` of a leased delivery is the end
/// of its lease, so one index tells when a tenant next needs a worker.
package struct OutboxStore: Sendable {
  private let connection: Connection

  /// How many claims may end without an attempt before a delivery is given up.
  private static var crashLimit: Int { 20 }

  /// Creates a store over a session which no one else uses meanwhile.
  package init(connection: Connection) { self.connection = connection }

  /// The database's time.
  package func now() async throws -> Instant {
    try await DatabaseClock(connection: connection).now()
  }

  /// Leases the tenant that has waited longest, if any has work due by `cutoff`.
  ///
  /// A tenant waits since its work was due or since a worker last looked after it, whichever is
  /// later, so one that always has more does not keep the others waiting.
  package func leaseTenant(
    dueBy cutoff: Instant, for lease: Duration
  ) async throws -> TenantLease? {
    let token = UUIDv7(at: cutoff)
    let rows = try await TenantSession.retryingConflicts {
      try await connection.query(
        """
        UPDATE bellwether.tenant_work AS work
        SET lease_token = \(bind: token.description)::uuid,
          leased_until = now() + \(lease.interval)
        FROM (
          SELECT tenant_id FROM bellwether.tenant_work
          WHERE kind = 'delivery' AND next_due <= \(bind: cutoff.iso8601)::timestamptz
            AND (leased_until IS NULL OR leased_until <= now())
          ORDER BY GREATEST(next_due, leased_until)
          LIMIT 1
          FOR UPDATE SKIP LOCKED
        ) AS due
        WHERE work.tenant_id = due.tenant_id AND work.kind = 'delivery'
        RETURNING work.tenant_id
        """)
    }
    return rows.first?.first.flatMap { $0 }.map { TenantLease(tenant: $0, token: token) }
  }

  /// Ends a tenant's lease and says in the directory when the tenant next needs a worker.
  package func release(_ lease: TenantLease) async throws {
    try await inTenant(lease.tenant) { connection in
      // The lock makes writers of events wait, or us for them: without it, an event committed
      // between our reading and our writing would be forgotten.
      _ = try await connection.query(
        """
        SELECT 1 FROM bellwether.tenant_work
        WHERE tenant_id = \(bind: lease.tenant) AND kind = 'delivery' FOR UPDATE
        """)
      try await connection.execute(
        """
        UPDATE bellwether.tenant_work
        SET next_due = coalesce((\(Self.firstDue(of: lease.tenant))), 'infinity'),
          lease_token = NULL, leased_until = now()
        WHERE tenant_id = \(bind: lease.tenant) AND kind = 'delivery'
          AND lease_token = \(bind: lease.token.description)::uuid
        """)
    }
  }

  /// Writes a tenant's line of the directory anew from its deliveries.
  package func rebuildDirectory(of tenant: String) async throws {
    try await inTenant(tenant) { connection in
      try await connection.execute(
        """
        INSERT INTO bellwether.tenant_work (tenant_id, kind, next_due)
        SELECT \(bind: tenant), 'delivery', due_at FROM (\(Self.firstDue(of: tenant))) AS first
        ON CONFLICT (tenant_id, kind) DO UPDATE
        SET next_due = LEAST(tenant_work.next_due, EXCLUDED.next_due)
        """)
    }
  }

  /// Claims up to `count` of a tenant's deliveries that are due by `cutoff`, oldest first.
  ///
  /// Those whose lease is over are due too; an attempt that their last worker left open is closed
  /// as aborted.
  package func claim(
    ofTenant tenant: String, dueBy cutoff: Instant, atMost count: Int, for lease: Duration
  ) async throws -> ClaimedBatch {
    let token = UUIDv7(at: cutoff)
    let rows = try await inTenant(tenant) { connection in
      try await connection.query(
        """
        WITH due AS (
          SELECT id, due_at, state, claims - attempts >= \(bind: Self.crashLimit) AS is_looping
          FROM bellwether.delivery
          WHERE tenant_id = \(bind: tenant) AND state IN ('ready', 'leased')
            AND due_at <= \(bind: cutoff.iso8601)::timestamptz
            AND (state = 'ready' OR leased_until <= now())
          ORDER BY due_at
          LIMIT \(bind: count)::bigint
          FOR UPDATE SKIP LOCKED
        ), buried AS (
          UPDATE bellwether.delivery
          SET claims = claims + 1, state = 'dead',
            reason = \(bind: DeadReason.crashLoop.rawValue), finished_at = now(),
            lease_token = NULL, leased_until = NULL
          FROM due
          WHERE tenant_id = \(bind: tenant) AND delivery.id = due.id AND due.is_looping
        ), claimed AS (
          UPDATE bellwether.delivery
          SET claims = claims + 1, state = 'leased',
            lease_token = \(bind: token.description)::uuid,
            leased_until = now() + \(lease.interval), due_at = now() + \(lease.interval)
          FROM due
          WHERE tenant_id = \(bind: tenant) AND delivery.id = due.id AND NOT due.is_looping
          RETURNING delivery.id, event_id, channel, target, attempts, created_at
        ), aborted AS (
          UPDATE bellwether.attempt
          SET finished_at = now(), outcome = 'aborted'
          FROM due
          WHERE tenant_id = \(bind: tenant) AND delivery_id = due.id AND due.state = 'leased'
            AND outcome IS NULL
        )
        SELECT due.id, claimed.event_id, channel, target, attempts,
          (extract(epoch FROM now() - claimed.created_at) * 1000000)::bigint,
          type, subject, content_type, encode(body, 'hex'),
          (extract(epoch FROM event.created_at) * 1000000)::bigint
        FROM due
        LEFT JOIN claimed ON claimed.id = due.id
        LEFT JOIN bellwether.event
          ON event.tenant_id = \(bind: tenant) AND event.id = claimed.event_id
        ORDER BY due.due_at, due.id
        """)
    }
    let deliveries = rows.compactMap(ClaimedDelivery.init(row:))
    return ClaimedBatch(
      token: token, deliveries: deliveries, crashLooping: rows.count - deliveries.count)
  }
}

// MARK: Under a lease

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
    return rows.map(BegunAttempt.init(row:))
  }

  /// Writes how attempts ended and what becomes of their deliveries.
  ///
  /// Returns those whose lease was still ours; nothing was written of the others.
  @discardableResult
  package func finish(
    _ ends: [FinishedAttempt], ofTenant tenant: String, token: UUIDv7
  ) async throws -> Set<UUIDv7> {
    guard !ends.isEmpty else { return [] }
    let rows = try await inTenant(tenant) { connection in
      try await connection.query(
        """
        WITH ended AS (
          SELECT * FROM unnest(
            \(bind: ends.map(\.attempt.delivery.description))::uuid[],
            \(bind: ends.map { String($0.attempt.number) })::integer[],
            \(bind: ends.map(\.outcome.rawValue))::text[],
            \(bind: ends.map { $0.status.map(String.init) }.nullableArray)::integer[],
            \(bind: ends.map { $0.detail?.storable }.nullableArray)::text[],
            \(bind: ends.map(\.step.state))::text[],
            \(bind: ends.map { $0.step.reason ?? $0.detail?.storable }.nullableArray)::text[],
            \(bind: ends.map { String($0.step.delay.microseconds) })::bigint[]
          ) AS ended (id, number, outcome, status, detail, state, reason, delay)
        ), finished AS (
          UPDATE bellwether.delivery
          SET state = ended.state,
            reason = CASE WHEN ended.state <> 'succeeded' THEN ended.reason END,
            due_at = now() + ended.delay * interval '1 microsecond',
            finished_at = CASE WHEN ended.state <> 'ready' THEN now() END,
            lease_token = NULL, leased_until = NULL
          FROM ended
          WHERE tenant_id = \(bind: tenant) AND delivery.id = ended.id
            AND delivery.state = 'leased'
            AND lease_token = \(bind: token.description)::uuid
          RETURNING delivery.id
        ), closed AS (
          UPDATE bellwether.attempt
          SET finished_at = now(), outcome = ended.outcome, status = ended.status,
            detail = ended.detail
          FROM ended JOIN finished ON finished.id = ended.id
          WHERE tenant_id = \(bind: tenant) AND delivery_id = ended.id
            AND attempt.number = ended.number
        )
        SELECT id FROM finished
        """)
    }
    return rows.ids
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
      try await connection.query(
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
    }
    return rows.ids
  }
}

// MARK: Pieces

extension OutboxStore {
  @discardableResult
  private func inTenant<Result: Sendable>(
    _ tenant: String, _ body: (Connection) async throws -> Result
  ) async throws -> Result {
    try await TenantSession.retryingConflicts {
      try await TenantSession.inTenant(tenant, on: connection, body)
    }
  }

  /// When the tenant next needs a worker; no row when it needs none.
  private static func firstDue(of tenant: String) -> SQL {
    """
    SELECT due_at FROM bellwether.delivery
    WHERE tenant_id = \(bind: tenant) AND state IN ('ready', 'leased') ORDER BY due_at LIMIT 1
    """
  }

  /// The end of a lease that begins now, if the one that runs is half over.
  private static func renewed(_ lease: Duration) -> SQL {
    """
    CASE WHEN leased_until < now() + \(lease.interval) / 2
      THEN now() + \(lease.interval) ELSE leased_until END
    """
  }
}

extension ClaimedDelivery {
  /// Reads a row of `claim`; `nil` for a delivery that was buried.
  fileprivate init?(row: [String?]) {
    guard let event = row[1] else { return nil }
    let row = row.map { $0 ?? "" }
    guard let id = UUIDv7(row[0]), let eventID = UUIDv7(event),
      let channel = DeliveryChannel(rawValue: row[2]), let attempts = Int(row[4]),
      let age = Int64(row[5]), let createdAt = Int64(row[10])
    else { preconditionFailure("the table's constraints allow no other values") }
    self.init(
      id: id, eventID: eventID, channel: channel, target: row[3], type: row[6], subject: row[7],
      contentType: row[8], body: [UInt8](hexadecimal: row[9]),
      eventCreatedAt: Instant(microseconds: createdAt), attempts: attempts,
      age: .microseconds(age))
  }
}

extension BegunAttempt {
  fileprivate init(row: [String?]) {
    let row = row.map { $0 ?? "" }
    guard let delivery = UUIDv7(row[0]), let number = Int(row[1]), let started = Int64(row[2])
    else { preconditionFailure("the table's columns are not null") }
    self.init(
      delivery: delivery, number: number, startedAt: Instant(microseconds: started))
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

extension [UInt8] {
  fileprivate init(hexadecimal text: String) {
    func digit(_ byte: UInt8) -> UInt8 { byte < 0x3a ? byte - 0x30 : byte - 0x57 }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count / 2)
    var high: UInt8?
    for byte in text.utf8 {
      if let first = high {
        bytes.append(digit(first) << 4 | digit(byte))
        high = nil
      } else {
        high = byte
      }
    }
    self = bytes
  }
}

extension Duration {
  fileprivate var microseconds: Int64 {
    components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }

  fileprivate var interval: SQL { "(\(bind: microseconds)::bigint * interval '1 microsecond')" }
}

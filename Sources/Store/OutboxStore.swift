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
  let connection: Connection

  /// Makes the events that tell of deliveries which have just died.
  let telling: @Sendable ([DeadDelivery], Instant) -> [NewEvent]

  /// Creates a store over a session which no one else uses meanwhile.
  ///
  /// `telling` gets what a transaction has buried, and the time; the events it returns are written in
  /// the same transaction.
  package init(
    connection: Connection,
    telling: @escaping @Sendable ([DeadDelivery], Instant) -> [NewEvent] = { _, _ in [] }
  ) {
    self.connection = connection
    self.telling = telling
  }

  /// The database's time.
  package func now() async throws -> Instant {
    try await DatabaseClock(connection: connection).now()
  }

  /// Leases the tenant that has waited longest, if any has work due by `cutoff`, or now.
  ///
  /// A tenant waits since its work was due or since a worker last looked after it, whichever is
  /// later, so one that always has more does not keep the others waiting.
  package func leaseTenant(
    dueBy cutoff: Instant? = nil, for lease: Duration
  ) async throws -> TenantLease? {
    try await leaseTenant(
      for: lease,
      """
      SELECT tenant_id FROM bellwether.tenant_work
      WHERE kind = 'delivery'
        AND next_due <= coalesce(\(bind: cutoff?.iso8601)::timestamptz, now())
        AND (leased_until IS NULL OR leased_until <= now())
      ORDER BY GREATEST(next_due, leased_until)
      LIMIT 1
      FOR UPDATE SKIP LOCKED
      """)
  }

  /// Leases one tenant, whether or not the directory says that something is due; `nil` when another
  /// worker has it.
  package func leaseTenant(_ tenant: String, for lease: Duration) async throws -> TenantLease? {
    try await leaseTenant(
      for: lease,
      """
      SELECT tenant_id FROM bellwether.tenant_work
      WHERE tenant_id = \(bind: tenant) AND kind = 'delivery'
        AND (leased_until IS NULL OR leased_until <= now())
      FOR UPDATE
      """)
  }

  private func leaseTenant(for lease: Duration, _ chosen: SQL) async throws -> TenantLease? {
    // The token tells leases apart, and its time nothing.
    let token = UUIDv7(unixMilliseconds: 0)
    // A lease that a crash of the server undoes was one to nothing; so the commit does not wait.
    let rows = try await TenantSession.retryingConflicts {
      try await connection.transaction(beginningWith: "SET LOCAL synchronous_commit = off") {
        try await $0.query(
          """
          UPDATE bellwether.tenant_work AS work
          SET lease_token = \(bind: token.description)::uuid,
            leased_until = now() + \(lease.interval)
          FROM (\(chosen)) AS due
          WHERE work.tenant_id = due.tenant_id AND work.kind = 'delivery'
          RETURNING work.tenant_id, (extract(epoch FROM now()) * 1000000)::bigint
          """)
      }
    }
    guard let row = rows.first, let tenant = row[0], let now = row[1].flatMap({ Int64($0) })
    else { return nil }
    return TenantLease(tenant: tenant, token: token, leasedAt: Instant(microseconds: now))
  }

  /// Ends a tenant's lease and says in the directory when the tenant next needs a worker.
  ///
  /// Lanes in `waiting` have something due for which the caller has no room; it will come back to
  /// them by itself, so for others they count as due a second later, should it die. Those in `paused`
  /// are due when their rate allows. `rest` is how long the tenant waits at least.
  package func release(
    _ lease: TenantLease, terms: ClaimTerms = ClaimTerms(), waiting: Set<DeliveryLane> = [],
    paused: [DeliveryLane: Duration] = [:], rest: Duration = .zero
  ) async throws {
    try await inTenant(lease.tenant, isDurable: false) { connection in
      try await Self.release(
        lease, terms, waiting: waiting, paused: paused, rest: rest, on: connection)
    }
  }

  /// Ends a tenant's lease inside the caller's transaction, and late in it.
  static func release(
    _ lease: TenantLease, _ terms: ClaimTerms, waiting: Set<DeliveryLane>,
    paused: [DeliveryLane: Duration], rest: Duration, on connection: Connection
  ) async throws(PostgresError) {
    // The lock makes writers of events wait, or us for them: without it, an event committed
    // between our reading and our writing would be forgotten.
    _ = try await connection.query(
      """
      SELECT 1 FROM bellwether.tenant_work
      WHERE tenant_id = \(bind: lease.tenant) AND kind = 'delivery' FOR UPDATE
      """)
    let (lanes, now) = try await Self.lanes(of: lease.tenant, on: connection)
    let due = lanes.compactMap { state -> Int64? in
      guard let due = state.due(terms)?.microseconds else { return nil }
      let pause = paused[state.lane] ?? .zero
      guard pause > .zero || waiting.contains(state.lane) else { return due }
      return max(due, now.microseconds + max(pause.microseconds, 1_000_000))
    }.min()
    let next = due.map { max($0, rest > .zero ? now.microseconds + rest.microseconds : $0) }
    try await connection.execute(
      """
      UPDATE bellwether.tenant_work
      SET next_due = coalesce(
          timestamptz 'epoch' + \(bind: next)::bigint * interval '1 microsecond', 'infinity'),
        lease_token = NULL, leased_until = now()
      WHERE tenant_id = \(bind: lease.tenant) AND kind = 'delivery'
        AND lease_token = \(bind: lease.token.description)::uuid
      """)
  }

  /// Writes a tenant's line of the directory anew from its deliveries.
  package func rebuildDirectory(of tenant: String) async throws {
    try await inTenant(tenant) { connection in
      try await connection.execute(
        """
        INSERT INTO bellwether.tenant_work (tenant_id, kind, next_due)
        SELECT \(bind: tenant), 'delivery', min(due_at) FROM bellwether.delivery
        WHERE tenant_id = \(bind: tenant) AND state IN ('ready', 'leased')
        HAVING count(*) > 0
        ON CONFLICT (tenant_id, kind) DO UPDATE
        SET next_due = LEAST(tenant_work.next_due, EXCLUDED.next_due)
        """)
    }
  }
}

// MARK: Pieces

extension OutboxStore {
  @discardableResult
  func inTenant<Result: Sendable>(
    _ tenant: String, isDurable: Bool = true, _ body: (Connection) async throws -> Result
  ) async throws -> Result {
    try await TenantSession.retryingConflicts {
      try await TenantSession.inTenant(
        tenant, isDurable: isDurable, on: connection, body)
    }
  }

  /// The end of a lease that begins now, if the one that runs is half over.
  static func renewed(_ lease: Duration) -> SQL {
    """
    CASE WHEN leased_until < now() + \(lease.interval) / 2
      THEN now() + \(lease.interval) ELSE leased_until END
    """
  }
}

extension Duration {
  var microseconds: Int64 {
    components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }

  var interval: SQL { "(\(bind: microseconds)::bigint * interval '1 microsecond')" }
}

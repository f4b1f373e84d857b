package import Expressions
import Postgres
import SQLText

extension OutboxStore {
  /// How many claims may end without an attempt before a delivery is given up.
  private static var crashLimit: Int { 20 }

  /// Claims up to `count` of a tenant's deliveries that are due by `cutoff`, shared among its lanes
  /// as `terms` allow and oldest first within each.
  ///
  /// Those whose lease is over are due too; an attempt that their last worker left open is closed
  /// as aborted. An ordered lane gives the delivery that was written first, or none. A lane whose
  /// breaker is open gives none, or one that probes. A lane with a rate gives what its bucket holds.
  ///
  /// The same transaction ends the `releasing` lease; where it brings nothing the tenant rests. It
  /// does not wait for the disk: beginning an attempt does, and what a crash of the server undoes
  /// before that was not begun.
  package func claim(
    ofTenant tenant: String, dueBy cutoff: Instant, atMost count: Int, for length: Duration,
    terms: ClaimTerms = ClaimTerms(), releasing lease: TenantLease? = nil, rest: Duration = .zero
  ) async throws -> ClaimedBatch {
    let token = UUIDv7(at: cutoff)
    return try await inTenant(tenant, isDurable: false) { connection in
      let (lanes, now) = try await Self.lanes(of: tenant, on: connection)
      var grants = ClaimGrants(lanes, terms, dueBy: cutoff, at: now, limit: count)
      try await Self.takeTokens(&grants, terms, ofTenant: tenant, on: connection)
      try await Self.beginProbes(&grants, ofTenant: tenant, for: length, on: connection)
      let rows =
        grants.counts.isEmpty
        ? []
        : try await connection.query(
          Self.claiming(
            grants, ordered: terms.isOrdered, ofTenant: tenant, dueBy: cutoff, token: token,
            for: length))
      let deliveries = rows.compactMap(ClaimedDelivery.init(row:))
      let buried = rows.filter { $0[1] == nil }.compactMap { $0[0] }
      try await tell(ofBuried: buried, tenant: tenant, at: now, on: connection)
      let taken = deliveries.reduce(into: [:]) { $0[$1.lane, default: 0] += 1 }
      try await Self.giveBack(grants.unused(taken), ofTenant: tenant, on: connection)
      let batch = ClaimedBatch(
        token: token, deliveries: deliveries, crashLooping: buried.count,
        waiting: Set(grants.tight.filter { taken[$0.key, default: 0] >= $0.value }.keys),
        paused: grants.pauses.filter {
          taken[$0.key, default: 0] >= grants.counts[$0.key, default: 0]
        })
      if let lease {
        try await Self.release(
          lease, terms, waiting: batch.waiting, paused: batch.paused,
          rest: deliveries.isEmpty ? rest : .zero, on: connection)
      }
      return batch
    }
  }

  private static func claiming(
    _ grants: ClaimGrants, ordered: (DeliveryLane) -> Bool, ofTenant tenant: String,
    dueBy cutoff: Instant, token: UUIDv7, for lease: Duration
  ) -> SQL {
    let asked = grants.counts.map { (lane: $0.key, count: $0.value) }
    return """
      WITH due AS (
        SELECT picked.* FROM unnest(
          \(bind: asked.map(\.lane.text))::text[], \(bind: asked.map { "\($0.count)" })::bigint[],
          \(bind: asked.map { ordered($0.lane) ? "t" : "f" })::boolean[]
        ) AS asked (lane, room, is_ordered)
        CROSS JOIN LATERAL (
          SELECT id, due_at, seq, state, claims - attempts >= \(bind: crashLimit) AS is_looping
          FROM bellwether.delivery
          WHERE tenant_id = \(bind: tenant) AND delivery.lane = asked.lane
            AND state IN ('ready', 'leased') AND due_at <= \(bind: cutoff.iso8601)::timestamptz
            AND (state = 'ready' OR leased_until <= now())
            AND (NOT asked.is_ordered OR id = (
              SELECT id FROM bellwether.delivery AS head
              WHERE tenant_id = \(bind: tenant) AND head.lane = asked.lane
                AND state IN ('ready', 'leased')
              ORDER BY seq LIMIT 1))
          ORDER BY due_at, seq
          LIMIT asked.room
          FOR UPDATE SKIP LOCKED
        ) AS picked
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
      ORDER BY due.due_at, due.seq
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

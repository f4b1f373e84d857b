package import Expressions
package import Postgres
import SQLText

/// A line that waits for a digest, and how its alert stands now.
package struct WaitingLine: Sendable, Hashable {
  /// The key of the action.
  package var key: String
  package var rule: String
  package var entityKey: String
  package var episode: Int
  package var severity: Severity

  /// What the run wrote: the recipient and the texts.
  package var payload: String?

  /// The scheduled time of the run that decided on it.
  package var decidedAt: Instant
  package var due: Instant

  /// When and why the episode ended, if it has.
  package var closed: Closing?

  /// An episode's end.
  package struct Closing: Sendable, Hashable {
    package var at: Instant
    package var reason: String

    /// Creates an end.
    package init(at: Instant, reason: String) {
      self.at = at
      self.reason = reason
    }
  }
}

/// The lines that wait for digests, inside a tenant's transaction.
package struct DigestStore: Sendable {
  private let connection: Connection
  private let tenant: String

  /// Creates a store over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String) {
    self.connection = connection
    self.tenant = tenant
  }

  /// The tenants that the directory says have a digest due by `time`, or by the database's clock.
  package static func dueTenants(
    by time: Instant? = nil, on connection: Connection
  ) async throws(PostgresError) -> Set<String> {
    let rows = try await connection.query(
      """
      SELECT tenant_id FROM bellwether.tenant_work
      WHERE kind = 'digest'
        AND next_due <= coalesce(\(bind: time?.iso8601)::timestamptz, clock_timestamp())
      """)
    return Set(rows.compactMap { $0[0] })
  }

  /// Whether a line is due by `time`.
  package func isAnyDue(by time: Instant) async throws(PostgresError) -> Bool {
    let rows = try await connection.query(
      """
      SELECT EXISTS (
        SELECT FROM bellwether.action
        WHERE tenant_id = \(bind: tenant) AND outcome = 'digest'
          AND due <= \(bind: time.iso8601)::timestamptz)
      """)
    return rows[0][0] == "t"
  }

  /// Locks the lines that are due by `time`; another sender waits until this one is through.
  package func takeDue(by time: Instant) async throws(PostgresError) -> [WaitingLine] {
    let rows = try await connection.query(
      """
      SELECT action.dedupe_key, action.rule, action.entity_key, action.episode, action.severity,
        action.payload, (extract(epoch FROM action.decided_at) * 1000000)::bigint,
        (extract(epoch FROM action.due) * 1000000)::bigint,
        (extract(epoch FROM coalesce(ended.at, alert.closed_at)) * 1000000)::bigint,
        coalesce(ended.reason, alert.close_reason, 'resolved'),
        alert.state <> 'open' OR alert.episode > action.episode
      FROM bellwether.action
      LEFT JOIN bellwether.alert ON alert.tenant_id = action.tenant_id
        AND alert.rule = action.rule AND alert.entity_key = action.entity_key
      LEFT JOIN LATERAL (
        SELECT at, reason FROM bellwether.alert_change
        WHERE tenant_id = \(bind: tenant) AND alert_change.rule = action.rule
          AND alert_change.entity_key = action.entity_key AND kind = 'closed'
          AND alert_change.episode = action.episode
        ORDER BY at DESC LIMIT 1
      ) AS ended ON true
      WHERE action.tenant_id = \(bind: tenant) AND action.outcome = 'digest'
        AND action.due <= \(bind: time.iso8601)::timestamptz
      ORDER BY action.dedupe_key
      FOR UPDATE OF action
      """)
    return rows.map(WaitingLine.init)
  }

  /// Notes which event carries each line.
  package func finish(_ events: [String: UUIDv7]) async throws(PostgresError) {
    guard !events.isEmpty else { return }
    var rows = CopyBuffer(columnCount: 2)
    for (key, event) in events {
      rows.beginRow()
      rows.append(key)
      rows.append(uuid: event.words)
    }
    let staging = StagingTable("digest_sent", columns: "dedupe_key text, event_id uuid")
    try await staging.fill(rows, on: connection)
    try await connection.execute(
      """
      UPDATE bellwether.action SET outcome = 'done', payload = NULL, event_id = sent.event_id
      FROM \(staging.name) AS sent
      WHERE action.tenant_id = \(bind: tenant) AND action.dedupe_key = sent.dedupe_key
        AND action.outcome = 'digest'
      """)
  }

  /// Marks lines that cannot be read.
  package func fail(_ keys: [String]) async throws(PostgresError) {
    guard !keys.isEmpty else { return }
    try await connection.execute(
      """
      UPDATE bellwether.action SET outcome = 'failed', reason = 'what waited cannot be read'
      WHERE tenant_id = \(bind: tenant) AND dedupe_key = ANY(\(bind: keys)::text[])
        AND outcome = 'digest'
      """)
  }

  /// Says in the directory when the tenant's next digest is due; the caller holds the tenant's run
  /// lock, as everyone does who adds or takes lines.
  package func updateDirectory() async throws(PostgresError) {
    try await connection.execute(
      """
      INSERT INTO bellwether.tenant_work (tenant_id, kind, next_due)
      SELECT \(bind: tenant), 'digest', coalesce(min(due), 'infinity') FROM bellwether.action
      WHERE tenant_id = \(bind: tenant) AND outcome = 'digest'
      ON CONFLICT (tenant_id, kind) DO UPDATE SET next_due = EXCLUDED.next_due
      """)
  }
}

extension WaitingLine {
  fileprivate init(row: [String?]) {
    func instant(_ place: Int) -> Instant? {
      row[place].flatMap(Int64.init).map { Instant(microseconds: $0) }
    }
    let decidedAt = instant(6) ?? Instant(microseconds: 0)
    self.init(
      key: row[0] ?? "", rule: row[1] ?? "", entityKey: row[2] ?? "",
      episode: row[3].flatMap(Int.init) ?? 0, severity: row[4].flatMap(Severity.init) ?? .medium,
      payload: row[5], decidedAt: decidedAt, due: instant(7) ?? decidedAt,
      closed: row[10] == "t"
        ? Closing(at: instant(8) ?? decidedAt, reason: row[9] ?? "resolved") : nil)
  }
}

package import Expressions
package import Postgres
package import Rules
import SQLText

/// A silence and how much was not sent because of it.
package struct SilenceRecord: Sendable, Hashable {
  package var silence: Silence
  package var skipped: Int
}

/// Silences, inside a tenant's transaction.
package struct SilenceStore: Sendable {
  private let connection: Connection
  private let tenant: String

  /// Creates a store over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String) {
    self.connection = connection
    self.tenant = tenant
  }

  /// What the log of actions gives as the reason.
  package static func reason(_ silence: String) -> String { "silence:" + silence }

  /// Writes a silence, whose id the tenant has not had.
  package func add(_ silence: Silence) async throws(PostgresError) {
    _ = try await connection.query(
      """
      INSERT INTO bellwether.silence (tenant_id, id, rule, entity, entity_key, tag, author, reason,
        starts_at, ends_at)
      VALUES (\(bind: tenant), \(bind: silence.id), \(bind: silence.rule), \(bind: silence.entity),
        \(bind: silence.entityKey), \(bind: silence.tag), \(bind: silence.author),
        \(bind: silence.reason), \(bind: silence.startsAt.iso8601)::timestamptz,
        \(bind: silence.endsAt.iso8601)::timestamptz)
      """)
  }

  /// Silences that hold at `now`, oldest first.
  package func active(at now: Instant) async throws(PostgresError) -> [Silence] {
    try await silences(
      where: """
        starts_at <= \(bind: now.iso8601)::timestamptz AND ends_at > \(bind: now.iso8601)::timestamptz
        """, counting: "0"
    ).map(\.silence)
  }

  /// Silences that end after `time`, oldest first, with what each kept from being sent.
  package func list(endingAfter time: Instant?) async throws(PostgresError) -> [SilenceRecord] {
    try await silences(
      where: time.map { "ends_at > \(bind: $0.iso8601)::timestamptz" } ?? "true",
      counting: """
        (SELECT count(*) FROM bellwether.action
         WHERE action.tenant_id = silence.tenant_id AND outcome = 'skipped'
           AND action.reason = 'silence:' || silence.id)
        """)
  }

  /// Ends a silence at `now`, or before it began; `false` if it is over or was never there.
  package func expire(_ id: String, at now: Instant) async throws(PostgresError) -> Bool {
    let rows = try await connection.query(
      """
      UPDATE bellwether.silence SET ends_at = GREATEST(starts_at, \(bind: now.iso8601)::timestamptz)
      WHERE tenant_id = \(bind: tenant) AND id = \(bind: id)
        AND ends_at > GREATEST(starts_at, \(bind: now.iso8601)::timestamptz)
      RETURNING id
      """)
    return !rows.isEmpty
  }

  /// `skipped` is the number that each comes with: a run, which asks often, needs none.
  private func silences(
    where condition: SQL, counting skipped: SQL
  ) async throws(PostgresError) -> [SilenceRecord] {
    let rows = try await connection.query(
      """
      SELECT id, rule, entity, entity_key, tag, author, reason,
        (extract(epoch FROM starts_at) * 1000000)::bigint,
        (extract(epoch FROM ends_at) * 1000000)::bigint, \(skipped)
      FROM bellwether.silence
      WHERE tenant_id = \(bind: tenant) AND \(condition)
      ORDER BY starts_at, id
      """)
    return rows.map { row in
      SilenceRecord(
        silence: Silence(
          id: row[0] ?? "", rule: row[1], entity: row[2], entityKey: row[3], tag: row[4],
          author: row[5] ?? "", reason: row[6] ?? "",
          startsAt: Instant(microseconds: row[7].flatMap(Int64.init) ?? 0),
          endsAt: Instant(microseconds: row[8].flatMap(Int64.init) ?? 0)),
        skipped: row[9].flatMap(Int.init) ?? 0)
    }
  }
}

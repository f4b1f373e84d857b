package import Expressions
package import Postgres
package import SQLText

/// The history of fields that metric rules changed, and the records they could not, inside a
/// tenant's transaction.
package struct FieldChangeStore: Sendable {
  private let connection: Connection
  private let tenant: String
  private let run: UUIDv7

  /// Creates a store over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String, run: UUIDv7) {
    self.connection = connection
    self.tenant = tenant
    self.run = run
  }

  /// Carries out an update and keeps what it changed; returns how many rows and fields that were.
  ///
  /// `update` returns the `key` of each row and, as arrays in the order of `fields`, its texts
  /// `old` and `new`.
  package func record(
    _ update: SQL, of fields: [String], rule: String, entity: String, at time: Instant
  ) async throws(PostgresError) -> (rows: Int, fields: Int) {
    let counts = try await connection.query(
      """
      WITH changed AS (
        \(update)
      ), kept AS (
        INSERT INTO bellwether.field_change (tenant_id, run_id, rule, entity, entity_key, field,
          old, new, changed_at)
        SELECT \(bind: tenant), \(bind: run.description)::uuid, \(bind: rule), \(bind: entity), key,
          names.field, old[names.n], new[names.n], \(bind: time.iso8601)::timestamptz
        FROM changed, unnest(\(bind: fields)::text[]) WITH ORDINALITY AS names (field, n)
        WHERE old[names.n] IS DISTINCT FROM new[names.n]
        RETURNING 1
      )
      SELECT (SELECT count(*) FROM changed), (SELECT count(*) FROM kept)
      """)
    return (counts[0][0].flatMap(Int.init) ?? 0, counts[0][1].flatMap(Int.init) ?? 0)
  }

  /// Keeps the records of a rule that stayed as they were, with the reason of each.
  package func recordFailures(
    _ failures: [(key: String, reason: String)], rule: String
  ) async throws(PostgresError) {
    guard !failures.isEmpty else { return }
    _ = try await connection.query(
      """
      INSERT INTO bellwether.record_failure (tenant_id, run_id, rule, entity_key, reason)
      SELECT \(bind: tenant), \(bind: run.description)::uuid, \(bind: rule), key, reason
      FROM unnest(\(bind: failures.map(\.key))::text[], \(bind: failures.map(\.reason))::text[])
        AS failed (key, reason)
      ON CONFLICT DO NOTHING
      """)
  }
}

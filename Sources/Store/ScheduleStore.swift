import Expressions
package import Postgres
package import Rules
import SQLText

/// What became of a nominal time.
package enum FireOutcome: String, Sendable, Hashable, CaseIterable {
  case ran
  case failed
  case skippedOverlap = "skipped_overlap"
  case skippedCatchUp = "skipped_catchup"
  case skippedPaused = "skipped_paused"
}

/// A nominal time of a rule set.
package struct Fire: Sendable, Hashable {
  package var ruleSet: String
  package var time: NominalTime

  /// Creates a fire.
  package init(ruleSet: String, time: NominalTime) {
    self.ruleSet = ruleSet
    self.time = time
  }
}

/// The ledger of nominal times, inside a tenant's transaction.
package struct ScheduleStore: Sendable {
  private let connection: Connection
  private let tenant: String

  /// Creates a store over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String) {
    self.connection = connection
    self.tenant = tenant
  }

  /// The reading up to which each rule set is decided.
  package func cursors() async throws(PostgresError) -> [String: Int64] {
    let rows = try await connection.query(
      """
      SELECT rule_set, (extract(epoch FROM nominal) * 1000000)::bigint
      FROM bellwether.schedule_cursor WHERE tenant_id = \(bind: tenant)
      """)
    return rows.reduce(into: [:]) { cursors, row in
      cursors[row[0] ?? ""] = row[1].flatMap { Int64($0) }
    }
  }

  /// Moves a rule set's cursor forward, never back.
  package func advance(_ ruleSet: String, to reading: Int64) async throws(PostgresError) {
    let nominal = NominalTime(reading: reading, instant: Instant(microseconds: 0)).text
    try await connection.execute(
      """
      INSERT INTO bellwether.schedule_cursor (tenant_id, rule_set, nominal)
      VALUES (\(bind: tenant), \(bind: ruleSet), \(bind: nominal)::timestamp)
      ON CONFLICT (tenant_id, rule_set) DO UPDATE
      SET nominal = GREATEST(schedule_cursor.nominal, EXCLUDED.nominal)
      """)
  }

  /// The readings behind `reading` of which something is written already.
  package func decided(
    _ ruleSet: String, afterReading reading: Int64
  ) async throws(PostgresError) -> Set<Int64> {
    let nominal = NominalTime(reading: reading, instant: Instant(microseconds: 0)).text
    let rows = try await connection.query(
      """
      SELECT (extract(epoch FROM nominal) * 1000000)::bigint FROM bellwether.schedule_fire
      WHERE tenant_id = \(bind: tenant) AND rule_set = \(bind: ruleSet)
        AND nominal > \(bind: nominal)::timestamp
      """)
    return Set(rows.compactMap { $0[0].flatMap { Int64($0) } })
  }

  /// Writes what became of nominal times; those of which something is written stay as they are.
  ///
  /// Returns how many were new.
  @discardableResult
  package func record(
    _ times: [NominalTime], of ruleSet: String, _ outcome: FireOutcome, run: UUIDv7? = nil
  ) async throws(PostgresError) -> Int {
    guard !times.isEmpty else { return 0 }
    return try await connection.execute(
      """
      INSERT INTO bellwether.schedule_fire (tenant_id, rule_set, nominal, due_at, outcome, run_id)
      SELECT \(bind: tenant), \(bind: ruleSet), nominal, due_at, \(bind: outcome.rawValue),
        \(bind: run?.description)::uuid
      FROM unnest(\(bind: times.map(\.text))::timestamp[],
        \(bind: times.map(\.instant.iso8601))::timestamptz[]) AS time (nominal, due_at)
      ON CONFLICT DO NOTHING
      """)
  }
}

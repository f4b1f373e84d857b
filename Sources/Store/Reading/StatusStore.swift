package import Expressions
package import Postgres
import SQLText

/// How things stand for one tenant.
package struct TenantStatus: Sendable, Hashable {
  /// The last run of everything that runs together.
  package struct LastRun: Sendable, Hashable {
    package var job: String
    package var id: String
    package var startedAt: Instant
    package var outcome: String
    package var error: String?
  }

  /// A rule that is left out of runs, because its source has no fresh rows.
  package struct Stale: Sendable, Hashable {
    package var rule: String
    package var source: String
    package var since: Instant
  }

  package var lastRuns: [LastRun]
  package var waiting: Int
  package var oldestSeconds: Double

  /// Deliveries that were given up in the last day.
  package var dead: Int
  package var held: Int
  package var silences: Int
  package var stale: [Stale]
}

/// What the directory of work says about all tenants together.
package struct WorkStatus: Sendable, Hashable {
  package var schemaVersion: Int
  package var dueSchedules: Int

  /// For how long the first of them has been due and nobody has taken it.
  package var overdueSeconds: Double
  package var overdueDeliverySeconds: Double
}

/// How things stand.
package enum StatusStore {
  /// What the directory says.
  package static func work(on connection: Connection) async throws(PostgresError) -> WorkStatus {
    let row = try await connection.query(
      """
      SELECT (SELECT max(version) FROM bellwether.schema_migration),
        count(*) FILTER (WHERE kind = 'schedule' AND next_due <= now()),
        coalesce(max(extract(epoch FROM now() - next_due)) FILTER (
          WHERE kind = 'schedule' AND next_due <= now()
            AND (leased_until IS NULL OR leased_until <= now())), 0),
        coalesce(max(extract(epoch FROM now() - next_due)) FILTER (
          WHERE kind = 'delivery' AND next_due <= now()), 0)
      FROM bellwether.tenant_work
      """)[0]
    return WorkStatus(
      schemaVersion: row[0].flatMap { Int($0) } ?? 0, dueSchedules: row[1].flatMap { Int($0) } ?? 0,
      overdueSeconds: row[2].flatMap { Double($0) } ?? 0,
      overdueDeliverySeconds: row[3].flatMap { Double($0) } ?? 0)
  }

  /// One tenant's part, inside its transaction.
  package static func tenant(
    _ tenant: String, on connection: Connection
  ) async throws(PostgresError) -> TenantStatus {
    let runs = try await connection.query(
      """
      SELECT DISTINCT ON (rule_set) rule_set, id,
        (extract(epoch FROM started_at) * 1000000)::bigint, outcome, error
      FROM bellwether.run WHERE tenant_id = \(bind: tenant)
      ORDER BY rule_set, started_at DESC
      """)
    let counts = try await connection.query(
      """
      SELECT
        (SELECT count(*) FROM bellwether.delivery WHERE tenant_id = \(bind: tenant)
          AND state = 'dead' AND finished_at > now() - interval '1 day'),
        (SELECT count(*) FROM bellwether.action WHERE tenant_id = \(bind: tenant)
          AND outcome = 'held'),
        (SELECT count(*) FROM bellwether.silence WHERE tenant_id = \(bind: tenant)
          AND starts_at <= now() AND ends_at > now())
      """)[0]
    let stale = try await connection.query(
      """
      SELECT rule, source, (extract(epoch FROM stale_since) * 1000000)::bigint
      FROM bellwether.rule_freshness
      WHERE tenant_id = \(bind: tenant) AND stale_since IS NOT NULL ORDER BY rule
      """)
    let depth = try await OutboxStore.depth(tenant: tenant, on: connection)
    func time(_ text: String?) -> Instant {
      Instant(microseconds: text.flatMap { Int64($0) } ?? 0)
    }
    return TenantStatus(
      lastRuns: runs.map { row in
        TenantStatus.LastRun(
          job: row[0] ?? "", id: row[1] ?? "", startedAt: time(row[2]), outcome: row[3] ?? "",
          error: row[4])
      },
      waiting: depth.count, oldestSeconds: depth.oldestSeconds,
      dead: counts[0].flatMap { Int($0) } ?? 0, held: counts[1].flatMap { Int($0) } ?? 0,
      silences: counts[2].flatMap { Int($0) } ?? 0,
      stale: stale.map { row in
        TenantStatus.Stale(rule: row[0] ?? "", source: row[1] ?? "", since: time(row[2]))
      })
  }
}

package import Expressions
package import Postgres
import SQLText

/// How fresh rules found their sources, inside a tenant's transaction.
package struct FreshnessStore: Sendable {
  private let connection: Connection
  private let tenant: String

  /// Creates a store over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String) {
    self.connection = connection
    self.tenant = tenant
  }

  /// What a run found for one rule.
  package struct Finding: Sendable, Hashable {
    package var rule: String
    package var source: String
    package var isFresh: Bool

    /// Creates a finding.
    package init(rule: String, source: String, isFresh: Bool) {
      self.rule = rule
      self.source = source
      self.isFresh = isFresh
    }
  }

  /// Writes what a run at `now` found and returns the rules for which a stale spell begins.
  ///
  /// What a later run has found stays, and a repeat begins nothing.
  package func record(
    _ findings: [Finding], at now: Instant
  ) async throws(PostgresError) -> Set<String> {
    guard !findings.isEmpty else { return [] }
    let time = now.iso8601
    let rows = try await connection.query(
      """
      INSERT INTO bellwether.rule_freshness AS known (tenant_id, rule, source, checked_at,
        stale_since)
      SELECT \(bind: tenant), rule, source, \(bind: time)::timestamptz,
        CASE WHEN NOT is_fresh THEN \(bind: time)::timestamptz END
      FROM unnest(
        \(bind: findings.map(\.rule))::text[], \(bind: findings.map(\.source))::text[],
        \(bind: findings.map { $0.isFresh ? "true" : "false" })::boolean[]
      ) AS found (rule, source, is_fresh)
      ON CONFLICT (tenant_id, rule) DO UPDATE SET
        source = excluded.source, checked_at = excluded.checked_at,
        stale_since = CASE WHEN excluded.stale_since IS NOT NULL
          THEN coalesce(known.stale_since, excluded.stale_since) END
      WHERE known.checked_at < excluded.checked_at
      RETURNING rule, stale_since = checked_at
      """)
    return Set(rows.filter { $0[1] == "t" }.compactMap { $0[0] })
  }
}

package import Expressions
package import Postgres
import SQLText

/// Rules that more match than they expect, inside a tenant's transaction.
///
/// A spell lasts from the first run that held actions for it to the first run that found no more
/// than expected; the owner is told once in each.
package struct OverflowStore: Sendable {
  private let connection: Connection
  private let tenant: String

  /// Creates a store over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String) {
    self.connection = connection
    self.tenant = tenant
  }

  /// Begins spells, and returns the rules that were not in one.
  package func begin(
    _ rules: [String], at now: Instant
  ) async throws(PostgresError) -> Set<String> {
    guard !rules.isEmpty else { return [] }
    let rows = try await connection.query(
      """
      INSERT INTO bellwether.overflow_spell (tenant_id, rule, since)
      SELECT \(bind: tenant), rule, \(bind: now.iso8601)::timestamptz
      FROM unnest(\(bind: rules)::text[]) AS begun (rule)
      ON CONFLICT (tenant_id, rule) DO NOTHING
      RETURNING rule
      """)
    return Set(rows.compactMap { $0[0] })
  }

  /// Ends the spells of rules.
  package func end(_ rules: [String]) async throws(PostgresError) {
    guard !rules.isEmpty else { return }
    try await connection.execute(
      """
      DELETE FROM bellwether.overflow_spell
      WHERE tenant_id = \(bind: tenant) AND rule = ANY(\(bind: rules)::text[])
      """)
  }
}

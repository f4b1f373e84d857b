package import Expressions
package import Postgres
import SQLText

/// What calendar windows have granted, inside a tenant's transaction.
///
/// Exact because every run of a tenant holds the tenant's run lock.
package struct LimitStore: Sendable {
  /// Whose budget a grant is taken from.
  package enum Scope: String, Sendable, Hashable { case rule, recipient }

  private let connection: Connection
  private let tenant: String

  /// Creates a store over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String) {
    self.connection = connection
    self.tenant = tenant
  }

  /// What each subject has used of the window that starts at `start`.
  package func used(
    _ scope: Scope, of subjects: [String], windowStart start: Instant
  ) async throws(PostgresError) -> [String: Int] {
    guard !subjects.isEmpty else { return [:] }
    let rows = try await connection.query(
      """
      SELECT subject, used FROM bellwether.limit_window
      WHERE tenant_id = \(bind: tenant) AND scope = \(bind: scope.rawValue)
        AND subject = ANY(\(bind: subjects)::text[])
        AND window_start = \(bind: start.iso8601)::timestamptz
      """)
    return rows.reduce(into: [:]) { used, row in
      if let subject = row[0] { used[subject] = row[1].flatMap(Int.init) ?? 0 }
    }
  }

  /// Adds grants to the window that starts at `start`.
  package func add(
    _ grants: [String: Int], to scope: Scope, windowStart start: Instant
  ) async throws(PostgresError) {
    let grants = grants.filter { $0.value > 0 }.sorted { $0.key < $1.key }
    guard !grants.isEmpty else { return }
    _ = try await connection.query(
      """
      INSERT INTO bellwether.limit_window (tenant_id, scope, subject, window_start, used)
      SELECT \(bind: tenant), \(bind: scope.rawValue), subject,
        \(bind: start.iso8601)::timestamptz, used
      FROM unnest(\(bind: grants.map(\.key))::text[], \(bind: grants.map { "\($0.value)" })::int[])
        AS granted (subject, used)
      ON CONFLICT (tenant_id, scope, subject, window_start)
      DO UPDATE SET used = limit_window.used + excluded.used
      """)
  }
}

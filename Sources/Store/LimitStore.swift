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

  /// A subject's calendar window.
  package struct Key: Sendable, Hashable {
    package var scope: Scope
    package var subject: String
    package var windowStart: Instant

    /// Creates a key.
    package init(scope: Scope, subject: String, windowStart: Instant) {
      self.scope = scope
      self.subject = subject
      self.windowStart = windowStart
    }
  }

  /// What has been used of each window; those that nothing was taken of are left out.
  package func used(_ windows: Set<Key>) async throws -> [Key: Int] {
    guard !windows.isEmpty else { return [:] }
    // No temporary table: this is asked for in sessions that may only read, too.
    let asked = Array(windows)
    return try await connection.copyOut(
      """
      SELECT scope, subject, window_start, used FROM bellwether.limit_window
      JOIN unnest(
        \(bind: asked.map(\.scope.rawValue))::text[], \(bind: asked.map(\.subject))::text[],
        \(bind: asked.map(\.windowStart.iso8601))::timestamptz[]
      ) AS asked (scope, subject, window_start) USING (scope, subject, window_start)
      WHERE tenant_id = \(bind: tenant)
      """, into: [:]
    ) { (used: inout [Key: Int], bytes) in
      var row = CopyRow(bytes)
      guard let scope = row.text().flatMap(Scope.init), let subject = row.text(),
        let start = row.unixMicroseconds()
      else { return }
      let key = Key(
        scope: scope, subject: subject, windowStart: Instant(microseconds: start))
      used[key] = row.integer(Int32.self).map { Int($0) }
    }
  }

  /// Adds grants to their windows.
  package func add(_ grants: [Key: Int]) async throws(PostgresError) {
    let grants = grants.filter { $0.value > 0 }
    guard !grants.isEmpty else { return }
    var rows = CopyBuffer(columnCount: 4)
    for (window, granted) in grants {
      rows.beginRow()
      rows.append(window.scope.rawValue)
      rows.append(window.subject)
      rows.append(unixMicroseconds: window.windowStart.microseconds)
      rows.append(Int32(granted))
    }
    let staging = StagingTable(
      "limit_grant",
      columns: "scope text, subject text, window_start timestamptz, granted integer")
    try await staging.fill(rows, on: connection)
    try await connection.execute(
      """
      INSERT INTO bellwether.limit_window (tenant_id, scope, subject, window_start, used)
      SELECT \(bind: tenant), scope, subject, window_start, granted FROM \(staging.name)
      ON CONFLICT (tenant_id, scope, subject, window_start)
      DO UPDATE SET used = limit_window.used + excluded.used
      """)
  }
}

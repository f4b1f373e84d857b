package import Rules
package import SQLText

/// The query that asks when rows of a source last arrived: one row with one time, or NULL.
package struct LoadedAtQuery: Sendable {
  /// What to send, in a session of the tenant's zone.
  package let query: SQL

  /// Asks for one tenant, or for everybody where there are none; `nil` for a source that cannot
  /// tell.
  package init?(_ source: Source, tenant: String?) {
    guard let loadedAt = source.loadedAt else { return nil }
    var conditions: [SQL] = []
    if let column = source.tenant, let tenant {
      conditions.append("\(SQL(trusted: bracketed(column))) = \(bind: tenant)")
    }
    if let filter = source.filter { conditions.append("(\(SQL(trusted: filter)))") }
    var query: SQL =
      "SELECT (\(SQL(trusted: loadedAt)))::timestamptz AS loaded_at FROM \(SQL(trusted: source.from))"
    if !conditions.isEmpty { query += " WHERE \(conditions.joined(separator: " AND "))" }
    self.query = query
  }
}

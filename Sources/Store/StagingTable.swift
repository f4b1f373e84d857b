package import Postgres
package import SQLText

/// A temporary table that rows pass through on their way to tables that take no COPY, because
/// row-level security guards them.
///
/// It is made once in a session and emptied by every commit, since to make one takes longer than
/// to fill it.
package struct StagingTable: Sendable {
  /// The table as statements name it.
  package let name: SQL
  private let columns: SQL

  /// Describes a table; `name` is that of an identifier, `columns` its names and types.
  package init(_ name: String, columns: SQL) {
    // A business's table of the same name must stay in sight.
    self.name = "pg_temp.\(identifier: "bellwether_\(name)")"
    self.columns = columns
  }

  /// Replaces what the table holds, inside the caller's transaction.
  package func fill(
    _ rows: consuming CopyBuffer, on connection: Connection
  ) async throws(PostgresError) {
    try await connection.execute(
      "CREATE TEMP TABLE IF NOT EXISTS \(name) (\(columns)) ON COMMIT DELETE ROWS")
    let deleted = try await connection.execute("DELETE FROM \(name)")
    // Rows deleted in this transaction stay in the file, and every statement would read past them.
    if deleted > 1000 { try await connection.execute("TRUNCATE \(name)") }
    try await connection.copyIn(name, rows: rows)
  }
}

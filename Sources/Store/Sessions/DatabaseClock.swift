package import Expressions
package import Postgres
import SQLText

/// The database's clock, the only one that stored times are compared with.
package struct DatabaseClock: Sendable {
  private let connection: Connection

  /// Creates a clock over one session.
  package init(connection: Connection) { self.connection = connection }

  /// The time at the server, which goes on within a transaction.
  package func now() async throws(PostgresError) -> Instant {
    let rows = try await connection.query(
      "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    guard let text = rows.first?.first ?? nil, let microseconds = Int64(text) else {
      preconditionFailure("the query selects one bigint")
    }
    return Instant(microseconds: microseconds)
  }
}

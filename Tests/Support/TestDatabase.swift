import Foundation
package import Postgres
import SQLText

/// A database that one test has to itself.
package struct TestDatabase: Sendable {
  /// Connects to the database, as a superuser unless `TEST_DATABASE_URL` says otherwise.
  package let url: String

  /// A session of it, for tests that need one only.
  package let connection: Connection

  /// Opens another session.
  package func connect() async throws -> Connection { try await Connection.open(url) }

  /// Makes a role that row-level security holds for, gives it rights on what a migrated or
  /// otherwise filled schema holds now, and returns the connection string to act as it.
  package func url(asRoleWithRightsOn schemas: [String]) async throws -> String {
    let rows = try await connection.query("SELECT current_database()")
    let name = rows.first?.first.flatMap(\.self) ?? ""
    let role = name + "_app"
    let grants = schemas.map { schema in
      """
      GRANT USAGE ON SCHEMA \(schema) TO \(role);
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \(schema) TO \(role);
      """
    }
    try await connection.execute(script: "CREATE ROLE \(role);" + grants.joined())
    return try connectionString(url, database: name, role: role)
  }
}

/// Runs `body` with a database that is new, and drops the database afterwards.
///
/// ```swift
/// @Test("keeps what it was told") func keeps() async throws {
///   try await withTestDatabase { database in
///     try await Migrator.migrate(database.connection)
///     …
///   }
/// }
/// ```
/// Takes a tenth of a second, and more for the first test of a process, which starts the server.
/// Eight are in use at once and other tests wait, so tests that need two at a time must be few.
@discardableResult
package func withTestDatabase<Result: Sendable>(
  _ body: (TestDatabase) async throws -> Result
) async throws -> Result {
  let server = try await TestServer.shared
  return try await server.admins.withConnection { admin in
    let name = "test_\(UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: ""))"
    // Quicker than the log for a database this small, and unknown to servers before 15.
    let version = try await admin.query("SHOW server_version_num")
    let isRecent = (version.first?.first?.flatMap { Int($0) } ?? 0) >= 150_000
    try await admin.execute(
      script: "CREATE DATABASE \(name)" + (isRecent ? " STRATEGY file_copy" : ""))
    let outcome: Swift.Result<Result, any Error>
    do {
      let url = try connectionString(server.url, database: name)
      let database = TestDatabase(url: url, connection: try await Connection.open(url))
      outcome = .success(try await body(database))
    } catch {
      outcome = .failure(error)
    }
    try await admin.execute(script: "DROP DATABASE \(name) WITH (FORCE)")
    try await admin.execute(script: "DROP ROLE IF EXISTS \(name)_app")
    return try outcome.get()
  }
}

import Foundation
import Postgres
import SQLText
import Support
import Testing

@testable import Store

@Suite("The migrator")
struct MigratorTests {
  @Test("makes the engine's tables in a schema of their own, once")
  func migrates() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      let before = try await connection.query("SHOW search_path")
      let applied = try await Migrator.migrate(connection)
      #expect(applied == Migrator.migrations.map(\.name))
      #expect(try await Migrator.migrate(connection) == [])
      #expect(try await connection.query("SHOW search_path") == before)

      let strays = try await connection.query(
        """
        SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname NOT IN ('bellwether', 'pg_catalog', 'information_schema', 'pg_toast')
        """)
      #expect(strays == [])
      let unprotected = try await connection.query(
        """
        SELECT c.relname FROM pg_class c
        WHERE relnamespace = 'bellwether'::regnamespace AND relkind = 'r'
          AND NOT (relrowsecurity AND relforcerowsecurity)
        ORDER BY relname
        """)
      #expect(unprotected == [["schema_migration"], ["tenant_work"]])
    }
  }

  @Test("lets many processes migrate at once")
  func concurrent() async throws {
    try await withTestDatabase { database in
      let applied = try await withThrowingTaskGroup(of: [String].self) { group in
        for _ in 0..<8 {
          group.addTask { try await Migrator.migrate(Connection.open(database.url)) }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(applied.sorted() == Migrator.migrations.map(\.name).sorted())
    }
  }

  @Test("refuses tables that a newer release made")
  func newer() async throws {
    try await withTestDatabase { database in
      try await Migrator.migrate(database.connection)
      try await database.connection.execute(
        "INSERT INTO bellwether.schema_migration VALUES (900, 'v0900_later', '')")
      let known = try #require(Migrator.migrations.map(\.version).max())
      await #expect(throws: MigrationError.newerSchema(version: 900, known: known)) {
        try await Migrator.migrate(database.connection)
      }
    }
  }

  @Test("refuses a migration that was changed after it ran")
  func changed() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      let first = Migrator.Migration(version: 1, name: "v0001", script: "CREATE TABLE a ()")
      let other = Migrator.Migration(version: 1, name: "v0001", script: "CREATE TABLE b ()")
      let applied = try await Migrator.migrate(connection, with: [first])
      #expect(applied == ["v0001"])
      await #expect(throws: MigrationError.changed(name: "v0001")) {
        try await Migrator.migrate(connection, with: [other])
      }
    }
  }

  @Test("keeps what came before a script that fails, and nothing of that script")
  func failing() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      let scripts = ["CREATE TABLE a ()", "CREATE TABLE b (); SELECT 1 / 0", "CREATE TABLE c ()"]
      var migrations = scripts.enumerated().map { index, script in
        Migrator.Migration(version: index + 1, name: "v\(index + 1)", script: script)
      }
      await #expect(throws: PostgresError.self) {
        try await Migrator.migrate(connection, with: migrations)
      }
      let tables: SQL = """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'bellwether'::regnamespace AND relkind = 'r' ORDER BY relname
        """
      let kept = try await connection.query(tables)
      #expect(kept == [["a"], ["schema_migration"]])

      migrations[1].script = "CREATE TABLE b ()"
      #expect(try await Migrator.migrate(connection, with: migrations) == ["v2", "v3"])
    }
  }

  @Test("knows every script in its folder, in order")
  func complete() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/Store/Migrations")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let names = files.map { $0.replacingOccurrences(of: ".sql", with: "") }.sorted()
    #expect(Migrator.migrations.map(\.name) == names)
    for migration in Migrator.migrations {
      #expect(migration.name.hasPrefix("v\(String("0000\(migration.version)".suffix(4)))_"))
    }
  }
}

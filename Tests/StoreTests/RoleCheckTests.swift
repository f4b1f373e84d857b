import Postgres
import SQLText
import Store
import Support
import Testing

@Suite("The check of the database role")
struct RoleCheckTests {
  @Test("passes a role that was granted the tables, which can then migrate nothing")
  func granted() async throws {
    try await withTestDatabase { database in
      try await Migrator.migrate(database.connection)
      let url = try await database.url(asRoleWithRightsOn: [])
      let app = try await Connection.open(url)
      let role = try await name(of: app)
      await #expect(throws: PostgresError.self) { try await Migrator.migrate(app) }

      try await RoleCheck.grant(to: role, on: database.connection)
      try await RoleCheck.requireRowSecurity(on: app)
      #expect(try await Migrator.migrate(app) == [])
      await #expect(throws: PostgresError.self) {
        try await app.execute("DELETE FROM bellwether.schema_migration")
      }
    }
  }

  static let unfit: [(change: String, fault: @Sendable (String) -> RoleFault)] = [
    ("ALTER ROLE %I SUPERUSER", RoleFault.superuser),
    ("ALTER ROLE %I BYPASSRLS", RoleFault.bypassesRowSecurity),
    ("ALTER TABLE bellwether.run OWNER TO %I", RoleFault.ownsTables),
  ]

  @Test("refuses a role that row-level security would not hold for", arguments: unfit)
  func refused(_ example: (change: String, fault: @Sendable (String) -> RoleFault)) async throws {
    try await withTestDatabase { database in
      try await Migrator.migrate(database.connection)
      let url = try await database.url(asRoleWithRightsOn: ["bellwether"])
      let role = try await name(of: Connection.open(url))
      let change = try await database.connection.query(
        "SELECT format(\(bind: example.change), \(bind: role)::text)")
      try await database.connection.execute(script: change[0][0] ?? "")
      let app = try await Connection.open(url)
      await #expect(throws: example.fault(role)) {
        try await RoleCheck.requireRowSecurity(on: app)
      }
    }
  }

  private func name(of connection: Connection) async throws -> String {
    let rows = try await connection.query("SELECT current_user")
    return try #require(rows[0][0])
  }
}

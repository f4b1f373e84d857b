import Postgres
import SQLText
import Store
import Support
import Testing

@Suite("The reference schema")
struct ReferenceSchemaTests {
  @Test("may be installed again and then still has its rows")
  func idempotent() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      try await ReferenceSchema.install(on: connection)
      try await connection.execute("INSERT INTO tenant (slug, name) VALUES ('acme', 'Acme')")
      try await ReferenceSchema.install(on: connection)
      #expect(try await connection.query("SELECT slug FROM tenant") == [["acme"]])
    }
  }

  @Test("forces row-level security, with an index to serve it, on every tenant's table")
  func protected() async throws {
    try await withTestDatabase { database in
      try await ReferenceSchema.install(on: database.connection)
      let tables = try await database.connection.query(
        """
        SELECT c.relname, relrowsecurity AND relforcerowsecurity,
          (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) = 1,
          (SELECT bool_and(a.attname = 'tenant_id') FROM pg_index i JOIN pg_attribute a
            ON a.attrelid = c.oid AND a.attnum = i.indkey[0] WHERE i.indrelid = c.oid)
        FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        ORDER BY relname
        """)
      #expect(tables.count == 11)
      for table in tables where table[0] != "tenant" {
        #expect(table.dropFirst().allSatisfy { $0 == "t" }, "\(table)")
      }
    }
  }

  @Test("shows a session the rows of the tenant it named and of no other")
  func isolated() async throws {
    try await withTestDatabase { database in
      let owner = database.connection
      try await ReferenceSchema.install(on: owner)
      let tenants = try await owner.query(
        """
        INSERT INTO tenant (slug, name) VALUES ('a', 'A'), ('b', 'B') RETURNING id
        """
      ).compactMap { $0[0] }
      for tenant in tenants {
        try await owner.execute(
          "INSERT INTO product (tenant_id, name, category) VALUES (\(bind: tenant)::uuid, 'x', 'y')"
        )
      }
      let url = try await database.url(asRoleWithRightsOn: ["public"])
      let app = try await Connection.open(url)
      #expect(try await app.query("SELECT count(*) FROM product") == [["0"]])
      for tenant in tenants {
        let seen = try await TenantSession.inTenant(tenant, on: app) { app in
          try await app.query("SELECT tenant_id FROM product")
        }
        #expect(seen == [[tenant]])
      }
      // After a transaction the setting is an empty text, which names nobody either.
      #expect(try await app.query("SELECT count(*) FROM product") == [["0"]])
      await #expect(throws: PostgresError.self) {
        try await TenantSession.inTenant(tenants[0], on: app) { app in
          try await app.execute(
            """
            INSERT INTO product (tenant_id, name, category)
            VALUES (\(bind: tenants[1])::uuid, 'x', 'y')
            """)
        }
      }
    }
  }
}

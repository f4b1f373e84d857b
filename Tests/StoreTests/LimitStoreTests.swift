import Expressions
import Postgres
import SQLText
import Store
import Support
import Testing

@Suite("The limit store")
struct LimitStoreTests {
  private static let clients = 32

  /// Runs `body` on 32 sessions at once, as a role that row-level security holds for, and returns
  /// the sum of what they were given.
  private func together(
    _ database: TestDatabase, _ body: @escaping @Sendable (LimitStore) async throws -> Int
  ) async throws -> Int {
    let url = try await database.url(asRoleWithRightsOn: ["bellwether"])
    return try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<Self.clients {
        group.addTask {
          let connection = try await Connection.open(url)
          var granted = 0
          for _ in 0..<12 {
            granted += try await TenantSession.inTenant("acme", on: connection) { connection in
              try await body(LimitStore(connection: connection, tenant: "acme"))
            }
          }
          await connection.close()
          return granted
        }
      }
      return try await group.reduce(0, +)
    }
  }

  @Test("gives 32 clients of one bucket no more than it held and what flowed in")
  func bucket() async throws {
    try await withTestDatabase { database in
      try await Migrator.migrate(database.connection)
      let bucket = TokenBucket(capacity: 40, perSecond: 25)
      let clock = DatabaseClock(connection: database.connection)
      let start = try await clock.now()
      let granted = try await together(database) {
        try await $0.take(3, fromBucket: "crm", bucket).count
      }
      let end = try await clock.now()
      let seconds = Double(end.microseconds - start.microseconds) / 1_000_000
      #expect(granted >= 40, "384 asked for three each")
      #expect(Double(granted) <= 40 + 25 * seconds, "\(granted) in \(seconds) s")
    }
  }

  @Test("admits exactly a calendar window's capacity to 32 clients at once")
  func window() async throws {
    try await withTestDatabase { database in
      try await Migrator.migrate(database.connection)
      let start = try #require(Instant("2026-03-01T00:00:00Z", in: .utc))
      let window = LimitStore.Key(scope: .tenant, subject: "day", windowStart: start)
      let granted = try await together(database) {
        try await $0.take(1, from: window, capacity: 101)
      }
      #expect(granted == 101)
      let used = try await database.connection.query("SELECT used FROM bellwether.limit_window")
      #expect(used == [["101"]])
    }
  }

  @Test("does not let a bucket's clock go back, nor fill it twice for the same time")
  func clock() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      try await Migrator.migrate(connection)
      let bucket = TokenBucket(capacity: 10, perSecond: 1000)
      let store = LimitStore(connection: connection, tenant: "acme")
      let first = try await store.take(4, fromBucket: "crm", bucket)
      #expect(first == TokenGrant(count: 4, level: 6))
      // As a statement that began later than ours, and was quicker, leaves it.
      try await connection.execute(
        script: """
          UPDATE bellwether.token_bucket SET level = 2.5, updated_at = now() + interval '1 hour'
          """)
      let before = try await connection.query("SELECT updated_at FROM bellwether.token_bucket")
      let second = try await store.take(9, fromBucket: "crm", bucket)
      #expect(second == TokenGrant(count: 2, level: 0.5))
      #expect(try await store.take(1, fromBucket: "crm", bucket).count == 0)
      let after = try await connection.query("SELECT updated_at FROM bellwether.token_bucket")
      #expect(after == before)
      // An hour fills it, and no further than its brim.
      try await connection.execute(
        script: "UPDATE bellwether.token_bucket SET updated_at = now() - interval '1 hour'")
      #expect(try await store.take(100, fromBucket: "crm", bucket).count == 10)
    }
  }

  @Test("knows when a bucket has enough again")
  func wait() {
    let bucket = TokenBucket(capacity: 10, perSecond: 4)
    #expect(bucket.wait(for: 1, at: 0.5) == .milliseconds(125))
    #expect(bucket.wait(for: 3, at: 0) == .milliseconds(750))
    #expect(bucket.wait(for: 1, at: 2) == .zero)
  }

  @Test("keeps the buckets of tenants apart")
  func tenants() async throws {
    try await withTestDatabase { database in
      try await Migrator.migrate(database.connection)
      let url = try await database.url(asRoleWithRightsOn: ["bellwether"])
      let connection = try await Connection.open(url)
      for tenant in ["acme", "other"] {
        let grant = try await TenantSession.inTenant(tenant, on: connection) { connection in
          try await LimitStore(connection: connection, tenant: tenant)
            .take(5, fromBucket: "crm", TokenBucket(capacity: 3, perSecond: 0.001))
        }
        #expect(grant.count == 3)
      }
      await connection.close()
    }
  }
}

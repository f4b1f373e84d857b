import Expressions
import Postgres
import SQLText
import Store
import Support
import Testing

@Suite("A tenant's session")
struct TenantSessionTests {
  struct Refused: Error {}

  @Test("sees and writes its own tenant's rows only", arguments: ["acme", "o'neil \\ co", "ü"])
  func isolation(_ tenant: String) async throws {
    try await withTestDatabase { database in
      try await Migrator.migrate(database.connection)
      let url = try await database.url(asRoleWithRightsOn: ["bellwether"])
      let app = try await Connection.open(url)
      for name in [tenant, "other"] {
        try await TenantSession.inTenant(name, on: app) { connection in
          try await insertAlert(of: name, on: connection)
        }
      }
      let seen = try await TenantSession.inTenant(tenant, on: app) { connection in
        try await connection.query("SELECT tenant_id FROM bellwether.alert")
      }
      #expect(seen == [[tenant]])
      let unseen = try await app.query("SELECT tenant_id FROM bellwether.alert")
      #expect(unseen == [])

      await #expect(throws: PostgresError.self) {
        try await TenantSession.inTenant(tenant, on: app) { connection in
          try await insertAlert(of: "victim", on: connection)
        }
      }
    }
  }

  @Test("reads dates in its tenant's zone, and leaves nothing behind")
  func zone() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      let settings: SQL = """
        SELECT date '2026-07-01'::timestamptz AT TIME ZONE 'UTC',
          NULLIF(current_setting('bellwether.tenant_id', true), '')
        """
      let before = try await connection.query(settings)
      let during = try await TenantSession.inTenant(
        "acme", zone: "Asia/Kathmandu", on: connection
      ) { try await $0.query(settings) }
      #expect(during == [["2026-06-30 18:15:00", "acme"]])
      await #expect(throws: Refused.self) {
        try await TenantSession.inTenant("acme", on: connection) { _ in throw Refused() }
      }
      #expect(try await connection.query(settings) == before)
    }
  }

  @Test("runs a transaction again until it meets no conflict")
  func retries() async throws {
    try await withTestDatabase { database in
      try await database.connection.execute(
        script: "CREATE TABLE counter (n int); INSERT INTO counter VALUES (0)")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask {
            let connection = try await database.connect()
            try await TenantSession.retryingConflicts(atMost: 50) {
              try await connection.transaction { connection in
                try await connection.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
                let rows = try await connection.query("SELECT n FROM counter")
                let next = (rows[0][0].flatMap { Int($0) } ?? 0) + 1
                try await connection.execute("UPDATE counter SET n = \(bind: next)::int")
              }
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await database.connection.query("SELECT n FROM counter") == [["4"]])
    }
  }

  @Test(
    "gives up on a conflict that stays, and at once on anything else",
    arguments: [
      (PostgresError.Kind.conflict, 3), (.statement, 1), (.unavailable, 1), (.constraint("c"), 1),
    ])
  func givesUp(kind: PostgresError.Kind, calls: Int) async throws {
    var count = 0
    await #expect(throws: PostgresError(kind: kind, message: "")) {
      try await TenantSession.retryingConflicts(atMost: 3) {
        count += 1
        throw PostgresError(kind: kind, message: "")
      }
    }
    #expect(count == calls)
  }

  private func insertAlert(of tenant: String, on connection: Connection) async throws {
    try await connection.execute(
      """
      INSERT INTO bellwether.alert (tenant_id, rule, entity, entity_key, label, state, episode,
        streak, condition_hash, last_observed_at)
      VALUES (\(bind: tenant), 'r', 'e', 'k', '', 'open', 1, 0, '', now())
      """)
  }
}

@Suite("The database's clock")
struct DatabaseClockTests {
  @Test("goes on, also within a transaction")
  func now() async throws {
    try await withTestDatabase { database in
      let clock = DatabaseClock(connection: database.connection)
      let (first, second) = try await database.connection.transaction { connection in
        let first = try await clock.now()
        try await connection.execute("SELECT pg_sleep(0.001)")
        return (first, try await clock.now())
      }
      #expect(first < second)
      #expect(first.microseconds > 1_700_000_000_000_000)
    }
  }
}

@Suite("A UUIDv7")
struct UUIDv7Tests {
  @Test("is a UUID to PostgreSQL, and sorts by its time")
  func sorts() async throws {
    var generator = SeededGenerator(seed: 7)
    let ids = (0..<200).map { step in
      UUIDv7(unixMilliseconds: 1_795_478_400_000 + Int64(step), using: &generator)
    }
    #expect(Set(ids).count == ids.count)
    let texts = ids.map(\.description)
    #expect(texts == texts.sorted())
    #expect(texts.allSatisfy { $0.contains(/^01a[0-9a-f]{5}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/) })
    try await withTestDatabase { database in
      let rows = try await database.connection.query(
        "SELECT id FROM unnest(\(bind: texts)::uuid[]) AS id ORDER BY id")
      #expect(rows == texts.map { [$0] })
    }
  }

  @Test(
    "is read back from its text, and nothing else is",
    arguments: [
      ("01890a5d-ac96-774b-bcce-b302099a8057", true),
      ("01890A5D-AC96-774B-BCCE-B302099A8057", true),
      ("01890a5dac96774bbcceb302099a8057", false), ("", false),
      ("01890a5d-ac96-774b-bcce-b302099a805", false),
      ("0189 a5d-ac96-774b-bcce-b302099a8057", false),
      ("+1890a5d-ac96-774b-+cce-b302099a8057", false),
    ])
  func reads(text: String, isID: Bool) {
    #expect(UUIDv7(text)?.description == (isID ? text.lowercased() : nil))
  }

  @Test("is copied as its words")
  func copies() async throws {
    let id = UUIDv7(at: Instant(microseconds: 1_795_478_400_000_000))
    try await withTestDatabase { database in
      try await database.connection.execute("CREATE TABLE t (id uuid)")
      var rows = CopyBuffer(columnCount: 1)
      rows.beginRow()
      rows.append(uuid: id.words)
      try await database.connection.copyIn("t", rows: rows)
      let read = try await database.connection.query("TABLE t")
      #expect(read == [[id.description]])
    }
  }
}

import Postgres
import SQLText
import Support
import Testing

@Suite("A connection")
struct ConnectionTests {
  @Test("binds arguments and reads rows")
  func query() async throws {
    try await withTestDatabase { database in
      let texts = ["", "a'b", #"back\slash"#, "ünï 🍷", "{\"a\": 1}"]
      let missing: String? = nil
      let rows = try await database.connection.query(
        """
        SELECT \(bind: 41)::int + 1, NULL, \(bind: missing)::text, \(bind: true)::bool,
          \(bind: texts)::text[] = ARRAY['', 'a''b', \(bind: texts[2]), 'ünï 🍷', '{"a": 1}']
        """)
      #expect(rows == [["42", nil, nil, "t", "t"]])
    }
  }

  @Test("counts the rows a statement touched")
  func execute() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      try await connection.execute(script: "CREATE TABLE t (id int); SELECT 1; SELECT 2")
      let count = try await connection.execute("INSERT INTO t SELECT generate_series(1, 7)")
      #expect(count == 7)
      let fewer = try await connection.execute("UPDATE t SET id = 0 WHERE id > \(bind: 5)::int")
      #expect(fewer == 2)
      try await connection.execute("TRUNCATE t")
    }
  }

  @Test("reads dates and intervals alike, whatever the database's own style")
  func styles() async throws {
    try await withTestDatabase { database in
      try await database.connection.execute(
        script: """
          DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I SET DateStyle = German', current_database());
            EXECUTE format('ALTER DATABASE %I SET IntervalStyle = iso_8601', current_database());
          END $$
          """)
      let rows = try await database.connect().query(
        "SELECT date '2026-02-01', interval '1 day 2 hours'")
      #expect(rows == [["2026-02-01", "1 day 02:00:00"]])
    }
  }

  @Test("refuses a text with a NUL, instead of cutting it")
  func nul() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      let bound = await #expect(throws: PostgresError.self) {
        try await connection.query("SELECT \(bind: "a\0b")")
      }
      #expect(bound?.kind == .statement)
      let quoted = await #expect(throws: PostgresError.self) {
        try await connection.quoted("a\0b")
      }
      #expect(quoted?.kind == .statement)
      let rows = try await connection.query("SELECT 1")
      #expect(rows == [["1"]])
    }
  }

  @Test("keeps two sessions apart and ends each on its own")
  func close() async throws {
    try await withTestDatabase { database in
      let other = try await database.connect()
      #expect(await other.serverProcessID != database.connection.serverProcessID)
      await other.close()
      #expect(await !other.isHealthy)
      let error = await #expect(throws: PostgresError.self) { try await other.query("SELECT 1") }
      #expect(error?.kind == .unavailable)
      #expect(await database.connection.isHealthy)
    }
  }

  @Test(
    "names a database anew in any form of connection string",
    arguments: [
      "postgresql://ann@/old?host=/tmp/a%20b&port=1", "host='/tmp/a b' user=ann dbname=old port=1",
    ])
  func connectionStrings(_ url: String) throws {
    let changed = try connectionString(url, database: "n'ew")
    #expect(changed == #"user='ann' host='/tmp/a b' port='1' dbname='n\'ew'"#)
    #expect(throws: PostgresError.self) { try connectionString("host='", database: "x") }
  }
}

@Suite("A transaction")
struct TransactionTests {
  struct Refused: Error {}

  @Test("commits what its body did, and gives its result")
  func commits() async throws {
    try await withTestDatabase { database in
      try await database.connection.execute(script: "CREATE TABLE t (id int)")
      let count = try await database.connection.transaction { connection in
        try await connection.execute("INSERT INTO t VALUES (1), (2)")
      }
      #expect(count == 2)
      #expect(try await database.connect().query("SELECT count(*) FROM t") == [["2"]])
    }
  }

  @Test("rolls back when its body throws, and the session can go on")
  func rollsBack() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      try await connection.execute(script: "CREATE TABLE t (id int)")
      await #expect(throws: Refused.self) {
        try await connection.transaction { connection in
          try await connection.execute("INSERT INTO t VALUES (1)")
          throw Refused()
        }
      }
      #expect(await connection.isHealthy)
      #expect(try await connection.query("SELECT count(*) FROM t") == [["0"]])
    }
  }

  @Test("does not pass for committed when its body hid an error")
  func hidden() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      let error = await #expect(throws: PostgresError.self) {
        try await connection.transaction { connection in
          _ = try? await connection.query("SELECT 1 / 0")
        }
      }
      #expect(error?.sqlState == "25P02")
      #expect(await connection.isHealthy)
    }
  }

  @Test("throws a deferred constraint's error from its COMMIT")
  func deferred() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      try await connection.execute(
        script: "CREATE TABLE t (id int CONSTRAINT once UNIQUE DEFERRABLE INITIALLY DEFERRED)")
      let error = await #expect(throws: PostgresError.self) {
        try await connection.transaction { connection in
          try await connection.execute("INSERT INTO t VALUES (1), (1)")
        }
      }
      #expect(error?.kind == .constraint("once"))
      #expect(await connection.isHealthy)
    }
  }

  @Test("does not nest")
  func nested() async throws {
    let url = try await TestServer.shared.url
    await #expect(processExitsWith: .failure) { [url = url as String] in
      do {
        try await Connection.open(url).transaction { connection in
          try await connection.transaction { _ in }
        }
      } catch {
        // Whatever is thrown is not what this test waits for.
      }
    }
  }
}

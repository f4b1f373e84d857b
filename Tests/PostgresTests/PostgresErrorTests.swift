import Postgres
import SQLText
import Support
import Testing

@Suite("An error of PostgreSQL")
struct PostgresErrorTests {
  static let constraints: [(insert: SQL, name: String)] = [
    ("INSERT INTO child VALUES (1, 1, 5), (1, 1, 5)", "child_key"),
    ("INSERT INTO child VALUES (2, 99, 5)", "child_parent"),
    ("INSERT INTO child VALUES (3, 1, -5)", "child_positive"),
    ("INSERT INTO child VALUES (4, 1, NULL)", "amount"),
  ]

  @Test("tells a broken constraint by name", arguments: constraints)
  func constraint(_ example: (insert: SQL, name: String)) async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      try await connection.execute(
        script: """
          CREATE TABLE parent (id int PRIMARY KEY);
          INSERT INTO parent VALUES (1);
          CREATE TABLE child (
            id int CONSTRAINT child_key PRIMARY KEY,
            parent int CONSTRAINT child_parent REFERENCES parent,
            amount int NOT NULL CONSTRAINT child_positive CHECK (amount > 0)
          )
          """)
      let error = try await #require(throws: PostgresError.self) {
        try await connection.query(example.insert)
      }
      #expect(error.kind == .constraint(example.name))
    }
  }

  @Test(
    "never quotes a value",
    arguments: [
      "SELECT \(bind: "canary")::int", "SELECT \(bind: "{canary")::jsonb",
      "SELECT \(bind: "canary")::timestamptz", "INSERT INTO secret VALUES (\(bind: "canary"), 1)",
      "INSERT INTO secret VALUES (\(bind: "canary"), NULL)",
      "SELECT \(bind: "canary")::secret_kind",
    ] as [SQL])
  func values(_ statement: SQL) async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      try await connection.execute(
        script: """
          CREATE TABLE secret (text text PRIMARY KEY, number int NOT NULL);
          INSERT INTO secret VALUES ('canary', 1);
          CREATE TYPE secret_kind AS ENUM ('a')
          """)
      for isCopy in [false, true] {
        let error = try await #require(throws: PostgresError.self) {
          _ =
            isCopy && statement.text.hasPrefix("SELECT")
            ? try await connection.copyOut(statement, into: []) { _, _ in }
            : try await connection.query(statement)
        }
        #expect(!"\(error) \(error.detail ?? "")".contains("canary"), "\(error)")
        #expect("\(error)".contains("$1"))
      }
    }
  }

  @Test("says what the statement lacks")
  func hint() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      try await connection.execute(script: "CREATE TABLE t (amount int)")
      let error = try await #require(throws: PostgresError.self) {
        try await connection.query("SELECT amuont FROM t")
      }
      #expect(error.kind == .statement)
      #expect(
        error.description == """
          column "amuont" does not exist (Perhaps you meant to reference the column "t.amount".) \
          (SQLSTATE 42703) while running: SELECT amuont FROM t
          """)
    }
  }

  @Test("is a conflict when a transaction should be run again")
  func conflicts() async throws {
    try await withTestDatabase { database in
      let (one, two) = (database.connection, try await database.connect())
      try await one.execute(script: "CREATE TABLE t (id int PRIMARY KEY, n int)")
      try await one.execute("INSERT INTO t VALUES (1, 0), (2, 0)")

      try await one.execute(script: "BEGIN; SELECT * FROM t WHERE id = 1 FOR UPDATE")
      let locked = await #expect(throws: PostgresError.self) {
        try await two.query("SELECT * FROM t FOR UPDATE NOWAIT")
      }
      #expect(locked?.sqlState == "55P03")
      #expect(locked?.kind == .conflict)

      try await two.execute(script: "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM t")
      try await one.execute(script: "UPDATE t SET n = 1 WHERE id = 1; COMMIT")
      let stale = await #expect(throws: PostgresError.self) {
        try await two.query("UPDATE t SET n = 2 WHERE id = 1")
      }
      #expect(stale?.sqlState == "40001")
      #expect(stale?.kind == .conflict)
      try await two.execute(script: "ROLLBACK")

      async let deadlocks = [(one, 1, 2), (two, 2, 1)].concurrentlyCaught { connection, a, b in
        try await connection.transaction { connection in
          try await connection.execute("UPDATE t SET n = 3 WHERE id = \(bind: a)::int")
          try await connection.execute("SELECT pg_sleep(0.1)")
          try await connection.execute("UPDATE t SET n = 3 WHERE id = \(bind: b)::int")
        }
      }
      let errors = await deadlocks
      #expect(errors.map(\.sqlState) == ["40P01"])
      #expect(errors.map(\.kind) == [.conflict])
    }
  }

  @Test("is of kind unavailable when the server ends the session", arguments: [false, true])
  func terminated(isIdle: Bool) async throws {
    try await withTestDatabase { database in
      let victim = try await database.connect()
      let processID = await victim.serverProcessID
      let running = Task { isIdle ? [] : try await victim.query("SELECT pg_sleep(60)") }
      if isIdle { _ = try await running.value }
      let query: SQL =
        isIdle ? "SELECT 1" : "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%sleep(60)'"
      while try await database.connection.query(query).isEmpty {}
      try await database.connection.execute(
        "SELECT pg_terminate_backend(\(bind: processID)::int, 5000)")

      let error = await #expect(throws: PostgresError.self) {
        _ = try await running.value
        _ = try await victim.query("SELECT 1")
      }
      #expect(error?.kind == .unavailable)
      #expect(await !victim.isHealthy)
      let next = await #expect(throws: PostgresError.self) {
        try await victim.transaction { _ in }
      }
      #expect(next?.kind == .unavailable)
    }
  }

  @Test("is of kind unavailable when there is no server, and has no password in it")
  func unreachable() async throws {
    let error = await #expect(throws: PostgresError.self) {
      try await Connection.open("postgresql://ann:canary@127.0.0.1:1/app")
    }
    #expect(error?.kind == .unavailable)
    #expect(error?.message.contains("refused") == true)
    #expect(error?.message.contains("canary") == false)
  }

  @Test("does not show notices")
  func notices() async throws {
    try await withTestDatabase { database in
      // Were they shown, the test's output would tell; here it counts that they are no error.
      try await database.connection.execute(
        script: "DO $$ BEGIN RAISE WARNING 'not to be seen'; END $$")
    }
  }
}

extension Array where Element == (Connection, Int, Int) {
  /// The errors of `body`, run on all elements at once.
  fileprivate func concurrentlyCaught(
    _ body: @escaping @Sendable (Connection, Int, Int) async throws -> Void
  ) async -> [PostgresError] {
    await withTaskGroup(of: PostgresError?.self) { group in
      for (connection, a, b) in self {
        group.addTask {
          do {
            try await body(connection, a, b)
            return nil
          } catch {
            return error as? PostgresError
          }
        }
      }
      return await group.reduce(into: []) { errors, error in
        if let error { errors.append(error) }
      }
    }
  }
}

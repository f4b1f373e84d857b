import Postgres
import SQLText
import Support
import Synchronization
import Testing

@Suite("A pool of connections")
struct ConnectionPoolTests {
  struct Refused: Error {}

  @Test("opens no more sessions than it may, and uses them again")
  func bounded() async throws {
    try await withTestDatabase { database in
      let pool = ConnectionPool(url: database.url, size: 3)
      let users = Users()
      let sessions = try await withThrowingTaskGroup(of: Int32.self) { group in
        for number in 0..<40 {
          group.addTask {
            try await pool.withConnection { connection in
              users.enter(number)
              defer { users.leave() }
              try await connection.execute("SELECT pg_sleep(0.002)")
              return await connection.serverProcessID
            }
          }
        }
        return try await group.reduce(into: Set()) { $0.insert($1) }
      }
      #expect(users.most <= 3)
      #expect(sessions.count <= 3)
      await pool.closeIdle()
    }
  }

  @Test("serves who waits longest first")
  func fairness() async throws {
    try await withTestDatabase { database in
      let pool = ConnectionPool(url: database.url, size: 1)
      let users = Users()
      let tasks = try await pool.withConnection { _ in
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<5 {
          tasks.append(Task { try await pool.withConnection { _ in users.enter(number) } })
          while pool.waitingCount <= number { await Task.yield() }
        }
        return tasks
      }
      for task in tasks { try await task.value }
      #expect(users.order == [0, 1, 2, 3, 4])
    }
  }

  @Test("lets a cancelled waiter go, and no one behind it waits for ever")
  func cancellation() async throws {
    try await withTestDatabase { database in
      let pool = ConnectionPool(url: database.url, size: 1)
      try await pool.withConnection { _ in
        let waiter = Task { try await pool.withConnection { _ in } }
        while pool.waitingCount == 0 { await Task.yield() }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
      }
      try await pool.withConnection { connection in try await connection.execute("SELECT 1") }
    }
  }

  @Test("discards sessions that the server ended, at rest or in use", arguments: [false, true])
  func broken(atRest: Bool) async throws {
    try await withTestDatabase { database in
      let pool = ConnectionPool(url: database.url, size: 1)
      let kill = { (session: Int32) in
        try await database.connection.execute(
          "SELECT pg_terminate_backend(\(bind: session)::int, 5000)")
      }
      let old = try await pool.withConnection { connection in
        let session = await connection.serverProcessID
        if !atRest { _ = try await kill(session) }
        return session
      }
      if atRest { _ = try await kill(old) }
      let rows = try await pool.withConnection { try await $0.query("SELECT pg_backend_pid()") }
      #expect(rows != [["\(old)"]])
    }
  }

  @Test("discards a session that was left inside a transaction")
  func leftOpen() async throws {
    try await withTestDatabase { database in
      let pool = ConnectionPool(url: database.url, size: 1)
      await #expect(throws: Refused.self) {
        try await pool.withConnection { connection in
          try await connection.execute(script: "BEGIN; CREATE TABLE t (id int)")
          throw Refused()
        }
      }
      let rows = try await pool.withConnection { try await $0.query("SELECT to_regclass('t')") }
      #expect(rows == [[nil]])
    }
  }

  @Test("has room again after it could not connect")
  func unreachable() async throws {
    let pool = ConnectionPool(url: "postgresql://127.0.0.1:1/app", size: 1)
    for _ in 0..<3 {
      let error = await #expect(throws: PostgresError.self) {
        try await pool.withConnection { _ in }
      }
      #expect(error?.kind == .unavailable)
    }
  }
}

/// Who uses the pool's sessions.
private final class Users: Sendable {
  private let state = Mutex((now: 0, most: 0, order: [Int]()))

  /// The most there ever were at once.
  var most: Int { state.withLock(\.most) }
  var order: [Int] { state.withLock(\.order) }

  func enter(_ number: Int) {
    state.withLock { state in
      state.now += 1
      state.most = max(state.most, state.now)
      state.order.append(number)
    }
  }

  func leave() { state.withLock { $0.now -= 1 } }
}

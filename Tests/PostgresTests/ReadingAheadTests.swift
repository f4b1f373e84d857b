import Postgres
import SQLText
import Support
import Synchronization
import Testing

@Suite("Reading ahead")
struct ReadingAheadTests {
  struct Enough: Error {}

  /// Numbers in the order of their rows, some at a time.
  private struct Numbers: Sendable {
    static let room = 100
    var numbers: [Int32] = []

    mutating func append(_ row: UnsafeRawBufferPointer) -> Bool {
      numbers.append(row.loadUnaligned(fromByteOffset: 6, as: Int32.self).bigEndian)
      return numbers.count < Self.room
    }

    mutating func empty() { numbers.removeAll(keepingCapacity: true) }
  }

  @Test(
    "gives every row once and in order, from two buffers",
    arguments: [0, 1, 99, 100, 101, 200, 25_037])
  func order(count: Int) async throws {
    try await withTestDatabase { database in
      var made = 0
      var read: [Int32] = []
      var sizes: [Int] = []
      try await database.connection.copyOut(numbers(to: count)) {
        made += 1
        return Numbers()
      } fill: {
        $0.append($1)
      } use: { buffer in
        read += buffer.numbers
        sizes.append(buffer.numbers.count)
        buffer.empty()
      }
      #expect(read == (0..<count).map { Int32($0) + 1 })
      #expect(made == 2)
      #expect(sizes.dropLast().allSatisfy { $0 == Numbers.room })
      #expect(sizes.count == count / Numbers.room + 1)
    }
  }

  @Test("fills one buffer while the other is used, and no more than that")
  func ahead() async throws {
    try await withTestDatabase { database in
      let filled = Mutex(0)
      let rowsRead: @Sendable () -> Int = { filled.withLock { $0 } }
      var used = 0
      try await database.connection.copyOut(numbers(to: 1000)) {
        Numbers()
      } fill: { buffer, row in
        filled.withLock { $0 += 1 }
        return buffer.append(row)
      } use: { buffer in
        used += buffer.numbers.count
        // The rows that follow come although this buffer is still in use.
        let next = min(used + Numbers.room, 1000)
        for _ in 0..<10_000 where rowsRead() < next { try await Task.sleep(for: .milliseconds(1)) }
        #expect(rowsRead() == next)
        buffer.empty()
      }
      #expect(used == 1000)
    }
  }

  @Test("leaves the session usable when what was read cannot be used", arguments: [1, 3])
  func failingUse(turn: Int) async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      var turns = 0
      await #expect(throws: Enough.self) {
        try await connection.copyOut(numbers(to: 100_000_000)) {
          Numbers()
        } fill: {
          $0.append($1)
        } use: { buffer in
          turns += 1
          if turns == turn { throw Enough() }
          buffer.empty()
        }
      }
      #expect(turns == turn)
      try await expectUsable(connection)
    }
  }

  @Test("leaves the session usable when a row cannot be taken")
  func failingFill() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      var used = 0
      await #expect(throws: Enough.self) {
        try await connection.copyOut(numbers(to: 100_000_000)) {
          Numbers()
        } fill: { buffer, row in
          let hasRoom = buffer.append(row)
          if buffer.numbers.last == 250 { throw Enough() }
          return hasRoom
        } use: { buffer in
          used += buffer.numbers.count
          buffer.empty()
        }
      }
      #expect(used <= 200)
      try await expectUsable(connection)
    }
  }

  @Test("says what the server could not do, after the rows before it")
  func failingQuery() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      let query: SQL = "SELECT 1000 / (1000 - n) FROM generate_series(1, 2000) AS n"
      let error = await #expect(throws: PostgresError.self) {
        try await connection.copyOut(query) {
          Numbers()
        } fill: {
          $0.append($1)
        } use: {
          $0.empty()
        }
      }
      #expect(error?.sqlState == "22012")
      try await expectUsable(connection)
    }
  }

  @Test("stops when its task is cancelled, and leaves the session usable")
  func cancellation() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      let reading = Task {
        var turns = 0
        try await connection.copyOut(numbers(to: 100_000_000)) {
          Numbers()
        } fill: {
          $0.append($1)
        } use: { buffer in
          turns += 1
          if turns == 2 { withUnsafeCurrentTask { $0?.cancel() } }
          buffer.empty()
        }
      }
      await #expect(throws: CancellationError.self) { try await reading.value }
      try await expectUsable(connection)
    }
  }

  private func expectUsable(_ connection: Connection) async throws {
    #expect(await connection.isHealthy)
    #expect(try await connection.query("SELECT 1") == [["1"]])
  }
}

private func numbers(to count: Int) -> SQL {
  "SELECT generate_series(1, \(bind: count)::int)"
}

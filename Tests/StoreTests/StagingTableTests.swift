import Postgres
import SQLText
import Store
import Support
import Testing

@Suite("A staging table")
struct StagingTableTests {
  struct Interrupted: Error {}

  private static let staging = StagingTable("test", columns: "key text")

  private func fill(_ keys: [String], _ connection: Connection) async throws {
    var rows = CopyBuffer(columnCount: 1)
    for key in keys {
      rows.beginRow()
      rows.append(key)
    }
    try await Self.staging.fill(rows, on: connection)
  }

  private func keys(_ connection: Connection) async throws -> [String?] {
    try await connection.query("SELECT key FROM \(Self.staging.name) ORDER BY key").map { $0[0] }
  }

  @Test(
    "shows a transaction nothing of those before it, committed or not", arguments: [true, false])
  func leavesNothing(_ commits: Bool) async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      try await connection.transaction { try await fill(["before"], $0) }
      #expect(try await keys(connection) == [])
      do {
        try await connection.transaction { connection in
          try await fill(["first", "one's"], connection)
          if !commits { throw Interrupted() }
        }
      } catch is Interrupted {}
      #expect(try await keys(connection) == [])
      try await connection.transaction { connection in
        try await fill(["second"], connection)
        try await fill(["third"], connection)
        #expect(try await keys(connection) == ["third"])
      }
    }
  }
}

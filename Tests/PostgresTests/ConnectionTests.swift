import Postgres
import SQLText
import Support
import Testing

@Suite("A connection")
struct ConnectionTests {
  @Test("binds arguments and reads rows")
  func query() async throws {
    try await withTestDatabase { database in
      let rows = try await database.connection.query("SELECT \(bind: 41)::int + 1, NULL, ''")
      #expect(rows == [["42", nil, ""]])
    }
  }
}

import Postgres
import SQLText
import Support
import Testing

@Suite("COPY")
struct CopyTests {
  struct Enough: Error {}

  @Test("writes every type that a row is read back with")
  func roundTrip() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      try await connection.execute(
        script: """
          CREATE TABLE t (
            a text, b bigint, c integer, d double precision, e boolean, f bytea, g uuid,
            h timestamptz, i jsonb
          )
          """)
      var rows = CopyBuffer(columnCount: 9)
      rows.beginRow()
      rows.append("ünï 🍷\n")
      rows.append(Int64.min)
      rows.append(Int32.min)
      rows.append(-0.1)
      rows.append(true)
      rows.append(bytes: [0, 255])
      rows.append(uuid: (0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210))
      rows.append(unixMicroseconds: 1_795_478_400_123_456)
      rows.append(jsonb: #"{"a": [1, null]}"#)
      rows.beginRow()
      rows.append(String?.none)
      rows.append(Int64?.none)
      rows.append(Int32?.none)
      rows.append(Double?.none)
      rows.append(Bool?.none)
      rows.append(bytes: nil)
      rows.append(uuid: nil)
      rows.append(unixMicroseconds: nil)
      rows.append(jsonb: nil)
      #expect(rows.rowCount == 2)
      try await connection.execute(script: "SET TimeZone = 'UTC'")
      try await connection.copyIn("t (a, b, c, d, e, f, g, h, i)", rows: rows)
      #expect(
        try await connection.query("SELECT * FROM t ORDER BY a NULLS LAST") == [
          [
            "ünï 🍷\n", "-9223372036854775808", "-2147483648", "-0.1", "t", "\\x00ff",
            "01234567-89ab-cdef-fedc-ba9876543210", "2026-11-24 00:00:00.123456+00",
            #"{"a": [1, null]}"#,
          ],
          [nil, nil, nil, nil, nil, nil, nil, nil, nil],
        ])

      // Out again, byte for byte what went in.
      let fields = try await connection.copyOut("TABLE t", into: [[UInt8]]()) { rows, row in
        rows.append(Array(row))
      }
      try await connection.execute("CREATE TABLE u (LIKE t)")
      #expect(fields.count == 2)
      #expect(fields.map { $0.prefix(2) } == [[0, 9], [0, 9]])
      #expect(fields[0][2...].prefix(4) == [0, 0, 0, 11])
      #expect(fields[1][2...] == ArraySlice([UInt8](repeating: 255, count: 9 * 4)))
    }
  }

  @Test(
    "writes a query's values into it",
    arguments: [
      "plain", "it's", #"back\slash ' quote"#, "$1", "ünï 🍷", "",
    ])
  func inlining(_ text: String) async throws {
    try await withTestDatabase { database in
      let missing: String? = nil
      let bytes = try await database.connection.copyOut(
        "SELECT \(bind: text)::text, \(bind: missing)::text, \(bind: 3)::int", into: [UInt8]()
      ) { $0 += Array($1) }
      let length = UInt8(text.utf8.count)
      #expect(
        bytes == [0, 3, 0, 0, 0, length] + Array(text.utf8) + [255, 255, 255, 255]
          + [0, 0, 0, 4, 0, 0, 0, 3])
    }
  }

  @Test("gives every row once, and nothing for none", arguments: [0, 1, 100_000])
  func rows(count: Int) async throws {
    try await withTestDatabase { database in
      let read = try await database.connection.copyOut(
        "SELECT n FROM generate_series(1, \(bind: count)::int) AS n", into: (rows: 0, sum: 0)
      ) { state, row in
        state.rows += 1
        state.sum += Int(row.loadUnaligned(fromByteOffset: 6, as: Int32.self).bigEndian)
      }
      #expect(read.rows == count)
      #expect(read.sum == count * (count + 1) / 2)
    }
  }

  @Test("leaves the session usable when the reader has had enough")
  func throwingBody() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      await #expect(throws: Enough.self) {
        try await connection.copyOut(
          "SELECT repeat('x', 1000), generate_series(1, 100000000)", into: 0
        ) { count, _ in
          count += 1
          if count == 1000 { throw Enough() }
        }
      }
      #expect(await connection.isHealthy)
      let after = try await connection.query("SELECT 1")
      #expect(after == [["1"]])

      await #expect(throws: Enough.self) {
        try await connection.transaction { connection in
          try await connection.copyOut("SELECT 1", into: 0) { _, _ in throw Enough() }
        }
      }
      let last = try await connection.query("SELECT 2")
      #expect(last == [["2"]])
    }
  }

  @Test("throws what the server says in the middle of the rows")
  func failsMidway() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      let error = await #expect(throws: PostgresError.self) {
        try await connection.copyOut(
          "SELECT 1 / (50000 - n) FROM generate_series(1, \(bind: 100_000)::int) AS n", into: 0
        ) { count, _ in count += 1 }
      }
      #expect(error?.sqlState == "22012")
      #expect(error?.kind == .statement)
      #expect(error?.statement?.contains("$1") == true)
      #expect(await connection.isHealthy)
    }
  }

  @Test("throws as unavailable when the session ends in the middle of the rows")
  func terminatedMidway() async throws {
    try await withTestDatabase { database in
      let connection = try await database.connect()
      let error = await #expect(throws: PostgresError.self) {
        try await connection.copyOut(
          """
          SELECT CASE WHEN n = 50000 THEN pg_terminate_backend(pg_backend_pid()) END
          FROM generate_series(1, 100000) AS n
          """, into: 0
        ) { count, _ in count += 1 }
      }
      #expect(error?.kind == .unavailable)
      #expect(await !connection.isHealthy)
    }
  }

  @Test("names the constraint that a copied row breaks, and keeps none of the rows")
  func refusedRow() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      try await connection.execute(
        script: "CREATE TABLE t (n int CONSTRAINT small CHECK (n < 100000))")
      var rows = CopyBuffer(columnCount: 1)
      for number in Int32(1)...200_000 {
        rows.beginRow()
        rows.append(number)
      }
      let error = await #expect(throws: PostgresError.self) {
        try await connection.copyIn("t (n)", rows: rows)
      }
      #expect(error?.kind == .constraint("small"))
      #expect(try await connection.query("SELECT count(*) FROM t") == [["0"]])
      #expect(await connection.isHealthy)
    }
  }

  @Test("says which statement is wrong before any row")
  func wrongStatement() async throws {
    try await withTestDatabase { database in
      let connection = database.connection
      let out = await #expect(throws: PostgresError.self) {
        try await connection.copyOut("SELECT nothing", into: 0) { _, _ in }
      }
      #expect(out?.sqlState == "42703")
      let into = await #expect(throws: PostgresError.self) {
        try await connection.copyIn("nowhere", rows: CopyBuffer(columnCount: 0))
      }
      #expect(into?.sqlState == "42P01")
      #expect(await connection.isHealthy)
    }
  }
}

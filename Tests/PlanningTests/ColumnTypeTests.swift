import Expressions
import Planning
import Postgres
import Rules
import SQLText
import Support
import Testing

@Suite("Columns of the types that databases have") struct ColumnTypeTests {
  /// Tenants and keys are compared as their own types, so that indexes serve.
  @Test(arguments: [
    ("uuid", "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"),
    ("text", "it's", #"a\b"#), ("bigint", "9007199254740993", "9007199254740992"),
    ("smallint", "-1", "1"), ("varchar(5)", "a", "A"),
  ])
  func tenantsAndKeys(type: String, one: String, other: String) async throws {
    let rows = try await fetch(
      keyType: type, tenantType: type, timeType: "timestamptz", tenant: one, keys: [other],
      rows: [(one, one, "2026-03-08 12:00"), (one, other, "2026-03-08 12:00")])
    #expect(rows.keys == [other])
    #expect(rows[other, Self.count] == .number(1))
    let others = try await fetch(
      keyType: type, tenantType: type, timeType: "timestamptz", tenant: other, keys: nil,
      rows: [(one, one, "2026-03-08 12:00")])
    #expect(others.keys.isEmpty)
  }

  /// The window holds one day, 8 March 2026 in New York, which lasted 23 hours.
  @Test(arguments: [
    ("timestamptz", "2026-03-08 04:59:59.999999+00", 0.0),
    ("timestamptz", "2026-03-08 05:00+00", 1),
    ("timestamptz", "2026-03-09 03:59:59.999999+00", 1), ("timestamptz", "2026-03-09 04:00+00", 0),
    ("timestamp", "2026-03-07 23:59:59.999999", 0), ("timestamp", "2026-03-08 00:00", 1),
    ("timestamp", "2026-03-08 02:30", 1), ("timestamp", "2026-03-08 23:59:59.999999", 1),
    ("timestamp", "2026-03-09 00:00", 0), ("date", "2026-03-07", 0), ("date", "2026-03-08", 1),
    ("date", "2026-03-09", 0), ("date", "infinity", 0), ("timestamptz", "-infinity", 0),
  ])
  func timesOfEveryType(type: String, time: String, count: Double) async throws {
    let rows = try await fetch(
      keyType: "int", tenantType: "text", timeType: type, tenant: "t", keys: nil,
      rows: [("t", "1", time)])
    #expect(rows["1", Self.count] == .number(count))
  }

  private static let count = Input.metric(
    name: "events",
    window: .trailing(length: Period(days: 1), endingAgo: Period(days: 1)))

  /// Everything a median gap and the counts of one day say of rows: tenant, key and time.
  private func fetch(
    keyType: String, tenantType: String, timeType: String, tenant: String, keys: [String]?,
    rows: [(tenant: String, key: String, time: String)]
  ) async throws -> FetchedRows {
    let thing = Entity(name: "thing", table: "thing", key: "id", tenant: "tenant_id")
    let catalog = Catalog(
      tenants: .table(table: "tenant", key: "id", slug: "id", name: "id", timezone: nil),
      sources: [
        "events": Source(
          name: "events", from: "event e", tenant: "e.tenant_id", time: "e.at",
          keys: ["thing": "e.thing_id"])
      ],
      entities: ["thing": thing],
      metrics: [
        "events": Metric(
          name: "events", entity: "thing", source: "events", aggregate: .countRows, empty: 0),
        "gap": Metric(
          name: "gap", entity: "thing", source: "events",
          aggregate: .medianGap(perDay: false, last: nil, needs: 1)),
      ])
    let request = FetchRequest(
      entity: thing, inputs: [Self.count, .metric(name: "gap", window: .allTime)],
      tenant: tenant, now: ShopFixture.now,
      zone: try #require(Zone(identifier: "America/New_York")), keys: keys)
    return try await withTestDatabase { database in
      let connection = database.connection
      try await connection.execute(
        script: """
          CREATE TABLE thing (tenant_id \(tenantType), id \(keyType));
          CREATE TABLE event (tenant_id \(tenantType), thing_id \(keyType), at \(timeType));
          """)
      for row in rows {
        try await connection.execute(
          "INSERT INTO thing VALUES (\(bind: row.tenant), \(bind: row.key))")
        try await connection.execute(
          "INSERT INTO event VALUES (\(bind: row.tenant), \(bind: row.key), \(bind: row.time))")
      }
      return try await FetchedRows(FetchPlan(request, catalog: catalog), from: connection)
    }
  }
}

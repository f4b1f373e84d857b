import Expressions
import Planning
import Postgres
import Rules
import SQLText
import Support
import Testing

@Suite("What a plan fetches from a small shop") struct FetchResultTests {
  static let days30 = Window.trailing(length: Period(days: 30), endingAgo: nil)
  static let before = Window.trailing(length: Period(days: 30), endingAgo: Period(days: 30))

  static let fields =
    ShopFixture.customer.fields.keys.map { Input.field(path: ["customer", $0]) }
    + [
      .field(path: ["customer", "rep", "name"]), .field(path: ["customer", "rep", "email"]),
      .field(path: ["customer", "rep", "manager", "name"]),
    ]
  static let metrics = ShopFixture.catalog.metrics.values.flatMap { metric in
    (metric.needsWindow ? [days30, before, .allTime] : [.allTime]).map {
      Input.metric(name: metric.name, window: $0)
    }
  }

  @Test func fieldsOfEveryTypeAndOfPersons() async throws {
    let rows = try await fetch(Self.fields)
    #expect(Set(rows.keys) == ["1", "2"], "neither what is gone nor another tenant's")
    #expect(rows.keys.count == 2)
    #expect(rows.labels == ["1": .text("Acme"), "2": .text("2")])
    let expected: [(String, Value)] = [
      ("name", .text("Acme")), ("city", .text("Troy")), ("active", .bool(true)),
      ("balance", .number(0.1)), ("patience", .duration(Period(microseconds: 93_600_000_000))),
      ("joined", try instant("2026-03-08T05:00:00Z")),
      ("seen", try instant("2026-03-09T05:30:00Z")),
      ("called", try instant("2026-03-09T04:00:00Z")),
      ("tags", .list([.text("a"), .missing, .text("c")])),
      ("scores", .list([.number(1.5), .missing])), ("rep", .text("1")),
      ("rep.name", .text("Ann")), ("rep.email", .text("ann@east.example")),
      ("rep.manager.name", .text("Bob")),
    ]
    #expect(expected.count == Self.fields.count)
    for (name, value) in expected {
      let input = Input.field(path: ["customer"] + name.split(separator: ".").map(String.init))
      #expect(rows["1", input] == value, "\(name)")
      // The second customer's rep is another tenant's and therefore nobody.
      #expect(rows["2", input] == (name == "rep" ? .text("3") : .missing), "\(name)")
    }
  }

  @Test func metricsOverWindows() async throws {
    let rows = try await fetch(Self.metrics)
    let expected: [(String, Window, Value, Value)] = [
      ("revenue", Self.days30, .number(35.6), .number(0)),
      ("revenue", Self.before, .number(0), .number(0)),
      ("revenue", .allTime, .number(42.6), .number(0)),
      ("orders", Self.days30, .number(5), .number(0)),
      ("orders", Self.before, .number(0), .number(0)),
      ("orders", .allTime, .number(6), .number(0)),
      ("orders_or_missing", Self.days30, .number(5), .missing),
      ("orders_or_missing", Self.before, .missing, .missing),
      ("orders_or_missing", .allTime, .number(6), .missing),
      ("channels", Self.days30, .number(2), .number(0)),
      ("channels", .allTime, .number(2), .number(0)),
      ("mean_order", Self.days30, .number(7.12), .missing),
      ("mean_order", Self.before, .missing, .missing),
      ("mean_order", .allTime, .number(7.1), .missing),
      ("smallest", Self.days30, .number(0.1), .missing),
      ("largest", Self.days30, .number(20.2), .missing),
      ("last_order", .allTime, try instant("2026-03-10T04:30:00Z"), .missing),
      ("first_order", .allTime, try instant("2026-02-28T17:00:00Z"), .missing),
      ("last_visit", .allTime, try instant("2026-03-09T04:00:00Z"), .missing),
    ]
    for (name, window, first, second) in expected {
      let input = Input.metric(name: name, window: window)
      #expect(rows["1", input] == first, "\(input)")
      #expect(rows["2", input] == second, "\(input)")
    }
  }

  /// Order days are 28 February, 2, 8, 9 and 10 March: gaps of 2, 6, 1 and 1 days.
  @Test(arguments: [
    (true, nil, 5, Int64(36 * 3600)), (true, nil, 6, nil), (true, 3, 3, 24 * 3600),
    (true, 3, 4, nil), (true, 4, 2, 24 * 3600), (true, 1, 1, nil),
    // Row by row in local time: 48 h, 141 h, 12 h, 26.5 h and 1 h.
    (false, nil, 6, Int64(26.5 * 3600)), (false, nil, 7, nil), (false, 2, 2, 3600),
  ])
  func medianGaps(perDay: Bool, last: Int?, needs: Int, seconds: Int64?) async throws {
    var catalog = ShopFixture.catalog
    catalog.metrics["gap"] = Metric(
      name: "gap", entity: "customer", source: "orders",
      aggregate: .medianGap(perDay: perDay, last: last, needs: needs))
    let gap = Input.metric(name: "gap", window: .allTime)
    let rows = try await fetch([gap], catalog: catalog)
    let expected = seconds.map { Value.duration(Period(microseconds: $0 * 1_000_000)) }
    #expect(rows["1", gap] == expected ?? .missing)
    #expect(rows["2", gap] == .missing)
  }

  @Test func seriesHaveAllTheirBuckets() async throws {
    // Days of New York: 28 February and 2, 8 and 9 March; 10 March is not over.
    let days = Window.trailing(length: Period(days: 12), endingAgo: nil)
    let weeks = Window.trailing(length: Period(days: 14), endingAgo: nil)
    let months = Window.trailing(length: Period(months: 2), endingAgo: nil)
    let expected: [(String, Window, Bucket, [Double])] = [
      ("revenue", days, .day, [0, 0, 10.1, 0, 20.2, 0, 0, 0, 0, 0, 0.3, 5]),
      ("orders", days, .day, [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 2, 1]),
      ("channels", days, .day, [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0]),
      ("revenue", weeks, .week, [30.3, 5.3]),
      ("orders", weeks, .week, [2, 3]),
      ("orders", months, .month, [0, 5]),
      ("revenue", .calendar(.month, offset: -1), .day, Array(repeating: 0, count: 27) + [10.1]),
      ("orders", .calendar(.year, offset: 0), .month, [0, 1, 4]),
    ]
    let inputs = expected.map { Input.series(name: $0.0, window: $0.1, per: $0.2) }
    let rows = try await fetch(inputs + [.metric(name: "revenue", window: Self.days30)])
    for (input, expected) in zip(inputs, expected) {
      #expect(rows["1", input] == .list(expected.3.map(Value.number)), "\(input)")
      // Nothing at all happened to the second.
      let zeros = Array(repeating: Value.number(0), count: expected.3.count)
      #expect(rows["2", input] == .list(zeros), "\(input)")
    }
    #expect(rows["1", .metric(name: "revenue", window: Self.days30)] == .number(35.6))
  }

  @Test func seriesOfOneSourceAndLengthShareAScan() {
    let days = Window.trailing(length: Period(days: 12), endingAgo: nil)
    let plan = FetchPlan(
      ShopFixture.request([
        .series(name: "revenue", window: days, per: .day),
        .series(name: "orders", window: days, per: .day),
      ]), catalog: ShopFixture.catalog)
    #expect(plan.explainText.split(separator: "FROM shop.\"order\" o").count == 2)
    #expect(plan.seriesLengths == [2: 12, 3: 12])
  }

  @Test func anotherTenantSeesItsOwn() async throws {
    let revenue = Input.metric(name: "revenue", window: Self.days30)
    let manager = Input.field(path: ["customer", "rep", "name"])
    let rows = try await fetch([revenue, manager], tenant: ShopFixture.west)
    #expect(rows.keys == ["4"])
    #expect(rows["4", manager] == .text("Cid"))
    #expect(rows["4", revenue] == .number(4))
  }

  @Test func oneThingAlone() async throws {
    let revenue = Input.metric(name: "revenue", window: .allTime)
    let rows = try await fetch([revenue], keys: ["1", "4"])
    #expect(rows.keys == ["1"])
    #expect(rows["1", revenue] == .number(42.6))
  }

  private func fetch(
    _ inputs: [Input], tenant: String = ShopFixture.east, keys: [String]? = nil,
    catalog: Catalog = ShopFixture.catalog
  ) async throws -> FetchedRows {
    try await withTestDatabase { database in
      try await database.connection.execute(script: ShopFixture.schema + ShopFixture.rows)
      let request = ShopFixture.request(Set(inputs), tenant: tenant, keys: keys)
      return try await FetchedRows(
        FetchPlan(request, catalog: catalog), from: database.connection)
    }
  }

  private func instant(_ text: String) throws -> Value {
    .instant(try #require(Instant(text, in: .utc)))
  }
}

import Expressions
import Planning
import Rules
import SQLText
import Testing

@Suite struct FetchPlanTests {
  @Test func columnsFollowKeyAndLabelInTheOrderOfTheirNames() {
    let plan = FetchPlan(
      ShopFixture.request([
        .metric(name: "revenue", window: .trailing(length: Period(days: 30), endingAgo: nil)),
        .field(path: ["customer", "joined"]), .field(path: ["customer", "active"]),
        .metric(name: "order_gap", window: .allTime),
      ]), catalog: ShopFixture.catalog)
    #expect(
      plan.columns.map(\.input.description) == [
        "customer.active", "customer.joined", "order_gap", "revenue[30d]",
      ])
    #expect(plan.types == [.text, .text, .bool, .instant, .duration, .number])
    #expect(plan.slots[.field(path: ["customer", "active"])] == 2)
    #expect(plan.slots[.metric(name: "order_gap", window: .allTime)] == 4)
  }

  @Test func theTenantsNameIsLeftToTheRun() {
    let name = Input.field(path: ["tenant", "name"])
    let plan = FetchPlan(
      ShopFixture.request([name, .field(path: ["customer", "name"])]),
      catalog: ShopFixture.catalog)
    #expect(plan.columns.map(\.input) == [.field(path: ["customer", "name"])])
    #expect(name.tenantColumn(besides: ShopFixture.customer) == "name")
  }

  @Test func aSourceIsScannedOnceForAllMetricsAndWindows() {
    let windows = [7, 30, 90].map { Window.trailing(length: Period(days: $0), endingAgo: nil) }
    let inputs = windows.flatMap { window in
      ["revenue", "orders", "orders_or_missing"].map { Input.metric(name: $0, window: window) }
    }
    let text = FetchPlan(ShopFixture.request(Set(inputs)), catalog: ShopFixture.catalog).query.text
    #expect(text.occurrences(of: #"FROM shop."order" o"#) == 1)
    #expect(text.occurrences(of: "count(*)") == 3, "equal aggregates are computed once")
  }

  @Test func withoutAnAllTimeWindowTheScanBeginsWithTheEarliestWindow() {
    func query(_ inputs: Input...) -> String {
      FetchPlan(ShopFixture.request(Set(inputs)), catalog: ShopFixture.catalog).query.text
    }
    let month = Input.metric(
      name: "revenue", window: .trailing(length: Period(days: 30), endingAgo: nil))
    #expect(query(month).contains("AND o.at >= $"))
    #expect(!query(month).contains("FILTER"))
    let both = query(month, .metric(name: "revenue", window: .allTime))
    #expect(!both.contains("AND o.at >= $4::timestamptz\n"))
    #expect(both.contains("FILTER (WHERE o.at >= $"))
  }

  @Test func valuesAreBoundAndQuotedOnlyForPeople() {
    let plan = FetchPlan(
      ShopFixture.request(
        [.field(path: ["customer", "name"])], tenant: #"O'Neil \ Sons"#),
      catalog: ShopFixture.catalog)
    #expect(plan.query.arguments == [#"O'Neil \ Sons"#])
    #expect(!plan.query.text.contains("Neil"))
    #expect(plan.explainText.contains(#""tenant_id" = E'O''Neil \\ Sons'"#))
    #expect(plan.explainText.hasPrefix("BEGIN;\nSET LOCAL TimeZone = 'America/New_York';\nSELECT"))
  }

  @Test(arguments: [
    ("2026-03-10T16:00:00Z", "2026-03-10 16:00:00+00"),
    ("1969-12-31T23:59:59Z", "1969-12-31 23:59:59+00"),
    ("2000-02-29T00:00:00Z", "2000-02-29 00:00:00+00"),
    ("1900-03-01T00:00:00Z", "1900-03-01 00:00:00+00"),
    ("0001-01-01T00:00:00Z", "0001-01-01 00:00:00+00"),
    ("9999-12-31T23:59:59Z", "9999-12-31 23:59:59+00"),
  ])
  func theRunsTimeIsBoundInUTC(now: String, bound: String) throws {
    #expect(try arguments(at: #require(Instant(now, in: .utc))).contains(bound))
  }

  @Test(arguments: [
    (1, "1970-01-01 00:00:00.000001+00"), (-1, "1969-12-31 23:59:59.999999+00"),
    (Int64.max, "infinity"), (-100_000_000_000_000_000, "-infinity"),
  ])
  func timesKeepTheirMicroseconds(now: Int64, bound: String) {
    #expect(arguments(at: Instant(microseconds: now)).contains(bound))
  }

  private func arguments(at now: Instant) -> [String?] {
    var request = ShopFixture.request([.metric(name: "last_order", window: .allTime)])
    request.now = now
    return FetchPlan(request, catalog: ShopFixture.catalog).query.arguments
  }
}

extension String {
  /// How often `part` occurs.
  fileprivate func occurrences(of part: String) -> Int { ranges(of: part).count }
}

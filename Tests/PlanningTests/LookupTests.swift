import Expressions
import Planning
import Postgres
import Rules
import SQLText
import Support
import Testing

@Suite("Looking up first and last times") struct LookupTests {
  static let times: Set<Input> = [
    .metric(name: "first_order", window: .allTime), .metric(name: "last_order", window: .allTime),
    .metric(name: "last_visit", window: .allTime),
  ]

  @Test("gives the rows that a scan gives", arguments: [nil, ["1", "4", "17"]] as [[String]?])
  func same(keys: [String]?) async throws {
    try await withTestDatabase { database in
      try await database.connection.execute(
        script: ShopFixture.schema + ShopFixture.rows + Self.manyOrders)
      for tenant in [ShopFixture.east, ShopFixture.west] {
        let request = ShopFixture.request(Self.times, tenant: tenant, keys: keys)
        var plan = FetchPlan(request, catalog: ShopFixture.catalog)
        let scanned = try await FetchedRows(plan, from: database.connection)
        plan.query = try #require(plan.alternative)
        let lookedUp = try await FetchedRows(plan, from: database.connection)
        #expect(lookedUp.keys.sorted() == scanned.keys.sorted())
        for key in scanned.keys {
          #expect(lookedUp.labels[key] == scanned.labels[key])
          for input in Self.times { #expect(lookedUp[key, input] == scanned[key, input]) }
        }
        guard keys == nil else { continue }
        let missing = scanned.keys.count {
          scanned[$0, .metric(name: "last_order", window: .allTime)] == .missing
        }
        #expect(missing > 0 && missing < scanned.keys.count)
      }
    }
  }

  @Test("is offered only where no other value needs the rows")
  func offered() throws {
    let revenue = Input.metric(name: "revenue", window: .allTime)
    let gap = Input.metric(name: "order_gap", window: .allTime)
    #expect(alternative([revenue]) == nil)
    #expect(alternative([gap]) == nil)
    #expect(alternative([.field(path: ["customer", "name"])]) == nil)
    let some = try #require(alternative(Self.times.union([revenue])))
    #expect(some.contains("LEFT JOIN LATERAL (\n  SELECT\n    (max(day))"))
    #expect(some.ranges(of: "LATERAL").count == 1)
  }

  @Test("is not offered for a source that has the name of the things")
  func names() {
    var catalog = ShopFixture.catalog
    catalog.sources["visits"]?.from = "shop.visit AS T0"
    #expect(alternative([.metric(name: "last_visit", window: .allTime)], catalog) == nil)
  }

  private func alternative(
    _ inputs: Set<Input>, _ catalog: Catalog = ShopFixture.catalog
  ) -> String? {
    FetchPlan(ShopFixture.request(inputs), catalog: catalog).alternative?.text
  }

  /// Orders and visits of thirty customers more, some of whom have none, or none that counts.
  private static let manyOrders = """
    SELECT setseed(0.25);
    INSERT INTO shop."Customer" ("customerId", tenant_id)
      SELECT n, CASE WHEN n % 2 = 0 THEN '\(ShopFixture.east)' ELSE '\(ShopFixture.west)' END::uuid
      FROM generate_series(10, 39) AS n;
    INSERT INTO shop."order" (id, tenant_id, customer_id, at, status)
      SELECT 1000 + n,
        CASE WHEN random() < 0.5 THEN '\(ShopFixture.east)' ELSE '\(ShopFixture.west)' END::uuid,
        10 + floor(random() * 20),
        CASE WHEN random() < 0.9 THEN '2026-04-01'::timestamptz - random() * 900 * '1 day'::interval
        END,
        CASE WHEN random() < 0.3 THEN 'CANCELLED' ELSE 'DONE' END
      FROM generate_series(1, 600) AS n;
    INSERT INTO shop.visit
      SELECT tenant_id, customer_id, at::date FROM shop."order" WHERE random() < 0.2
        AND customer_id IS NOT NULL;
    """
}

import Expressions
import Planning
import Postgres
import SQLText
import Support
import Testing

@Suite("Looking for one thing") struct OneThingTests {
  @Test("restricts the table and every source to the key, which is bound")
  func oneKey() throws {
    var request = ShopFixture.request([
      .field(path: ["customer", "rep", "email"]), .metric(name: "order_gap", window: .allTime),
      .metric(name: "revenue", window: .trailing(length: Period(days: 30), endingAgo: nil)),
    ])
    request.keys = ["1"]
    let plan = FetchPlan(request, catalog: ShopFixture.catalog)
    #expect(plan.query.arguments.count { $0 == #"{"1"}"# } == 3)
    try expectSnapshot(plan.explainText, "Golden/one_thing.sql")
  }

  @Test(
    "finds it by key, by name whatever the case, by a part of it, and shows others",
    arguments: [
      ("1", ["1 Acme key", "2 2 other"]),
      ("aCME", ["1 Acme label", "2 2 other"]),
      ("cme", ["1 Acme near", "2 2 other"]),
      ("acmee", ["1 Acme near", "2 2 other"]),
      ("Gone", ["2 2 other", "1 Acme other"]),
      ("%", ["2 2 other", "1 Acme other"]),
    ])
  func search(name: String, found: [String]) async throws {
    let search = EntitySearch(name, in: ShopFixture.request([]), catalog: ShopFixture.catalog)
    try await withTestDatabase { database in
      try await database.connection.execute(script: ShopFixture.schema + ShopFixture.rows)
      let rows = try await database.connection.query(search.query)
      #expect(rows.map { $0.compactMap(\.self).joined(separator: " ") } == found)
    }
  }

  @Test("is a query that people can read")
  func golden() throws {
    let search = EntitySearch("Acme", in: ShopFixture.request([]), catalog: ShopFixture.catalog)
    #expect(search.query.arguments.contains("Acme"))
    try expectSnapshot(search.query.text, "Golden/search.sql")
  }
}

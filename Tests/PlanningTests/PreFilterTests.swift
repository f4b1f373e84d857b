import Expressions
import Planning
import Rules
import SQLText
import Support
import Testing

@Suite("What a query may leave out") struct PreFilterTests {
  @Test(
    "is what SQL decides as we do",
    arguments: [
      (#"customer.name == "Acme""#, #""name"::text COLLATE "C" = 'Acme'"#),
      (#""Acme" != customer.name"#, #""name"::text COLLATE "C" <> 'Acme'"#),
      (#"customer.name == "it's""#, #""name"::text COLLATE "C" = 'it''s'"#),
      (#"customer.rep == "1""#, #""repId"::text COLLATE "C" = '1'"#),
      (
        #"customer.name in ["a,b", "c"]"#,
        #""name"::text COLLATE "C" = ANY ('{"a,b","c"}'::text[])"#
      ),
      ("customer.active", #""active"::boolean"#),
      ("not customer.active", #"NOT ("active"::boolean)"#),
      ("customer.joined is missing", #""joined"::date::timestamptz IS NULL"#),
      ("customer.balance is not missing", #""balance"::float8 IS NOT NULL"#),
      (
        #"customer.active or customer.name == "a""#,
        #"("active"::boolean) OR ("name"::text COLLATE "C" = 'a')"#
      ),
      (
        #"not (customer.active and customer.name == "a")"#,
        #"NOT (("active"::boolean) AND ("name"::text COLLATE "C" = 'a'))"#
      ),
      // What is not known in SQL only narrows.
      ("customer.active and customer.balance > 5", #""active"::boolean"#),
      (
        #"(customer.active and customer.balance > 5) or customer.name == "a""#,
        #"("active"::boolean) OR ("name"::text COLLATE "C" = 'a')"#
      ),
    ])
  func known(scope: String, sql: String) throws {
    #expect(try condition([scope]) == "((\(sql)) IS NOT FALSE)")
  }

  @Test(
    "is nothing where SQL may decide otherwise",
    arguments: [
      "customer.balance > 5", #"customer.name < "b""#, #"customer.city == "Troy""#,
      #"customer.rep.name == "Ann""#, "customer.name == customer.rep", "revenue[30d] > 0",
      "revenue[30d] is missing", #"customer.name == "a\u0000""#,
      #"customer.name in ["a", customer.rep]"#, "customer.active or customer.balance > 5",
      "not (customer.active and customer.balance > 5)", #""a" in customer.tags"#,
    ])
  func unknown(scope: String) throws {
    #expect(try condition([scope]) == nil)
    #expect(try condition(["customer.active", scope]) == nil, "one rule sees every row")
  }

  @Test("asks a scope that many rules share once, and none beside a rule without a scope")
  func shared() throws {
    let shared = Array(repeating: "customer.active", count: 300)
    #expect(try condition(shared) == #"(("active"::boolean) IS NOT FALSE)"#)
    let scopes = try shared.map { try term($0) } + [nil]
    #expect(PreFilter(scopes: scopes, of: ShopFixture.customer, keeping: []) == nil)
    #expect(PreFilter(scopes: [], of: ShopFixture.customer, keeping: []) == nil)
  }

  @Test("ends where it would cost more than it saves")
  func limits() throws {
    func scopes(_ count: Int) -> [String] { (0..<count).map { #"customer.name == "\#($0)""# } }
    #expect(try condition(scopes(PreFilter.mostScopes)) != nil)
    #expect(try condition(scopes(PreFilter.mostScopes + 1)) == nil)
    let keys = Set((0...PreFilter.mostKeys).map(String.init))
    #expect(try condition(["customer.active"], keeping: keys) == nil)
    #expect(try condition(["customer.active"], keeping: keys.subtracting(["0"])) != nil)
  }

  @Test("binds every value")
  func bound() throws {
    let plan = try plan([#"customer.name == "Acme""#], keeping: ["2", #"3"'"#])
    #expect(plan?.query.arguments == [ShopFixture.east, "Acme", #"{"2","3\"'"}"#])
    #expect(plan?.query.text.contains("Acme") == false)
  }

  @Test("is a query that people can read and PostgreSQL can plan")
  func golden() async throws {
    let plan = try #require(
      try plan(
        [
          #"customer.active and customer.name != "Acme""#,
          #"customer.name in ["a", "b"] or customer.joined is missing"#,
        ], keeping: ["1", "2"]))
    try await expectPlan(plan, recordedAs: "pre_filter")
  }

  @Test("does not touch the things themselves when one is looked for")
  func search() throws {
    var request = ShopFixture.request([])
    request.preFilter = PreFilter(
      scopes: [try term("customer.active")], of: ShopFixture.customer, keeping: [])
    let search = EntitySearch("Acme", in: request, catalog: ShopFixture.catalog)
    #expect(!search.query.text.contains("IS NOT FALSE"))
  }

  /// The condition as the query has it.
  private func condition(_ scopes: [String], keeping keys: Set<String> = []) throws -> String? {
    guard let text = try plan(scopes, keeping: keys)?.explainText,
      let start = text.firstRange(of: "AND (NOT gone)\n    AND "),
      let end = text.firstRange(of: "\n) AS t0")
    else { return nil }
    return String(text[start.upperBound..<end.lowerBound])
  }

  private func plan(_ scopes: [String], keeping keys: Set<String> = []) throws -> FetchPlan? {
    var request = ShopFixture.request([])
    request.preFilter = PreFilter(
      scopes: try scopes.map { try term($0) }, of: ShopFixture.customer, keeping: keys)
    return request.preFilter == nil ? nil : FetchPlan(request, catalog: ShopFixture.catalog)
  }

  private func term(_ text: String) throws -> Term {
    var scope = Scope()
    for field in ShopFixture.customer.fields.values {
      scope.fields["customer.\(field.name)"] = FieldSymbol(type: field.kind.valueType)
    }
    scope.fields["customer.rep.name"] = FieldSymbol(type: .text)
    scope.metrics["revenue"] = MetricSymbol(type: .number, needsWindow: true)
    let (expression, diagnostics) = Checker(scope: scope).check(text)
    return try #require(expression, "\(text): \(diagnostics)").term
  }
}

import Expressions
import Planning
import Postgres
import Support
import Testing

@Suite("Plans as people see them") struct GoldenPlanTests {
  /// Each is recorded, and PostgreSQL can plan it.
  @Test(arguments: [
    ("fields", FetchResultTests.fields),
    ("metrics", FetchResultTests.metrics.filter { !$0.description.contains("gap") }),
    ("gaps", FetchResultTests.metrics.filter { $0.description.contains("gap") }),
    ("nothing", []),
  ])
  func recorded(name: String, inputs: [Input]) async throws {
    let plan = FetchPlan(ShopFixture.request(Set(inputs)), catalog: ShopFixture.catalog)
    try await expectPlan(plan, recordedAs: name)
  }

  @Test("a source that is asked for first and last times alone is scanned or looked up")
  func lookups() async throws {
    var plan = FetchPlan(ShopFixture.request(LookupTests.times), catalog: ShopFixture.catalog)
    try await expectPlan(plan, recordedAs: "times_scanned")
    plan.query = try #require(plan.alternative)
    try await expectPlan(plan, recordedAs: "times_looked_up")
  }
}

/// Expects the plan that `Golden` has by this name, and that PostgreSQL can plan it.
func expectPlan(_ plan: FetchPlan, recordedAs name: String) async throws {
  try expectSnapshot(plan.explainText, "Golden/\(name).sql")
  try await withTestDatabase { database in
    try await database.connection.execute(script: ShopFixture.schema)
    try await database.connection.execute(
      script: plan.explainText.replacing(
        "\nSELECT\n", with: "\nEXPLAIN SELECT\n", maxReplacements: 1))
  }
}

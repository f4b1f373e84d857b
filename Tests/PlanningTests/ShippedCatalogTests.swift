import Expressions
import Foundation
import Planning
import Postgres
import Rules
import Support
import Testing

/// PostgreSQL can plan whatever the shipped catalog offers, over the reference schema.
@Suite("The shipped catalog") struct ShippedCatalogTests {
  static let windows = [
    Window.allTime, .trailing(length: Period(days: 30), endingAgo: nil),
    .trailing(length: Period(days: 30), endingAgo: Period(days: 30)),
    .trailing(length: Period(microseconds: 6 * 3_600_000_000), endingAgo: nil),
    .calendar(.quarter, offset: -1),
  ]

  @Test func everyFieldAndMetric() async throws {
    let ruleSet = try Self.ruleSet()
    let catalog = ruleSet.catalog
    try await withReferenceSchema { connection in
      for entity in catalog.entities.values {
        var inputs = Set(entity.fields.keys.map { Input.field(path: [entity.name, $0]) })
        for field in entity.fields.values {
          guard case .person(let name) = field.kind else { continue }
          for inner in try #require(catalog.entities[name]).fields.keys {
            inputs.insert(.field(path: [entity.name, field.name, inner]))
          }
        }
        for metric in catalog.metrics.values where metric.entity == entity.name {
          for window in Self.windows { inputs.insert(.metric(name: metric.name, window: window)) }
        }
        try await fetchNothing(inputs, of: entity, catalog, connection)
      }
    }
  }

  @Test func everythingTheShippedRulesRead() async throws {
    let ruleSet = try Self.ruleSet()
    try await withReferenceSchema { connection in
      for rule in ruleSet.rules.values where rule.rollup != nil {
        let plan = FetchPlan(
          rollup: rule, catalog: ruleSet.catalog, tenant: ShopFixture.east, now: ShopFixture.now,
          zone: .utc)
        #expect(plan.columns.count == rule.rollupInputs.count)
        #expect(try await FetchedRows(plan, from: connection).keys.isEmpty)
      }
      let ofThings = ruleSet.rules.values.filter { $0.rollup == nil }
      for (name, rules) in Dictionary(grouping: ofThings, by: \.entity) {
        let entity = try #require(ruleSet.catalog.entities[name])
        let terms = rules.flatMap {
          [$0.scope, $0.when, $0.lifecycle.resolveWhen].compactMap(\.self)
            + $0.values.map(\.term) + $0.severity.steps.map(\.when)
        }
        let inputs = terms.reduce(into: Set<Input>()) { $0.formUnion($1.inputs) }
        #expect(!inputs.isEmpty)
        try await fetchNothing(inputs, of: entity, ruleSet.catalog, connection)
      }
    }
  }

  /// Plans and fetches from empty tables.
  private func fetchNothing(
    _ inputs: Set<Input>, of entity: Entity, _ catalog: Catalog, _ connection: Connection
  ) async throws {
    let plan = FetchPlan(
      FetchRequest(
        entity: entity, inputs: inputs, tenant: ShopFixture.east, now: ShopFixture.now,
        zone: .utc), catalog: catalog)
    #expect(plan.columns.count == inputs.count)
    #expect(try await FetchedRows(plan, from: connection).keys.isEmpty)
  }

  private func withReferenceSchema(_ body: (Connection) async throws -> Void) async throws {
    let store = RuleFolder.package.appending(path: "Sources/Store")
    let migrations = try FileManager.default.contentsOfDirectory(
      at: store.appending(path: "Migrations"), includingPropertiesForKeys: nil)
    let engine = try migrations.sorted { $0.lastPathComponent < $1.lastPathComponent }
      .map { try String(contentsOf: $0, encoding: .utf8) }.joined(separator: "\n")
    let business = try String(
      contentsOf: store.appending(path: "ReferenceSchema/reference.sql"), encoding: .utf8)
    try await withTestDatabase { database in
      try await database.connection.execute(
        script: "CREATE SCHEMA bellwether; SET search_path = bellwether; \(engine)")
      try await database.connection.execute(script: "RESET search_path; \(business)")
      try await body(database.connection)
    }
  }

  static func ruleSet() throws -> RuleSet {
    try RuleFolder.ruleSet(in: RuleFolder.package.appending(path: "rules")).0
  }
}

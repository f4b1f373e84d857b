import Diagnostics
import Expressions
import Foundation
import Rules
import Templates
import Testing

@Suite("Loading the catalog and the settings")
struct CatalogTests {
  static func catalog() throws -> Catalog {
    let loaded = Fixture.load([])
    try #require(loaded.diagnostics.isEmpty, "\(Fixture.render(loaded.diagnostics))")
    return try #require(loaded.ruleSet?.catalog)
  }

  @Test("takes sources, entities and fields in both forms")
  func entities() throws {
    let catalog = try Self.catalog()
    #expect(
      catalog.tenants
        == .table(table: "tenant", key: "id", slug: "slug", name: "name", timezone: "timezone"))
    let orders = try #require(catalog.sources["orders"])
    #expect(orders.from == #""order" o"#)
    #expect(orders.filter == "o.status <> 'CANCELLED'")
    #expect(orders.loadedAt == "max(o.created_at)")
    #expect(orders.keys == ["customer": "o.customer_id", "sales_rep": "o.sales_rep_id"])
    let customer = try #require(catalog.entities["customer"])
    #expect(customer.label == "name")
    #expect(customer.example == ["name": "Acme", "status": "active"])
    #expect(customer.fields["name"] == Field(name: "name", kind: .text, storage: .column("name")))
    #expect(customer.fields["status"]?.oneOf == ["active", "prospect", "closed"])
    #expect(customer.fields["risk_status"]?.isWritable == true)
    #expect(
      customer.fields["sales_rep"]
        == Field(
          name: "sales_rep", kind: .person(entity: "sales_rep"), storage: .column("sales_rep_id")))
    #expect(customer.fields["city"]?.storage == .sql("address->>'city'"))
    #expect(customer.fields["labels"]?.kind == .textList)
  }

  @Test("takes every aggregate")
  func metrics() throws {
    let catalog = try Self.catalog()
    #expect(catalog.metrics["revenue"]?.aggregate == .sum("o.total"))
    #expect(catalog.metrics["revenue"]?.empty == 0)
    #expect(catalog.metrics["revenue"]?.unit == "money")
    #expect(catalog.metrics["orders"]?.aggregate == .countRows)
    #expect(catalog.metrics["skus_ordered"]?.aggregate == .countDistinct("l.sku_id"))
    #expect(catalog.metrics["last_order"]?.aggregate == .latestTime)
    #expect(catalog.metrics["last_order"]?.empty == nil)
    #expect(
      catalog.metrics["typical_order_gap"]?.aggregate
        == .medianGap(perDay: true, last: 8, needs: 4))
  }

  @Test("takes write targets, for any entity or one")
  func writes() throws {
    let task = try #require(try Self.catalog().writes["task"])
    #expect(task.key == "id")
    #expect(task.tenant == "tenant_id")
    #expect(task.columns["entity.id"] == "customer_id")
    #expect(task.entityColumns.isEmpty)
    #expect(task.close == ["status": "'DONE'", "completed_at": "now()"])
    let text = Fixture.catalog.replacing("entity.id: customer_id", with: "sku.id: sku_id")
    let loaded = Fixture.load([SourceText(path: "rules/catalog.yaml", text: text)])
    #expect(loaded.ruleSet?.catalog.writes["task"]?.entityColumns == ["sku": "sku_id"])
  }

  @Test("takes a database that belongs to one business")
  func withoutTenants() throws {
    let loaded = Fixture.load([
      SourceText(
        path: "rules/catalog.yaml",
        text: """
          catalog: 1
          tenants: none
          entities:
            customer: {table: Customer, key: customerId, fields: {name: text}}
          writes:
            task: {table: task, columns: {title: title}}
          """)
    ])
    let catalog = try #require(loaded.ruleSet?.catalog)
    #expect(catalog.tenants == .none)
    #expect(catalog.entities["customer"]?.tenant == nil)
    #expect(catalog.writes["task"]?.tenant == nil)
  }

  @Test("takes the settings")
  func settings() {
    let loaded = SettingsLoader.load(
      SourceText(path: "bellwether.yaml", text: Fixture.settings))
    #expect(
      loaded.0
        == Settings(
          databaseVariable: "DATABASE_URL", timezone: "Europe/Vienna",
          smtp: SMTPSettings(
            host: "localhost", port: 25, from: "Bellwether <a@acme.example>", security: .none),
          endpoints: [
            "crm": EndpointSettings(
              name: "crm", url: "https://crm.acme.example/hook", secretVariables: ["CRM_SECRET"])
          ], formats: .init(locale: "de_AT", currency: "EUR")))
    #expect(loaded.1.diagnostics.isEmpty)
  }

  @Test(
    "finds nothing wrong with the rules that are shipped", arguments: ["", "examples/northwind"])
  func shipped(_ project: String) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../\(project)").standardizedFileURL
    func files(_ folder: String, _ ending: String) throws -> [SourceText] {
      let place = root.appending(path: folder).path
      guard FileManager.default.fileExists(atPath: place) else { return [] }
      let paths = try FileManager.default.subpathsOfDirectory(atPath: place)
      return try paths.filter { $0.hasSuffix(ending) }.map { path in
        let url = root.appending(path: "\(folder)/\(path)")
        return SourceText(
          path: "\(folder)/\(path)", text: try String(contentsOf: url, encoding: .utf8))
      }
    }
    var rules = try files("rules", ".yaml")
    let catalog = try #require(rules.firstIndex { $0.path == "rules/catalog.yaml" })
    let templates = try files("templates", ".mustache").map {
      (String($0.path.dropFirst("templates/".count)), $0)
    }
    let loaded = RuleLoader.load(
      RuleFiles(
        catalog: rules.remove(at: catalog), rules: rules,
        templates: Dictionary(uniqueKeysWithValues: templates)), settings: nil)
    #expect(Fixture.render(loaded.diagnostics) == "")
    #expect(loaded.ruleSet?.rules.isEmpty == false)
  }
}

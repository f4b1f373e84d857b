import Diagnostics
import Rules

/// The rules folder of the measured project.
enum BenchProject {
  /// What the reference schema offers to the rules.
  static let catalog = """
    catalog: 1
    tenants: {table: tenant, key: id, slug: slug, name: name, timezone: timezone}
    sources:
      orders:
        from: '"order" o'
        tenant: o.tenant_id
        time: o.delivered_at
        keys: {customer: o.customer_id}
        where: o.status <> 'CANCELLED' AND o.total > 0
    entities:
      sales_rep:
        table: sales_rep
        key: id
        tenant: tenant_id
        label: name
        fields: {name: text, email: text}
      customer:
        table: customer
        key: id
        tenant: tenant_id
        label: name
        fields:
          name: text
          draw: {type: number, sql: customer.id * 7919 % 1000}
          sales_rep: {type: person, entity: sales_rep, column: sales_rep_id}
    metrics:
      revenue: {of: customer, sum: o.total, from: orders, unit: money, empty: 0}
      orders: {of: customer, count: rows, from: orders, empty: 0}
      average_order: {of: customer, avg: o.total, from: orders, unit: money}
      last_order: {of: customer, latest: time, from: orders}
    writes:
      task:
        table: task
        tenant: tenant_id
        columns:
          title: title
          body: description
          assign_to: assigned_to
          due: due_at
          priority: priority
          customer.id: customer_id
    """

  /// Loads rules, given as name and text, as `bellwether check` does; a wrong one is an error.
  static func load(
    _ rules: [(name: String, yaml: String)]
  ) throws -> (catalog: Catalog, rules: [Rule]) {
    let settings = Settings(endpoints: [
      "crm": EndpointSettings(
        name: "crm", url: "https://crm.example.com/hook", secretVariables: ["CRM_SECRET"])
    ])
    let (ruleSet, reports) = RuleLoader.load(
      RuleFiles(
        catalog: SourceText(path: "rules/catalog.yaml", text: catalog),
        rules: rules.map { SourceText(path: "rules/\($0.name).yaml", text: $0.yaml) }),
      settings: settings)
    for report in reports {
      for diagnostic in report.diagnostics where diagnostic.severity == .error {
        throw BenchError(description: DiagnosticRenderer.text(diagnostic, in: report.source))
      }
    }
    guard let ruleSet else { throw BenchError(description: "the catalog was not loaded") }
    return (ruleSet.catalog, rules.compactMap { ruleSet.rules[$0.name] })
  }
}

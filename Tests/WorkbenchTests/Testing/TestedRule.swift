import Diagnostics
import Expressions
import Rules
import Templates
import Testing
import Workbench

/// A rule with tests, over a small catalog.
struct TestedRule {
  let rule: Rule
  let tester: RuleTester

  static let catalog = """
    catalog: 1
    tenants: {table: tenant, key: id, slug: slug, name: name}
    sources:
      orders: {from: orders o, tenant: o.tenant, time: o.at, keys: {customer: o.customer}}
    entities:
      customer:
        table: customer
        key: id
        tenant: tenant
        fields:
          name: text
          tier: {type: text, one_of: [A, B, C]}
          vip: yes_no
          labels: {type: list, of: text}
          rest_until: date
          score: number
          sales_rep: {type: person, entity: sales_rep}
          risk: {type: text, writable: true}
        example: {name: Acme, tier: B, vip: no, score: 70%}
      sales_rep:
        table: sales_rep
        key: id
        tenant: tenant
        fields: {name: text, email: text}
        example: {name: Robin Field, email: robin@acme.example}
    metrics:
      revenue: {of: customer, sum: o.total, from: orders, empty: 0}
      average: {of: customer, avg: o.total, from: orders}
      last_order: {of: customer, latest: time, from: orders}
    writes:
      task:
        table: task
        columns: {title: title, body: body, assign_to: assignee}
        close: {state: "'DONE'"}

    """

  static let dormancy = """
    condition: dormancy
    for_each: customer
    params: {after: 45d}
    when: since(last_order) >= after
    values: {quiet_for: since(last_order)}

    """

  /// Reads a rule called `r`; its `body` is what stands below `for_each`.
  init(
    _ body: String, zone: String = "Europe/Vienna",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let files = RuleFiles(
      catalog: SourceText(path: "rules/catalog.yaml", text: Self.catalog),
      rules: [
        SourceText(path: "rules/dormancy.yaml", text: Self.dormancy),
        SourceText(
          path: "rules/r.yaml",
          text: "rule: r\nowner: ops@acme.example\nfor_each: customer\n\(body)\n"),
      ])
    let settings = Settings(timezone: zone, formats: TextFormats(locale: "en_US", currency: "EUR"))
    let (ruleSet, diagnostics) = RuleLoader.load(files, settings: settings)
    let errors = diagnostics.flatMap { report in
      report.diagnostics.filter { $0.severity == .error }
        .map { DiagnosticRenderer.text($0, in: report.source) }
    }
    rule = try #require(
      ruleSet?.rules["r"], "\(errors.joined(separator: "\n"))", sourceLocation: sourceLocation)
    tester = RuleTester(
      catalog: try #require(ruleSet?.catalog), zone: try #require(Zone(identifier: zone)),
      formats: settings.formats)
  }

  /// What came of its tests.
  var results: [TestResult] { tester.run(rule) }

  /// What the tests found, each in a line; nothing for those that passed.
  var mismatches: [String] {
    results.flatMap { result in
      result.mismatches.map { "\($0.subject): \($0.expected) -> \($0.found)" }
    }
  }
}

import Diagnostics
import Expressions
import Rules

/// The files that the tests' own files are read beside.
enum Fixture {
  static let catalog = """
    catalog: 1
    tenants: {table: tenant, key: id, slug: slug, name: name, timezone: timezone}

    sources:
      orders:
        from: '"order" o'
        tenant: o.tenant_id
        time: o.delivered_at
        keys: {customer: o.customer_id, sales_rep: o.sales_rep_id}
        where: o.status <> 'CANCELLED'
        loaded_at: max(o.created_at)
      order_lines:
        from: 'order_line l JOIN "order" o ON o.id = l.order_id'
        tenant: o.tenant_id
        time: o.delivered_at
        keys: {customer: o.customer_id, sku: l.sku_id}

    entities:
      customer:
        table: customer
        key: id
        tenant: tenant_id
        label: name
        fields:
          name: text
          email: text
          tier: text
          status: {type: text, one_of: [active, prospect, closed]}
          risk_status: {type: text, writable: true, one_of: [healthy, dormant]}
          note: {type: text, writable: true}
          score: {type: number, writable: true}
          vip: {type: yes_no, writable: true}
          reviewed_at: {type: timestamp, writable: true}
          sales_rep: {type: person, entity: sales_rep, column: sales_rep_id}
          city: {type: text, sql: "address->>'city'"}
          labels: {type: list, of: text}
        example: {name: Acme, status: active}
      sales_rep:
        table: sales_rep
        key: id
        tenant: tenant_id
        label: name
        fields: {name: text, email: text, territory: text}
      sku:
        table: sku
        key: id
        tenant: tenant_id
        fields:
          code: text
          on_hand: number

    metrics:
      revenue:           {of: customer, sum: o.total, from: orders, unit: money, empty: 0}
      orders:            {of: customer, count: rows, from: orders, empty: 0}
      skus_ordered:      {of: customer, distinct: l.sku_id, from: order_lines, empty: 0}
      last_order:        {of: customer, latest: time, from: orders}
      typical_order_gap: {of: customer, median_gap: time, from: orders, per: day, last: 8, needs: 4}
      units_sold:        {of: sku, sum: l.quantity, from: order_lines, empty: 0}

    writes:
      task:
        table: task
        columns: {title: title, body: description, assign_to: assigned_to, due: due_at, priority: priority, entity.id: customer_id}
        close: {status: "'DONE'", completed_at: now()}

    """

  static let dormancy = """
    condition: dormancy
    for_each: customer
    about: Has ordered before and then gone quiet.
    params: {after: 45d, min_orders: 1}
    where: orders[all time] >= min_orders
    when: since(last_order) >= after
    values: {quiet_for: since(last_order)}

    """

  static let settings = """
    database: {url_from: DATABASE_URL}
    timezone: Europe/Vienna
    smtp: {host: localhost, port: 25, from: "Bellwether <a@acme.example>", security: none}
    endpoints:
      crm: {url: "https://crm.acme.example/hook", secrets_from: [CRM_SECRET]}
    formats: {locale: de_AT, currency: EUR}

    """

  static let templates = [
    "email/quiet.subject.mustache": "{{customer.name}} is quiet\n",
    "email/quiet.text.mustache": "Severity {{severity}}, {{rule.title}}, {{tenant.name}}\n",
    "email/quiet.html.mustache": "<b>{{customer.name}}</b>\n",
    "email/broken.subject.mustache": "{{customer.nam}}\n",
    "email/broken.text.mustache": "ä {{customer.name}}\nfor {{quiet}}\n",
    "webhook/slim.json.mustache": "{\"name\": {{customer.name}}}\n",
  ]

  static let today = CivilDate(year: 2026, month: 11, day: 2)

  /// Loads some files beside the fixture's; those of the same path take its place.
  static func load(
    _ files: [SourceText], spreading: any Spreading = InTurn()
  ) -> (ruleSet: RuleSet?, settings: Settings?, diagnostics: [FileDiagnostics]) {
    var files = files
    func take(_ suffix: String, _ fallback: String) -> SourceText {
      guard let index = files.firstIndex(where: { $0.path.hasSuffix(suffix) }) else {
        return SourceText(path: "rules/\(suffix)", text: fallback)
      }
      return files.remove(at: index)
    }
    let (settings, settingsDiagnostics) = SettingsLoader.load(
      take("bellwether.yaml", settings), today: today)
    let catalog = take("catalog.yaml", catalog)
    let isFixture = catalog.text == Self.catalog
    if isFixture, !files.contains(where: { $0.path.hasSuffix("dormancy.yaml") }) {
      files.append(SourceText(path: "rules/conditions/dormancy.yaml", text: dormancy))
    }
    let sources = templates.map { ($0, SourceText(path: "templates/\($0)", text: $1)) }
    let (ruleSet, diagnostics) = RuleLoader.load(
      RuleFiles(
        catalog: catalog, rules: files, templates: Dictionary(uniqueKeysWithValues: sources)),
      settings: settings, today: today, spreading: spreading)
    let own = settingsDiagnostics.diagnostics.isEmpty ? [] : [settingsDiagnostics]
    return (ruleSet, settings, own + diagnostics)
  }

  /// What a terminal would show.
  static func render(_ files: [FileDiagnostics]) -> String {
    files.flatMap { file in
      file.diagnostics.map { DiagnosticRenderer.text($0, in: file.source) + "\n" }
    }.joined(separator: "\n")
  }
}

import Diagnostics
import Expressions
import Rules

/// What is done with any bytes: they are read as a rule file and as an expression.
///
/// A trap is a bug, and so is everything in the answer.
package enum FuzzEntry {
  /// Reads the bytes in every way and says which promises were broken.
  package static func run(_ bytes: [UInt8]) -> [String] {
    let text = String(decoding: bytes, as: UTF8.self)
    return loading(SourceText(path: "rules/fuzz.yaml", bytes: bytes))
      + [Dialect.rule, .cel].flatMap { printing(text, $0) } + evaluating(text)
  }

  // MARK: Rule files

  private static func loading(_ source: SourceText) -> [String] {
    let files = RuleFiles(catalog: catalog, rules: [source])
    let (ruleSet, diagnostics) = RuleLoader.load(files, settings: nil)
    var broken: [String] = []
    for file in diagnostics {
      for diagnostic in file.diagnostics {
        if diagnostic.span.upperBound > file.source.bytes.count {
          broken.append("\(diagnostic.code) lies outside its file")
        }
        if DiagnosticRenderer.text(diagnostic, in: file.source).isEmpty {
          broken.append("\(diagnostic.code) says nothing")
        }
      }
    }
    for rule in (ruleSet?.rules ?? [:]).values {
      let inputs = rule.inputs.sorted { $0.description < $1.description }
      let slots = Dictionary(uniqueKeysWithValues: inputs.enumerated().map { ($1, $0) })
      let compiled = CompiledRule(rule, slots: slots, context: context)
      _ = compiled.observe(Row(values: inputs.map { _ in .missing }))
    }
    return broken
  }

  // MARK: Expressions

  private static func printing(_ text: String, _ dialect: Dialect) -> [String] {
    guard let tree = try? Parser.parse(text, dialect: dialect) else { return [] }
    let printed = tree.text(in: dialect)
    do throws(SyntaxError) {
      let again = try Parser.parse(printed, dialect: dialect).text(in: dialect)
      return again == printed ? [] : ["\(text) is printed as \(printed) and then as \(again)"]
    } catch {
      // What is printed may be longer than what was read, and have brackets that that had not.
      switch error.fault {
      case .tooLong, .tooDeep: return []
      default: return ["\(text) is printed as \(printed), which is no expression"]
      }
    }
  }

  private static func evaluating(_ text: String) -> [String] {
    let (expression, diagnostics) = Checker(scope: scope).check(text)
    guard let expression else {
      return diagnostics.contains { $0.severity == .error } ? [] : ["\(text) fails without a word"]
    }
    let inputs = expression.term.inputs.sorted { $0.description < $1.description }
    let slots = Dictionary(uniqueKeysWithValues: inputs.enumerated().map { ($1, $0) })
    let program = Program(expression.term, slots: slots, context: context)
    return rows.compactMap { values in
      let row = Row(values: inputs.map { values[$0.description] ?? .number(1) })
      let value = program.value(of: row, severity: .high)
      guard case .error(.wrongType) = value else { return nil }
      return "\(text) has the wrong type: \(value)"
    }
  }

  private struct Row: RowSource {
    var values: [Value]

    func value(at slot: Int) -> Value { values[slot] }
  }

  private static let context = EvaluationContext(
    now: Instant(microseconds: 1_780_315_200_000_000), zone: .utc)

  private static let columns: [(name: String, type: ValueType, values: [Value])] = [
    ("a.number", .number, [.number(0.1), .number(.infinity), .missing]),
    ("a.text", .text, [.text("e\u{301}"), .text(""), .missing]),
    ("a.flag", .bool, [.bool(true), .bool(false), .error(.overflow)]),
    ("a.time", .instant, [.instant(.earliest), .instant(.latest), .missing]),
    (
      "a.length", .duration,
      [.duration(Period(days: 45)), .duration(Period(microseconds: .min)), .missing]
    ),
    ("a.numbers", .list(.number), [.list([.number(0.3), .missing]), .list([]), .missing]),
    ("a.texts", .list(.text), [.list([.text("x")]), .list([]), .missing]),
  ]

  private static let scope: Scope = {
    var scope = Scope()
    for column in columns { scope.fields[column.name] = FieldSymbol(type: column.type) }
    scope.metrics["m"] = MetricSymbol(type: .number, needsWindow: true)
    scope.allowsSeverity = true
    return scope
  }()

  private static let rows = (0..<3).map { index in
    Dictionary(uniqueKeysWithValues: columns.map { ($0.name, $0.values[index]) })
  }

  private static let catalog = SourceText(
    path: "rules/catalog.yaml",
    text: """
      catalog: 1
      tenants: {table: tenant, key: id, slug: slug, name: name, timezone: timezone}
      sources:
        orders:
          from: orders o
          tenant: o.tenant_id
          time: o.delivered_at
          keys: {customer: o.customer_id}
      entities:
        customer:
          table: customer
          key: id
          tenant: tenant_id
          label: name
          fields:
            name: text
            status: {type: text, one_of: [active, prospect, closed]}
            tier: text
            risk_status: {type: text, writable: true}
            sales_rep: {type: person, entity: sales_rep, column: sales_rep_id}
            labels: {type: list, of: text}
        sales_rep:
          table: sales_rep
          key: id
          tenant: tenant_id
          label: name
          fields: {name: text, email: text}
      metrics:
        revenue: {of: customer, sum: o.total, from: orders, unit: money, empty: 0}
        orders: {of: customer, count: rows, from: orders, empty: 0}
        last_order: {of: customer, latest: time, from: orders}
      writes:
        task:
          table: task
          columns: {title: title, assign_to: assigned_to, entity.id: customer_id}

      """)
}

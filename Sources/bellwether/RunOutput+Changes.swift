import Engine
import Rules
import Store

extension RunOutput {
  /// What a metric rule would change: totals, then the first rows, old and new.
  static func changes(
    _ changes: ChangeReport, of rule: RuleReport, _ report: TenantReport
  ) -> String {
    let unknown = rule.counts.unknown > 0 ? ", \(rule.counts.unknown) unknown" : ""
    let population =
      changes.figures.map { "\($0) rows of figures, from \(rule.counts.inScope) rows," }
      ?? "\(rule.counts.inScope) in scope"
    var text =
      "\(report.tenant.slug): \(rule.rule): \(changes.rows) of \(population) "
      + "would change\(unknown)\n"
    if rule.counts.errors > 0 {
      text += "  \(rule.counts.errors) fail: \(shown(rule.failures).joined(separator: "; "))\n"
    }
    guard changes.rows > 0 else { return text + "\n" }
    text += TextTable.render(
      header: ["field", "change", "rows"],
      rows: changes.totals.map { [$0.field, change($0.old, $0.new), String($0.count)] })
    text += "\n"
    let rows = changes.first.map { row in
      [row.key, row.label]
        + zip(row.old, row.new).map { $0 == $1 ? shown($0) : change($0, $1) }
    }
    text += TextTable.render(header: ["key", "name"] + changes.fields, rows: rows)
    let hidden = changes.rows - changes.first.count
    if hidden > 0 { text += "  and \(hidden) more\n" }
    return text + "\n"
  }

  /// The first records that failed, each with its reason.
  static func shown(_ failures: [RuleReport.Failure]) -> [String] {
    failures.prefix(5).map { "\($0.key): \($0.reason)" }
      + (failures.count > 5 ? ["and \(failures.count - 5) more"] : [])
  }

  /// The records that failed, for machines.
  static func json(_ failures: [RuleReport.Failure]) -> String {
    array(
      failures.map {
        ValueJSON.object([
          ("key", ValueJSON.string($0.key)), ("reason", ValueJSON.string($0.reason)),
        ])
      })
  }

  /// What would change, for machines.
  static func json(_ changes: ChangeReport) -> String {
    let rows = changes.first.map { row in
      ValueJSON.object([
        ("key", ValueJSON.string(row.key)), ("label", ValueJSON.string(row.label)),
        ("old", object(changes.fields, row.old)), ("new", object(changes.fields, row.new)),
      ])
    }
    let totals = changes.totals.map { total in
      ValueJSON.object([
        ("field", ValueJSON.string(total.field)), ("old", text(total.old)),
        ("new", text(total.new)), ("rows", "\(total.count)"),
      ])
    }
    return ValueJSON.object([
      ("rows", "\(changes.rows)"), ("totals", array(totals)), ("first", array(rows)),
    ])
  }

  private static func change(_ old: String?, _ new: String?) -> String {
    "\(shown(old)) -> \(shown(new))"
  }

  private static func shown(_ text: String?) -> String { text ?? "–" }

  private static func text(_ text: String?) -> String { text.map(ValueJSON.string) ?? "null" }

  private static func object(_ fields: [String], _ values: [String?]) -> String {
    ValueJSON.object(zip(fields, values).map { ($0, text($1)) })
  }

  private static func array(_ elements: [String]) -> String {
    "[" + elements.joined(separator: ",") + "]"
  }
}

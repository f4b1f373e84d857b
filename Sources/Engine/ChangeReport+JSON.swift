extension ChangeReport {
  /// What would change, for machines: totals, then the first rows, old and new.
  package var json: String {
    let rows = first.map { row in
      ValueJSON.object([
        ("key", ValueJSON.string(row.key)), ("label", ValueJSON.string(row.label)),
        ("old", Self.object(fields, row.old)), ("new", Self.object(fields, row.new)),
      ])
    }
    let sums = totals.map { total in
      ValueJSON.object([
        ("field", ValueJSON.string(total.field)), ("old", Self.text(total.old)),
        ("new", Self.text(total.new)), ("rows", "\(total.count)"),
      ])
    }
    return ValueJSON.object([
      ("rows", "\(self.rows)"), ("totals", "[" + sums.joined(separator: ",") + "]"),
      ("first", "[" + rows.joined(separator: ",") + "]"),
    ])
  }

  private static func text(_ text: String?) -> String { text.map(ValueJSON.string) ?? "null" }

  private static func object(_ fields: [String], _ values: [String?]) -> String {
    ValueJSON.object(zip(fields, values).map { ($0, text($1)) })
  }
}

import Expressions
import Rules

extension RuleWords {
  /// What a rollup counts, how it groups and what it writes.
  func figures(_ rollup: Rollup) -> [RuleDescription.Section] {
    let rows = rollup.source.words
    let scope: RuleDescription.Section =
      rule.scope.map {
        .init(
          heading: "Counts every row of \(rows) for which", lines: terms.lines($0.withoutGuards))
      } ?? .init(heading: "Counts every row of \(rows).")
    let windows = rollup.windows.map { "- \($0.words)" }
    let groupings = rollup.groupings.map { places in
      places.isEmpty
        ? "- all together"
        : "- by " + places.map { rollup.groups[$0].name.words }.joined(separator: " and ")
    }
    let columns = rollup.columns.map { "- \($0.name.words): \(definition(of: $0))" }
    return [
      scope, .init(heading: "By the row's time, for each of", lines: windows),
      .init(heading: "Grouped", lines: groupings),
      .init(
        heading: "Writes into \(rollup.target.words), a row for each day, window and group",
        lines: columns),
    ]
  }

  private func definition(of column: Rollup.Column) -> String {
    switch column.content {
    case .computed(let term): return terms.definition(term.withoutGuards)
    case .tally(let tally):
      let value = tally.value.map { terms.definition($0.withoutGuards) } ?? "rows"
      let what =
        switch tally.kind {
        case .count: "the number of rows"
        case .distinct: "how many different values there are of \(value)"
        case .sum: "the sum of \(value)"
        case .avg: "the mean of \(value)"
        case .min: "the least \(value)"
        case .max: "the greatest \(value)"
        }
      let once = tally.oncePer.map { ", each \(terms.definition($0.withoutGuards)) once" } ?? ""
      let condition = tally.condition.map { ", where \(terms.clause($0.withoutGuards))" } ?? ""
      return what + once + condition
    }
  }
}

import Diagnostics
import Expressions
import YAML

extension RuleBuilder {
  /// Reads a test of a rollup: rows of its source, and rows of figures that they give.
  mutating func readRollupTest(
    _ node: Node, name: String, of rule: Rule, _ context: EvaluationContext
  ) -> RuleTest? {
    guard let rollup = rule.rollup else { return nil }
    for key in ["expect", "severity", "texts", "set"] {
      guard let entry = node.entry(key) else { continue }
      report.error(
        .testConflict, "a rollup opens no alert and sets no field, so its tests have no `\(key)`",
        at: entry.keySpan, help: "say under `gives:` which rows of figures come of `rows:`")
    }
    var given = ReadGiven()
    for entry in node["given"]?.entries ?? [] { readGiven(entry, into: &given, context) }
    for (input, found) in given.inputs {
      report.error(
        .testConflict, "`\(input)` is different for every row", at: found.span,
        help: "say it under `rows:`; `given:` is for params")
    }
    let rows = (node["rows"]?.items ?? []).map { readRow($0, context) }
    let gives = (node["gives"]?.items ?? []).compactMap { readFigures($0, rollup, context) }
    if node["gives"]?.items?.isEmpty ?? true,
      node.entries?.allSatisfy({ KeyTable.test.has($0.key) }) == true
    {
      report.error(
        .testShowsNothing, "this test expects nothing, so that it cannot fail",
        at: node.entry("name")?.keySpan ?? node.span,
        help: "add `gives:` with a row of figures")
    }
    var test = RuleTest(
      name: name, inputs: [:], names: given.names.mapValues(\.value), expect: .opens, texts: [],
      at: context.now, line: report.source.position(of: node.span.lowerBound).line)
    test.rollup = .init(rows: rows, gives: gives)
    return test
  }

  /// A row of the source; fields that it does not name are missing.
  private mutating func readRow(_ node: Node, _ context: EvaluationContext) -> [Input: Value] {
    let fields = library.catalog.sources[entity]?.rows.fields ?? [:]
    var row: [Input: Value] = [:]
    for entry in node.entries ?? [] {
      let prefix = entity + "."
      let name =
        entry.key.hasPrefix(prefix) ? String(entry.key.dropFirst(prefix.count)) : entry.key
      guard let field = fields[name] else {
        report.error(
          .unknownGiven, "\(entity) has no field `\(entry.key)`", at: entry.keySpan,
          help: suggestion(for: name, among: fields.keys.sorted()))
        continue
      }
      let input = Input.field(path: [entity, name])
      guard row[input] == nil else {
        reportTwice(entry)
        continue
      }
      row[input] = givenValue(entry.value, as: field.kind.valueType, for: field, context)
    }
    if node.entries?.contains(where: { $0.key == Source.timeField || $0.key == "\(entity).time" })
      == false
    {
      report.error(
        .badGiven, "a row without its time lies in no window", at: node.span,
        help: "add `time:`, as in `time: 3d ago` or `time: 2026-01-02 10:00`")
    }
    return row
  }

  /// A row of figures: its window, the values of its groups, and figures of it.
  private mutating func readFigures(
    _ node: Node, _ rollup: Rollup, _ context: EvaluationContext
  ) -> RuleTest.RollupExample.Figures? {
    var window = rollup.windows.count == 1 ? 0 : nil
    var groups: [Value?] = Array(repeating: nil, count: rollup.groups.count)
    var columns: [RuleTest.Setting] = []
    for entry in node.entries ?? [] {
      if entry.key == "window" {
        window = entry.value.text.flatMap(Window.init(inBrackets:)).flatMap {
          rollup.windows.firstIndex(of: $0)
        }
        guard window == nil else { continue }
        report.error(
          .unknownText, "this rule has no window `\(entry.value.text ?? "")`",
          at: entry.value.span,
          help: "it has \(alternatives(rollup.windows.map { "`\($0)`" }))")
        return nil
      }
      if let place = rollup.groups.firstIndex(where: { $0.name == entry.key }) {
        groups[place] = givenValue(entry.value, as: rollup.groups[place].type, for: nil, context)
      } else if let column = rollup.columns.first(where: { $0.name == entry.key }) {
        givenValue(entry.value, as: column.type, for: nil, context).map {
          columns.append(.init(field: entry.key, expected: $0))
        }
      } else {
        let names = rollup.groups.map(\.name) + rollup.columns.map(\.name) + ["window"]
        report.error(
          .unknownText, "no group or column of this rule is called `\(entry.key)`",
          at: entry.keySpan, help: suggestion(for: entry.key, among: names))
      }
    }
    guard let window else {
      report.error(
        .testShowsNothing, "it is not said which window this is about", at: node.span,
        help: "add `window:`, one of \(alternatives(rollup.windows.map { "`\($0)`" }))")
      return nil
    }
    return .init(window: window, groups: groups, columns: columns)
  }
}

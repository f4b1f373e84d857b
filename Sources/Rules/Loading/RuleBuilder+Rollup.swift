import Expressions
import YAML

extension RuleBuilder {
  /// Takes the fields of a rollup's source into scope; `nil` where there is no rollup, false when
  /// there is no such source.
  mutating func enterSource() -> Bool? {
    guard let rollup = root["rollup"] else { return nil }
    if let entry = root.entry("for_each") {
      report.error(
        .badRollup, "a rule with `rollup` looks at the rows of a source, not at things",
        at: entry.keySpan, help: "remove `for_each`: `from` names the source")
    }
    guard let place = rollup["from"], let name = rollup.text("from") else { return false }
    let sources = library.catalog.sources
    guard let source = sources[name] else {
      report.error(
        .unknownSource, "there is no source `\(name)`", at: place.span,
        help: suggestion(for: name, among: sources.keys.sorted()))
      return false
    }
    guard !source.fields.isEmpty else {
      let usable = sources.values.filter { !$0.fields.isEmpty }.map(\.name).sorted()
      report.error(
        .badRollup, "the source `\(name)` has no `fields` to count by", at: place.span,
        help: usable.isEmpty ? "add some to it in the catalog" : "those of \(alternatives(usable))")
      return false
    }
    scope = Scope.entity(source.rows, in: library.catalog)
    entity = name
    return true
  }

  /// What a rollup computes; `nil` for a rule that looks at things one by one.
  mutating func readRollup() -> Rollup? {
    guard let node = root["rollup"] else { return nil }
    for key in Self.alertKeys + ["set", "stamp", "on_event"] {
      guard let entry = root.entry(key) else { continue }
      report.error(
        .badRollup, "a rule with `rollup` writes figures alone, so it has no `\(key)`",
        at: entry.keySpan, help: "remove it, or put it into a rule of its own")
    }
    guard let place = node["into"], let target = node.text("into") else { return nil }
    guard let table = library.catalog.rollups[target] else {
      report.error(
        .badRollup, "the catalog has no rollup `\(target)`", at: place.span,
        help: suggestion(for: target, among: library.catalog.rollups.keys.sorted()))
      return nil
    }
    let windows = readWindows(node, table)
    let (groups, groupings) = readGroupings(node["by"], table)
    return Rollup(
      source: entity, target: target, windows: windows, groups: groups, groupings: groupings,
      columns: readColumns(node["columns"], table))
  }

  // MARK: Windows

  private mutating func readWindows(_ node: Node, _ table: RollupTable) -> [Window] {
    let items = node["windows"]?.oneOrMore ?? []
    var windows: [Window] = []
    for item in items where !item.isEmpty {
      guard let text = item.text else { continue }
      guard let window = Window(inBrackets: text) else {
        report.error(
          .badRollup, "`\(text)` is not a window", at: item.span,
          help: "write it as in `30d`, `this month`, `last quarter` or `all time`")
        continue
      }
      if windows.contains(window) {
        report.error(
          .badRollup, "the window `\(text)` stands here twice", at: item.span, help: "remove one")
      } else if table.windowDays != nil, window.days == nil {
        report.error(
          .badRollup, "`\(table.name)` takes windows of whole days, `\(text)` is none",
          at: item.span, help: "write it as in `30d`, or give the table a `window` column")
      }
      windows.append(window)
    }
    if windows.count > 1, table.windowDays == nil, table.window == nil, let place = node["windows"]
    {
      report.error(
        .badRollup, "`\(table.name)` has no column that tells windows apart", at: place.span,
        help: "keep one window, or give the table `window_days` in the catalog")
    }
    return windows
  }

  // MARK: Groups

  private mutating func readGroupings(
    _ node: Node?, _ table: RollupTable
  ) -> (groups: [Rollup.Group], groupings: [[Int]]) {
    var groups: [Rollup.Group] = []
    var groupings: [[Int]] = []
    for item in node?.items ?? [] {
      var places: [Int] = []
      for name in item.items ?? [] {
        guard let text = name.text, let group = group(text, at: name.span, table) else { continue }
        let place = groups.firstIndex { $0.name == text } ?? groups.count
        if place == groups.count { groups.append(group) }
        places.append(place)
      }
      if groupings.contains(where: { Set($0) == Set(places) }), places.count == item.items?.count {
        report.error(
          .badRollup, "rows are grouped this way already", at: item.span, help: "remove one")
      }
      groupings.append(places)
    }
    return (groups, groupings.isEmpty ? [[]] : groupings)
  }

  /// A value of the rule, or else a field of the source, that the table has a column for.
  private mutating func group(
    _ name: String, at span: Range<Int>, _ table: RollupTable
  ) -> Rollup.Group? {
    guard table.groups[name] != nil else {
      report.error(
        .badRollup, "`\(table.name)` has no group `\(name)`", at: span,
        help: suggestion(for: name, among: table.groups.keys.sorted()))
      return nil
    }
    guard !report.broken.contains(name) else { return nil }
    let text = scope.names[name] == nil ? "\(entity).\(name)" : name
    guard let checked = Checker(scope: scope).check(text).expression else {
      report.error(
        .badRollup, "neither a value of this rule nor a field of \(entity) is called `\(name)`",
        at: span, help: "add it to `values:`")
      return nil
    }
    usedNames.insert(name)
    guard [.text, .number, .bool, .instant].contains(checked.type) else {
      report.error(
        .badRollup, "rows cannot be grouped by \(checked.type.words)", at: span,
        help: "group by a text, a number, yes or no, or a point in time")
      return nil
    }
    return Rollup.Group(name: name, term: checked.term, type: checked.type)
  }

  // MARK: Columns

  private mutating func readColumns(_ node: Node?, _ table: RollupTable) -> [Rollup.Column] {
    var columns: [Rollup.Column] = []
    if let node, node.entries?.isEmpty == true {
      report.error(
        .emptyValue, "`columns` names no figure", at: node.span,
        help: "add one, as in `name: {count: rows}`")
    }
    var results = scope
    for entry in node?.entries ?? [] {
      guard table.columns[entry.key] != nil else {
        report.error(
          .badRollup, "`\(table.name)` has no column `\(entry.key)`", at: entry.keySpan,
          help: suggestion(for: entry.key, among: table.columns.keys.sorted()))
        continue
      }
      guard claimName(entry.key, at: entry.keySpan) else { continue }
      let column =
        entry.value.entries == nil ? computed(entry, in: results) : tally(entry)
      guard let column else {
        results.names[entry.key] = nil
        report.broken.insert(entry.key)
        continue
      }
      results.names[entry.key] = NamedTerm(
        name: entry.key, type: column.type,
        term: .input(.field(path: [entry.key]), column.type))
      columns.append(column)
    }
    return columns
  }

  private mutating func computed(_ entry: Node.Entry, in results: Scope) -> Rollup.Column? {
    guard let checked = expression(entry.value, in: results) else { return nil }
    let ofRows = checked.term.inputs.map(\.description).filter { $0.contains(".") }.sorted()
    if let first = ofRows.first {
      report.error(
        .badRollup, "`\(first)` is different for every row of a group", at: entry.value.span,
        help: "aggregate it, as in `{sum: \(first)}`, or name figures from above")
      return nil
    }
    checked.term.collectNames(into: &usedNames)
    return Rollup.Column(name: entry.key, type: checked.type, content: .computed(checked.term))
  }

  private mutating func tally(_ entry: Node.Entry) -> Rollup.Column? {
    let kinds = Rollup.Tally.Kind.allCases
    guard let kind = kinds.first(where: { entry.value[$0.rawValue] != nil }),
      let node = entry.value[kind.rawValue]
    else { return nil }
    var condition: Term?
    if let place = entry.value["where"] {
      guard let read = self.condition(place, in: scope) else { return nil }
      condition = read.joined
    }
    var value: CheckedExpression?
    if kind != .count {
      let isNumber = kind == .sum || kind == .avg
      value = expression(node, in: scope, expecting: isNumber ? .type(.number) : .any)
      guard let value else { return nil }
      if kind == .min || kind == .max, ![.number, .text, .instant].contains(value.type) {
        report.error(
          .badRollup, "\(value.type.words) is neither more nor less than another", at: node.span,
          help: "take a number, a text or a point in time")
        return nil
      }
    }
    var oncePer: Term?
    if let place = entry.value["once_per"] {
      guard let read = expression(place, in: scope) else { return nil }
      oncePer = read.term
    }
    for term in [condition, value?.term, oncePer].compactMap(\.self) {
      term.collectNames(into: &usedNames)
    }
    return Rollup.Column(
      name: entry.key, type: kind == .min || kind == .max ? value?.type ?? .number : .number,
      content: .tally(.init(kind: kind, value: value?.term, condition: condition, oncePer: oncePer))
    )
  }
}

extension Window {
  /// Reads what stands between brackets in expressions: `30d`, `this month`.
  init?(inBrackets text: String) {
    var scope = Scope()
    scope.metrics["m"] = MetricSymbol(type: .number, needsWindow: true)
    guard
      case .input(.metric(_, let window), _)? = Checker(scope: scope).check("m[\(text)]").0?.term
    else { return nil }
    self = window
  }

  /// The length of a window of whole days up to the last midnight.
  package var days: Int? {
    guard case .trailing(let length, nil) = self, length.months == 0, length.microseconds == 0
    else { return nil }
    return Int(length.days)
  }
}

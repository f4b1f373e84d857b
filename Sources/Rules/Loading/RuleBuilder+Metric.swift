import Diagnostics
import Expressions
import YAML

extension RuleBuilder {
  /// Keys that say what becomes of alerts, of which a metric rule opens none.
  static let alertKeys = [
    "when", "severity", "lifecycle", "suppressed_by", "remind", "limits", "then", "when_resolved",
  ]

  /// What a metric rule writes; `nil` for a rule that alerts.
  mutating func readMetric() -> MetricWork? {
    guard let set = root.entry("set") else {
      if let stamp = root.entry("stamp") {
        report.error(
          .metricRule, "`stamp` belongs to a rule with `set`", at: stamp.keySpan,
          help: "remove it, or add `set:` with the fields that the rule computes")
      }
      return nil
    }
    for key in Self.alertKeys {
      guard let entry = root.entry(key) else { continue }
      report.error(
        .metricRule, "a rule with `set` opens no alerts, so it has no `\(key)`",
        at: entry.keySpan,
        help: key == "when"
          ? "say under `where` whom it looks at" : "remove it, or put it into a rule with `when`")
    }
    let stamp = readStamp()
    if set.value.entries?.isEmpty == true {
      report.error(
        .emptyValue, "`set` names no field", at: set.value.span,
        help: "add one, as in `field: expression`")
    }
    var settings: [FieldUpdate] = []
    for entry in set.value.entries ?? [] {
      guard let setting = readSetting(entry) else { continue }
      let isTwice = settings.contains { $0.field == setting.field }
      guard !isTwice, setting.field != stamp else {
        report.error(
          .badUpdate, "`\(setting.field)` is set \(isTwice ? "twice" : "by `stamp` already")",
          at: entry.keySpan, help: "remove one of them")
        continue
      }
      settings.append(setting)
    }
    return MetricWork(settings: settings, stamp: stamp)
  }

  private mutating func readStamp() -> String? {
    guard let node = root["stamp"], let name = node.text, !node.isEmpty,
      let field = ownWritable(name, at: node.span)
    else { return nil }
    guard field.kind == .timestamp else {
      report.error(
        .badUpdate, "`stamp` needs a timestamp, `\(field.name)` is none", at: node.span,
        help: "name a writable field of type `timestamp`")
      return nil
    }
    return field.name
  }

  private mutating func readSetting(_ entry: Node.Entry) -> FieldUpdate? {
    guard let field = ownWritable(entry.key, at: entry.keySpan) else { return nil }
    if case .list = field.kind.valueType {
      report.error(
        .badUpdate, "`\(field.name)` is a list, which `set` cannot write", at: entry.keySpan,
        help: "set fields with one value alone")
      return nil
    }
    let value = entry.value.entries == nil ? setTerm(entry.value, field) : ladder(entry, field)
    guard let value else { return nil }
    value.collectNames(into: &usedNames)
    return FieldUpdate(field: field.name, value: value)
  }

  private mutating func setTerm(_ node: Node, _ field: Field) -> Term? {
    guard
      let term = expression(node, in: scope, expecting: .type(field.kind.valueType))?.term
    else { return nil }
    guard let words = field.oneOf else { return term }
    for case .constant(.text(let text)) in term.outcomes where !words.contains(text) {
      refuseWord(text, of: field, at: node.span)
      return nil
    }
    return term
  }

  // MARK: Ladders

  private mutating func ladder(_ entry: Node.Entry, _ field: Field) -> Term? {
    guard let entries = entry.value.entries, let last = entries.last else {
      report.error(
        .emptyValue, "the ladder has no lines", at: entry.value.span,
        help: "write `value: condition`, and `value: otherwise` as the last line")
      return nil
    }
    var steps: [(value: Term, when: Term)] = []
    for line in entries.dropLast() {
      if line.value.text == "otherwise" {
        report.error(
          .ladderEnd, "`otherwise` ends a ladder, nothing below it can be reached",
          at: line.value.span, help: "move `\(line.key)` to the end")
        continue
      }
      let value = ladderValue(line, field)
      guard let checked = expression(line.value, in: scope, expecting: .condition), let value
      else { continue }
      steps.append((value, Term.all(checked.scopes + [checked.term])))
    }
    let end = ladderValue(last, field)
    guard last.value.text == "otherwise" else {
      if !entries.contains(where: { $0.value.text == "otherwise" }) {
        report.error(
          .ladderEnd, "the last line of a ladder is `otherwise`", at: last.value.span,
          help: "write `\(last.key): otherwise`, or add a line")
      }
      return nil
    }
    guard let end, steps.count == entries.count - 1 else { return nil }
    return .ladder(steps, otherwise: end)
  }

  /// What a line of a ladder stands for: its key, as the field's type reads it.
  private mutating func ladderValue(_ line: Node.Entry, _ field: Field) -> Term? {
    let text = line.key
    if text == "missing", field.oneOf?.contains(text) != true { return .constant(.missing) }
    switch field.kind {
    case .text:
      guard let words = field.oneOf, !words.contains(text) else { return .constant(.text(text)) }
      refuseWord(text, of: field, at: line.keySpan)
      return nil
    case .number:
      if let number = Scalars.number(text) { return .constant(.number(number)) }
    case .yesNo:
      if let flag = Scalars.yesNo(text) { return .constant(.bool(flag)) }
    default: break
    }
    report.error(
      .badUpdate, "`\(field.name)` cannot become `\(text)`", at: line.keySpan,
      help: field.kind == .number || field.kind == .yesNo
        ? "it takes \(field.kind.valueType.words)"
        : "a ladder is for texts, numbers and yes or no; write an expression instead")
    return nil
  }

  private mutating func refuseWord(_ text: String, of field: Field, at span: Range<Int>) {
    let words = field.oneOf ?? []
    report.error(
      .badUpdate, "`\(field.name)` is never `\(text)`", at: span,
      help: didYouMean(text, among: words) ?? "it is \(alternatives(words))")
  }

  // MARK: Fields

  /// A writable field of the rule's entity, with or without the entity's name in front.
  private mutating func ownWritable(_ name: String, at span: Range<Int>) -> Field? {
    let fieldName = name.hasPrefix(entity + ".") ? String(name.dropFirst(entity.count + 1)) : name
    let writable = library.catalog.writableFields(of: entity).map {
      String($0.dropFirst(entity.count + 1))
    }
    guard let field = library.catalog.entities[entity]?.fields[fieldName] else {
      report.error(
        .unknownField, "`\(name)` is not a field of \(entity)", at: span,
        help: didYouMean(fieldName, among: writable) ?? writableHelp(writable))
      return nil
    }
    guard field.isWritable else {
      report.error(
        .notWritable, "`\(name)` may not be written", at: span, help: writableHelp(writable))
      return nil
    }
    return field
  }

  // MARK: Tests

  /// What a test of a metric rule expects of the fields it sets.
  mutating func readSetFields(_ node: Node, of rule: Rule, _ context: EvaluationContext)
    -> [RuleTest.Setting]
  {
    let settings = rule.metric?.settings ?? []
    return (node["set"]?.entries ?? []).compactMap { entry in
      let name =
        entry.key.hasPrefix(entity + ".")
        ? String(entry.key.dropFirst(entity.count + 1)) : entry.key
      guard settings.contains(where: { $0.field == name }),
        let field = library.catalog.entities[entity]?.fields[name]
      else {
        report.error(
          .unknownText, "this rule does not set `\(entry.key)`", at: entry.keySpan,
          help: suggestion(for: name, among: settings.map(\.field)))
        return nil
      }
      guard let scalar = entry.value.scalar else { return nil }
      let (value, diagnostics) = GivenValue.read(scalar.text, for: field, context: context)
      report.add(diagnostics, in: scalar)
      return value.map { RuleTest.Setting(field: name, expected: $0) }
    }
  }

  /// The outcome that a test of a metric rule expects: to be looked at, unless it says otherwise.
  mutating func readMetricOutcome(_ node: Node) -> RuleTest.Outcome? {
    for key in ["severity", "texts"] {
      guard let entry = node.entry(key) else { continue }
      report.error(
        .testConflict, "a rule with `set` opens no alert, so its tests have no `\(key)`",
        at: entry.keySpan, help: "say under `set:` what the fields become")
    }
    let set = node.entry("set").flatMap { $0.value.entries?.isEmpty == false ? $0 : nil }
    guard let place = node["expect"], let text = place.text else {
      if set == nil, node.entries?.allSatisfy({ KeyTable.test.has($0.key) }) == true {
        report.error(
          .testShowsNothing, "this test expects nothing, so that it cannot fail",
          at: node.entry("name")?.keySpan ?? node.span, help: "add `set:` or `expect:`")
      }
      return set == nil ? nil : .opens
    }
    guard let outcome = RuleTest.Outcome(rawValue: text) else { return nil }
    guard outcome == .outOfScope || outcome == .unknown else {
      report.error(
        .testConflict, "a rule with `set` opens no alert, so nothing `\(text)`",
        at: place.span, help: "write `set:`, or expect `out of scope` or `unknown`")
      return nil
    }
    if let set {
      report.error(
        .testConflict, "a test that expects `\(text)` has no `set`", at: set.keySpan,
        help: "remove one of the two: nothing is set then")
    }
    return outcome
  }
}

extension Term {
  /// The terms that the term may come to, through every choice in it.
  fileprivate var outcomes: [Term] {
    switch self {
    case .named(_, let inner): inner.outcomes
    case .apply(.conditional, let parts) where parts.count == 3:
      parts[1].outcomes + parts[2].outcomes
    default: [self]
    }
  }
}

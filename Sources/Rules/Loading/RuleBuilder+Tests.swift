import Diagnostics
import Expressions
import YAML

extension RuleBuilder {
  /// Reads the tests of a rule that has been built.
  ///
  /// Where the rule itself has errors, what a test may name is not known: it is then taken as it is.
  mutating func readTests(of rule: Rule, isWhole: Bool) -> [RuleTest] {
    let zone = library.settings.flatMap { Zone(identifier: $0.timezone) } ?? .utc
    let standard = EvaluationContext(now: RuleTest.defaultTime(in: zone), zone: zone)
    let tested = Tested(rule: rule, isWhole: isWhole, context: standard)
    var names: Set<String> = []
    return (root["tests"]?.items ?? []).compactMap { node in
      guard let name = node.text("name"), let place = node["name"] else { return nil }
      if !names.insert(name).inserted {
        report.error(
          .testNameTwice, "another test of this rule has the same name", at: place.span,
          help: "say what is different about this one")
      }
      return readTest(node, name: name, of: tested)
    }
  }

  /// What a test is about.
  private struct Tested {
    var rule: Rule

    /// Whether the rule could be read without errors.
    var isWhole: Bool

    /// The test's run.
    var context: EvaluationContext
  }

  private mutating func readTest(_ node: Node, name: String, of tested: Tested) -> RuleTest? {
    var tested = tested
    if let place = node["at"], let text = place.text, !place.isEmpty {
      guard let time = Instant(text, in: tested.context.zone) else {
        report.error(
          .testTime, "`\(text)` is not a time", at: place.span,
          help: "write it as in `2026-01-31 02:00`, `2026-01-31` or `2026-01-31T02:00:00Z`")
        return nil
      }
      tested.context.now = time
    }
    let texts = (node["texts"]?.entries ?? []).compactMap { readText($0, of: tested) }
    if tested.rule.rollup != nil {
      return readRollupTest(node, name: name, of: tested.rule, tested.context)
    }
    for key in ["rows", "gives"] {
      guard let entry = node.entry(key) else { continue }
      report.error(
        .testConflict, "`\(key)` belongs to the tests of a rollup", at: entry.keySpan,
        help: "say under `given:` what is known of the one thing")
    }
    let isMetric = tested.rule.metric != nil
    let set = isMetric ? readSetFields(node, of: tested.rule, tested.context) : []
    guard let outcome = isMetric ? readMetricOutcome(node) : readOutcome(node, texts)
    else { return nil }
    var given = ReadGiven()
    for entry in node["given"]?.entries ?? [] {
      readGiven(entry, into: &given, tested.context)
    }
    if tested.isWhole { checkUse(of: given, by: tested.rule) }
    var test = RuleTest(
      name: name, inputs: given.inputs.mapValues(\.value), names: given.names.mapValues(\.value),
      expect: outcome, severity: node.text("severity").flatMap(Severity.init), texts: texts,
      at: tested.context.now, line: report.source.position(of: node.span.lowerBound).line)
    test.set = set
    return test
  }

  // MARK: What follows

  /// What the test expects; of a severity or a text alone, that the alert opens or closes.
  private mutating func readOutcome(_ node: Node, _ texts: [RuleTest.Text]) -> RuleTest.Outcome? {
    if let set = node.entry("set") {
      report.error(
        .testConflict, "only a rule with `set` sets fields", at: set.keySpan,
        help: "what an `update` writes is seen by `texts:`")
      return nil
    }
    let severity = node.entry("severity")
    let text = node.entry("texts").flatMap { $0.value.entries?.isEmpty == false ? $0 : nil }
    guard node["expect"] != nil || severity != nil || text != nil else {
      // A key that is not known may be one of these, misspelt.
      guard node.entries?.allSatisfy({ KeyTable.test.has($0.key) }) == true else { return nil }
      report.error(
        .testShowsNothing, "this test expects nothing, so that it cannot fail",
        at: node.entry("name")?.keySpan ?? node.span,
        help: "add `expect:`, `severity:` or `texts:`")
      return nil
    }
    let implied: RuleTest.Outcome = texts.first?.isOfResolved == true ? .resolves : .opens
    guard let outcome = node["expect"].map({ RuleTest.Outcome(rawValue: $0.text ?? "") }) ?? implied
    else { return nil }
    if !outcome.acts, let entry = severity ?? text {
      report.error(
        .testConflict, "a test that expects `\(outcome.rawValue)` has no `\(entry.key)`",
        at: entry.keySpan, help: "remove it, or expect `opens`")
    }
    let other = texts.first { $0.isOfResolved == (outcome == .opens) }
    if outcome.acts, let other, let entry = node["texts"]?.entry(other.key) {
      report.error(
        .testConflict, "a test that expects `\(outcome.rawValue)` sees no `\(other.action)`",
        at: entry.keySpan,
        help: outcome == .opens
          ? "what `when_resolved` does is seen by `resolves`"
          : "what `then` does is seen by `opens`"
      )
    }
    return outcome
  }

  // MARK: What actions say

  private mutating func readText(
    _ entry: Node.Entry, of tested: Tested
  ) -> RuleTest.Text? {
    let rule = tested.rule
    let actions = rule.actions + rule.resolvedActions.compactMap(\.action)
    for action in actions where entry.key.hasPrefix(action.id + ".") {
      let part = String(entry.key.dropFirst(action.id.count + 1))
      guard action.parts(of: rule.entity).contains(part), let scalar = entry.value.scalar else {
        continue
      }
      var expected: Value? = .text(scalar.text.withoutLastLineBreak)
      if case .update = action.kind {
        let path = part.split(separator: ".").map(String.init)
        guard let field = library.catalog.field(at: path) else { continue }
        let (value, diagnostics) = GivenValue.read(
          scalar.text, for: field, context: tested.context)
        report.add(diagnostics, in: scalar)
        expected = value
      }
      return expected.map {
        RuleTest.Text(key: entry.key, action: action.id, part: part, expected: $0)
      }
    }
    guard tested.isWhole else { return nil }
    let keys = actions.flatMap { action in
      action.parts(of: rule.entity).map { "\(action.id).\($0)" }
    }
    report.error(
      .unknownText, "no action of this rule has a text `\(entry.key)`", at: entry.keySpan,
      help: didYouMean(entry.key, among: keys)
        ?? (keys.isEmpty ? nil : "there are \(keys.joined(separator: ", "))"))
    return nil
  }

  // MARK: What is given

  /// What has been read of `given`, with the places of the keys.
  struct ReadGiven {
    var inputs: [Input: (value: Value, span: Range<Int>)] = [:]
    var names: [String: (value: Value, span: Range<Int>)] = [:]
  }

  mutating func readGiven(
    _ entry: Node.Entry, into given: inout ReadGiven, _ context: EvaluationContext
  ) {
    var names = alertScope
    names.fields["tenant.name"] = FieldSymbol(type: .text)
    let (checked, _) = Checker(scope: names).check(entry.key)
    switch checked?.term {
    case .input(let input, let type)?:
      guard given.inputs[input] == nil else { return reportTwice(entry) }
      let field: Field? =
        if case .field(let path) = input { library.catalog.field(at: path) } else { nil }
      guard let value = givenValue(entry.value, as: type, for: field, context) else { return }
      given.inputs[input] = (value, entry.keySpan)
    case .named(let name, _)? where scope.names[name] != nil:
      guard given.names[name] == nil else { return reportTwice(entry) }
      guard let type = checked?.type,
        let value = givenValue(entry.value, as: type, for: nil, context)
      else { return }
      given.names[name] = (value, entry.keySpan)
    default:
      guard !report.broken.contains(entry.key) else { return }
      let known = Array(scope.names.keys) + alertScope.fields.keys + scope.metrics.keys
      report.error(
        .unknownGiven, "there is no field, metric over a window or value `\(entry.key)`",
        at: entry.keySpan,
        help: didYouMean(entry.key, among: known.sorted())
          ?? "as in `\(entity).…`, `\"…[30d]\"` or the name of a value or param of this rule")
    }
  }

  mutating func reportTwice(_ entry: Node.Entry) {
    report.error(
      .givenTwice, "`\(entry.key)` is given already, perhaps in another spelling",
      at: entry.keySpan, help: "remove one of them")
  }

  mutating func givenValue(
    _ node: Node, as type: ValueType, for field: Field?, _ context: EvaluationContext
  ) -> Value? {
    if case .list(let element) = type, let items = node.items {
      let values = items.compactMap { givenValue($0, as: element, for: nil, context) }
      return values.count == items.count ? .list(values) : nil
    }
    guard let scalar = node.scalar, !node.isEmpty else {
      if !node.isRefused {
        report.error(
          .badGiven, "one value stands here", at: node.span, help: "`missing` is one too")
      }
      return nil
    }
    // What stands in quotes is a text, even if it says `missing`.
    if type == .text, scalar.style != .plain, scalar.text == "missing" { return .text(scalar.text) }
    let (value, diagnostics) =
      if let field { GivenValue.read(scalar.text, for: field, context: context) } else {
        GivenValue.read(scalar.text, as: type, context: context)
      }
    report.add(diagnostics, in: scalar)
    return value
  }

  /// Reports what is given and yet makes no difference.
  mutating func checkUse(of given: ReadGiven, by rule: Rule) {
    for (name, place) in given.names where !rule.uses(name) {
      report.error(
        .unusedGiven, "nothing in this rule depends on `\(name)`", at: place.span,
        help: "remove it from the test")
    }
    let read = rule.inputs
    let readStill = rule.setting(given.names.mapValues(\.value)).inputs
    for (input, place) in given.inputs where !readStill.contains(input) {
      let name = written(input)
      let replacement = given.names.keys.sorted().joined(separator: "` and `")
      let known = read.map(written).sorted()
      report.error(
        .unusedGiven,
        read.contains(input)
          ? "`\(name)` is only read by way of `\(replacement)`, which the test sets"
          : "this rule does not read `\(name)`",
        at: place.span,
        help: read.contains(input)
          ? "give one or the other"
          : didYouMean(name, among: known) ?? "it reads \(known.joined(separator: ", "))")
    }
  }

  /// An input as a test names it.
  private func written(_ input: Input) -> String {
    guard case .metric(let name, _) = input, let metric = library.catalog.metrics[name] else {
      return input.description
    }
    return Term.input(input, metric.valueType).text
  }
}

extension RuleTest.Outcome {
  /// Whether actions follow.
  fileprivate var acts: Bool { [.opens, .resolves, .outOfScope].contains(self) }
}

extension RuleTest.Text {
  fileprivate var isOfResolved: Bool { action.hasPrefix("resolved.") }
}

extension Action {
  /// The names of what the action says or sets.
  fileprivate func parts(of entity: String) -> [String] {
    if case .update(let updates) = kind { return updates.map { "\(entity).\($0.field)" } }
    return texts.map(\.part)
  }
}

extension String {
  /// The text without the line break that a block in a file ends with.
  package var withoutLastLineBreak: String { hasSuffix("\n") ? String(dropLast()) : self }
}

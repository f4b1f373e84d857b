package import Expressions
package import Rules
package import Templates

/// Runs the tests of rules, with the compiled rules that runs use and rows made by hand.
package struct RuleTester: Sendable {
  let catalog: Catalog
  let zone: Zone
  let formats: TextFormats

  /// Creates a tester; zone and formats are those of the settings.
  package init(catalog: Catalog, zone: Zone, formats: TextFormats) {
    self.catalog = catalog
    self.zone = zone
    self.formats = formats
  }

  /// Runs a rule's tests.
  package func run(_ rule: Rule) -> [TestResult] {
    rule.tests.map { test in
      let rule = rule.setting(test.names)
      if let example = test.rollup { return result(of: test, example, rule) }
      let inputs = inputs(of: rule, test)
      let row = RowOfValues(inputs)
      let compiled = CompiledRule(rule, slots: row.slots, context: context(of: test))
      let mismatches = mismatches(of: test, compiled, row)
      let explanation =
        mismatches.isEmpty
        ? "" : RuleExplanation(rule: rule, inputs: inputs, context: context(of: test)).text()
      return TestResult(
        name: test.name, line: test.line, mismatches: mismatches,
        explanation: explanation.split(separator: "\n").map(String.init))
    }
  }

  func context(of test: RuleTest) -> EvaluationContext {
    EvaluationContext(now: test.at, zone: zone)
  }

  // MARK: The row

  /// What a rule reads; what a value was at the opening is, where the alert opens, what it is.
  func inputs(of rule: Rule, _ test: RuleTest) -> [Input: Value] {
    var inputs = inputs(of: rule.inputs, test)
    let opened = rule.openedValues.filter { test.inputs[.opened($0.name)] == nil }
    guard test.expect == .opens, !opened.isEmpty else { return inputs }
    let row = RowOfValues(inputs)
    for value in opened {
      inputs[.opened(value.name)] =
        test.names[value.name]
        ?? Program(value.term, slots: row.slots, context: context(of: test)).value(of: row)
    }
    return inputs
  }

  /// What the test gives, then the catalog's examples and the values of empty windows.
  func inputs(of inputs: Set<Input>, _ test: RuleTest) -> [Input: Value] {
    let context = context(of: test)
    return Dictionary(
      uniqueKeysWithValues: inputs.map { input in
        (input, test.inputs[input] ?? standard(input, test, context))
      })
  }

  private func standard(_ input: Input, _ test: RuleTest, _ context: EvaluationContext) -> Value {
    switch input {
    case .metric(let name, _):
      return catalog.metrics[name]?.empty.map(Value.number) ?? .missing
    case .series(_, let window, let bucket):
      let count = bucket.buckets(of: window, at: context.now, in: context.zone).starts.count
      return .list(Array(repeating: .number(0), count: count))
    case .field(let path):
      // Nobody stands behind a person field that is missing.
      let isNobody = path.indices.dropFirst().contains { end in
        test.inputs[.field(path: Array(path[..<end]))] == .missing
      }
      return isNobody ? .missing : catalog.example(at: path, context: context)
    }
  }

  // MARK: What follows

  func mismatches(
    of test: RuleTest, _ rule: CompiledRule, _ row: RowOfValues
  ) -> [TestResult.Mismatch] {
    let (observation, error) = rule.observe(row)
    guard test.expect.includes(observation) else {
      let isMetric = rule.rule.metric != nil
      let found =
        (isMetric ? observation.metricWords : observation.words)
        + (error.map { ": \($0.words)" } ?? "")
      let expected = isMetric && test.expect == .opens ? "in scope" : test.expect.rawValue
      return [.init(subject: "outcome", expected: expected, found: found)]
    }
    if let metric = rule.rule.metric {
      guard case .matches = observation else { return [] }
      return mismatches(of: test.set, metric, rule.settings.map { $0.value(of: row) })
    }
    guard case .matches(let severity) = observation else {
      let severity = test.severity ?? rule.rule.severity.otherwise
      return mismatches(of: test.texts, rule.resolvedActions, row, severity)
    }
    var found: [TestResult.Mismatch] = []
    if let expected = test.severity, expected != severity {
      found.append(
        .init(subject: "severity", expected: expected.rawValue, found: severity.rawValue))
    }
    return found + mismatches(of: test.texts, rule.actions, row, severity)
  }

  private func mismatches(
    of set: [RuleTest.Setting], _ metric: MetricWork, _ values: [Value]
  ) -> [TestResult.Mismatch] {
    set.compactMap { setting in
      guard let place = metric.settings.firstIndex(where: { $0.field == setting.field }),
        values[place] != setting.expected
      else { return nil }
      return .init(
        subject: setting.field, expected: setting.expected.written(in: zone),
        found: values[place].written(in: zone))
    }
  }

  private func mismatches(
    of texts: [RuleTest.Text], _ actions: [CompiledAction], _ row: RowOfValues,
    _ severity: Severity
  ) -> [TestResult.Mismatch] {
    texts.compactMap { text in
      guard let action = actions.first(where: { $0.action.id == text.action }),
        let values = action.capture(row, severity: severity)
      else {
        return .init(
          subject: text.key, expected: text.expected.written(in: zone),
          found: "its `where` does not hold")
      }
      let found = action.action.said(text.part, values, formats: formats, zone: zone)
      guard found != text.expected else { return nil }
      return .init(
        subject: text.key, expected: text.expected.written(in: zone), found: found.written(in: zone)
      )
    }
  }
}

extension RuleTest.Outcome {
  /// Whether what a row shows is what was meant.
  fileprivate func includes(_ observation: Observation) -> Bool {
    switch (self, observation) {
    case (.opens, .matches), (.unknown, .isUnknown), (.outOfScope, .isOutOfScope),
      (.resolves, .isOver), (.staysOpen, .isBetween), (.nothing, .isOver), (.nothing, .isBetween),
      (.nothing, .isOutOfScope):
      true
    default: false
    }
  }
}

extension Observation {
  /// As a test of a metric rule would expect it.
  fileprivate var metricWords: String {
    switch self {
    case .isOutOfScope: "out of scope"
    case .isUnknown: "unknown"
    case .matches, .isOver, .isBetween: "in scope"
    }
  }

  /// As a test would expect it.
  fileprivate var words: String {
    switch self {
    case .matches(let severity): "opens, \(severity.rawValue)"
    case .isOver: "nothing (an open alert resolves)"
    case .isBetween: "nothing (an open alert stays open)"
    case .isUnknown: "unknown"
    case .isOutOfScope: "out of scope"
    }
  }
}

extension Action {
  /// What one part of the action says or sets.
  fileprivate func said(
    _ part: String, _ values: [Value], formats: TextFormats, zone: Zone
  ) -> Value {
    var rest = values[...]
    for (name, template) in texts {
      let own = Array(rest.prefix(template.terms.count))
      if name == part {
        let text = template.render(own, formats: formats, zone: zone)
        return .text(text.withoutLastLineBreak)
      }
      rest = rest.dropFirst(own.count)
    }
    guard case .update(let updates) = kind else { return .missing }
    return zip(updates, rest).first { part.hasSuffix(".\($0.0.field)") }?.1 ?? .missing
  }
}

extension Value {
  /// The value as a report shows it; a text as it is, over as many lines as it has.
  fileprivate func written(in zone: Zone) -> String {
    if case .text(let text) = self { text } else { shown(in: zone) }
  }
}

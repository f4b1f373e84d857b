import Expressions
import Rules

extension RuleTester {
  /// Counts a test's rows and compares the figures that come of them.
  func result(
    of test: RuleTest, _ example: RuleTest.RollupExample, _ rule: Rule
  ) -> TestResult {
    let figures = figures(of: example, rule, at: test.at)
    let mismatches = example.gives.flatMap { self.mismatches(of: $0, figures, rule) }
    return TestResult(
      name: test.name, line: test.line, mismatches: mismatches,
      explanation: mismatches.isEmpty ? [] : figures.compactMap { sentence($0, rule) })
  }

  /// Whether some test of a rollup fails once the rule is changed.
  func noticesFigures(_ rule: Rule, _ tests: [RuleTest]) -> Bool {
    tests.contains { test in
      guard let example = test.rollup else { return false }
      let rule = rule.setting(test.names)
      let figures = figures(of: example, rule, at: test.at)
      return example.gives.contains { !mismatches(of: $0, figures, rule).isEmpty }
    }
  }

  private func figures(
    of example: RuleTest.RollupExample, _ rule: Rule, at time: Instant
  ) -> [RollupRow] {
    let slots = Dictionary(
      uniqueKeysWithValues: rule.rollupInputs.enumerated().map { ($0.element, $0.offset) })
    var tally = RollupTally(
      rule, slots: slots, context: EvaluationContext(now: time, zone: zone))
    for row in example.rows { tally.take(GivenRow(values: row, slots: slots)) }
    return tally.rows
  }

  private func mismatches(
    of expected: RuleTest.RollupExample.Figures, _ rows: [RollupRow], _ rule: Rule
  ) -> [TestResult.Mismatch] {
    guard let rollup = rule.rollup else { return [] }
    let name = label(expected.window, expected.groups, rollup)
    guard
      let row = rows.first(where: {
        $0.window == expected.window && $0.groups == expected.groups
      })
    else { return [.init(subject: name, expected: "a row of figures", found: "none")] }
    return expected.columns.compactMap { column in
      guard let place = rollup.columns.firstIndex(where: { $0.name == column.field }),
        row.values[place] != column.expected
      else { return nil }
      return .init(
        subject: "\(name): \(column.field)", expected: column.expected.shown(in: zone),
        found: row.values[place].shown(in: zone))
    }
  }

  private func sentence(_ row: RollupRow, _ rule: Rule) -> String? {
    guard let rollup = rule.rollup else { return nil }
    let figures = zip(rollup.columns, row.values).map { "\($0.name) \($1.shown(in: zone))" }
    return "\(label(row.window, row.groups, rollup)): \(figures.joined(separator: ", "))"
  }

  private func label(_ window: Int, _ groups: [Value?], _ rollup: Rollup) -> String {
    let named = zip(rollup.groups, groups).compactMap { group, value in
      value.map { "\(group.name) \($0.shown(in: zone))" }
    }
    return "\(rollup.windows[window]), " + (named.isEmpty ? "all" : named.joined(separator: ", "))
  }
}

/// A row as a test gives it: what it does not name is missing.
private struct GivenRow: RowSource {
  private var values: [Value]

  init(values given: [Input: Value], slots: [Input: Int]) {
    values = Array(repeating: .missing, count: slots.count)
    for (input, slot) in slots { values[slot] = given[input] ?? .missing }
  }

  func value(at slot: Int) -> Value { values[slot] }
}

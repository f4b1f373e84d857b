import Expressions
package import Rules

/// What the tests of one rule noticed of the changes that were tried on it.
package struct MutationResult: Sendable {
  package var rule: String
  package var path: String

  /// How many changes were tried.
  package var tried: Int

  /// Whether there are tests at all.
  package var isTested: Bool

  /// Those that no test noticed.
  package var survivors: [Mutant]
}

extension RuleTester {
  /// Tries every small change on a rule whose tests pass, and says which of them no test notices.
  package func mutate(_ rule: Rule) -> MutationResult {
    var lean = rule
    if rule.tests.allSatisfy(\.texts.isEmpty) {
      // What nothing is expected of need not be compiled for each change.
      lean.actions = []
      lean.resolvedActions = []
    }
    let groups = Dictionary(grouping: rule.tests) { Setting(at: $0.at, names: $0.names) }
      .mapValues { tests in tests.map { ($0, RowOfValues(self.inputs(of: lean, $0))) } }
    let mutants = lean.mutants
    let survivors = mutants.filter { mutant in
      guard rule.rollup == nil else { return !noticesFigures(mutant.rule, rule.tests) }
      return !groups.contains { setting, tests in notices(mutant.rule, setting, tests) }
    }
    return MutationResult(
      rule: rule.name, path: rule.path, tried: mutants.count,
      isTested: !rule.tests.isEmpty, survivors: survivors)
  }

  /// What tests share that one compiled rule can serve.
  private struct Setting: Hashable {
    var at: Instant
    var names: [String: Value]
  }

  private func notices(
    _ mutant: Rule, _ setting: Setting, _ tests: [(test: RuleTest, row: RowOfValues)]
  ) -> Bool {
    guard let slots = tests.first?.row.slots else { return false }
    let compiled = CompiledRule(
      mutant.setting(setting.names), slots: slots,
      context: EvaluationContext(now: setting.at, zone: zone))
    return tests.contains { !mismatches(of: $0.test, compiled, $0.row).isEmpty }
  }
}

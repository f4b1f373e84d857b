import Evaluation
import Expressions
import Rules
import Workbench

/// A rule that is right: run over a batch, explained, described and changed.
enum FuzzedRule {
  static func run(_ rule: Rule) -> [String] {
    let terms = rule.visibleTerms + rule.values.map(\.term)
    let slots = FuzzRows.slots(of: terms)
    let compiled = CompiledRule(rule, slots: slots, context: FuzzRows.context)
    for row in FuzzRows.all {
      let inputs = slots.mapValues(row.value)
      let explanation = RuleExplanation(rule: rule, inputs: inputs, context: FuzzRows.context)
      let observation = compiled.observe(row).observation
      if explanation.observation != observation {
        return ["\(rule.when.text) is \(observation), and explained as \(explanation.observation)"]
      }
      _ = explanation.text()
      _ = AlertForecast(explanation, alert: nil).verdict
      for action in compiled.actions { _ = action.capture(row, severity: .high) }
    }
    _ = RuleDescription(rule).text
    return differences([rule.scope, rule.when].compactMap { $0 }, slots: slots) + changes(of: rule)
  }

  /// Rows for which the batch and the row evaluator do not agree.
  private static func differences(_ conditions: [Term], slots: [Input: Int]) -> [String] {
    let program = BatchProgram(conditions, slots: slots, context: FuzzRows.context)
    var evaluation = program.evaluate(FuzzRows.batch)
    return conditions.enumerated().compactMap { number, condition in
      let outcome = evaluation.outcome(of: number)
      let reference = Program(condition, slots: slots, context: FuzzRows.context)
      for (index, row) in FuzzRows.all.enumerated() {
        let error = outcome.errors.first { $0.row == index }?.error
        let found: Value =
          outcome.isTrue[index]
          ? .bool(true) : outcome.isFalse[index] ? .bool(false) : error.map(Value.error) ?? .missing
        let value = reference.value(of: row)
        if found != value {
          return "row \(index): \(condition.text) is \(value), in a batch \(found)"
        }
      }
      return nil
    }
  }

  /// Changes that are none, or leave a rule that cannot be run.
  private static func changes(of rule: Rule) -> [String] {
    rule.mutants.prefix(50).compactMap { mutant in
      let slots = FuzzRows.slots(of: mutant.rule.visibleTerms + mutant.rule.values.map(\.term))
      let compiled = CompiledRule(mutant.rule, slots: slots, context: FuzzRows.context)
      for row in FuzzRows.all.prefix(2) {
        if case .wrongType(let words)? = compiled.observe(row).error {
          return "\(mutant.key): \(mutant.old) changed to \(mutant.new) is wrong: \(words)"
        }
      }
      return mutant.old == mutant.new ? "\(mutant.key): \(mutant.old) is changed to itself" : nil
    }
  }
}

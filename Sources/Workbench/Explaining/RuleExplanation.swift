package import Expressions
package import Rules

/// What a rule makes of one row, line by line.
package struct RuleExplanation: Sendable {
  package let rule: Rule
  package let context: EvaluationContext

  /// What a run would find for the row.
  package let observation: Observation

  /// Params and values with what they are for the row, in the rule's order.
  package let names: [Named]

  /// `nil` when the rule looks at everyone.
  package let scope: Explanation?
  package let when: Explanation
  package let severity: [Step]
  package let resolveWhen: Explanation?

  /// What the fields of a metric rule become, in its order.
  package let settings: [(field: String, value: Value)]

  /// A named value, what it is called for and what it is.
  package struct Named: Sendable, Hashable {
    package var name: String
    package var term: Term
    package var value: Value

    /// What the name is called for, as the rule has it.
    package var expression: String { term.withoutGuards.text }
  }

  /// A step of the severity ladder.
  package struct Step: Sendable, Hashable {
    package var severity: Severity
    package var condition: Explanation
  }

  let explainer: Explainer

  /// Explains a rule for a row; inputs that are not given are missing.
  package init(rule: Rule, inputs: [Input: Value], context: EvaluationContext) {
    let missing = rule.inputs.subtracting(inputs.keys).map { ($0, Value.missing) }
    let row = RowOfValues(inputs.merging(missing) { given, _ in given })
    let explainer = Explainer(row: row, context: context)
    self.rule = rule
    self.context = context
    self.explainer = explainer
    observation = CompiledRule(rule, slots: row.slots, context: context).observe(row).observation
    names = rule.namedTerms.map { named in
      Named(name: named.name, term: named.term, value: explainer.value(of: named.term))
    }
    scope = rule.scope.map(explainer.explain)
    when = explainer.explain(rule.when)
    severity = rule.severity.steps.map {
      Step(severity: $0.severity, condition: explainer.explain($0.when))
    }
    resolveWhen = rule.lifecycle.resolveWhen.map(explainer.explain)
    settings = (rule.metric?.settings ?? []).map { ($0.field, explainer.value(of: $0.value)) }
  }

  /// What kept the row from being decided, if something did.
  package var causes: [Term] {
    guard observation == .isUnknown else { return [] }
    let undecided = [scope, when].compactMap { $0 }.first { $0.outcome != .yes }
    return undecided?.allCauses ?? []
  }
}

extension Rule {
  /// Params that its conditions use, in the order they appear there, and then its values.
  package var namedTerms: [(name: String, term: Term)] {
    let valueNames = Set(values.map(\.name))
    var found: [(name: String, term: Term)] = []
    var seen = valueNames
    let conditions =
      [scope, when, lifecycle.resolveWhen].compactMap { $0 } + values.map(\.term)
      + severity.steps.map(\.when) + computedTerms
    for term in conditions {
      term.visitNames { name, inner in
        if seen.insert(name).inserted { found.append((name, inner)) }
      }
    }
    return found + values.map { ($0.name, $0.term.unnamed) }
  }
}

extension Term {
  /// Calls `body` with every name in the term and what it stands for, outer ones first.
  func visitNames(_ body: (String, Term) -> Void) {
    if case .named(let name, let inner) = self { body(name, inner) }
    for part in parts { part.visitNames(body) }
  }

  /// The term as it was written: without the `c is not missing` that guards each override `c`.
  var withoutGuards: Term {
    rewritten { part in
      guard case .apply(.and, let operands) = part else { return nil }
      let guards = operands.map { Term.apply(.isPresent, [$0]) }
      let kept = operands.filter { !guards.contains($0) }.map(\.withoutGuards)
      return kept.count == 1 ? kept[0] : .apply(.and, kept)
    }
  }
}

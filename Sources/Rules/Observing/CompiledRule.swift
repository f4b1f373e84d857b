package import Expressions
package import Templates

/// A rule's expressions as programs for the rows of one fetch.
package struct CompiledRule: Sendable {
  package let rule: Rule
  private let scope: Program?
  private let when: Program
  private let severitySteps: [(severity: Severity, when: Program)]
  private let resolveWhen: Program?

  /// What a metric rule's fields become, in the order of its settings.
  package let settings: [Program]
  package let values: [Program]
  package let actions: [CompiledAction]
  package let resolvedActions: [CompiledAction]

  /// Compiles the rule; `slots` says where each of `rule.inputs` stands in a row.
  package init(_ rule: Rule, slots: [Input: Int], context: EvaluationContext) {
    func compile(_ term: Term) -> Program { Program(term, slots: slots, context: context) }
    self.rule = rule
    scope = rule.scope.map(compile)
    when = compile(rule.when)
    severitySteps = rule.severity.steps.map { ($0.severity, compile($0.when)) }
    resolveWhen = rule.lifecycle.resolveWhen.map(compile)
    settings = (rule.metric?.settings ?? []).map { compile($0.value) }
    values = rule.values.map { compile($0.term) }
    actions = rule.actions.map { CompiledAction($0, compile: compile) }
    resolvedActions = rule.resolvedActions.compactMap(\.action).map {
      CompiledAction($0, compile: compile)
    }
  }

  /// What one row shows, and how its evaluation failed if it did.
  package func observe(
    _ row: some RowSource
  ) -> (observation: Observation, error: EvaluationError?) {
    if let scope {
      switch scope.value(of: row) {
      case .bool(true): break
      case .bool(false): return (.isOutOfScope, nil)
      case .error(let error): return (.isUnknown, error)
      default: return (.isUnknown, nil)
      }
    }
    switch when.value(of: row) {
    case .bool(true): return (.matches(severity(of: row)), nil)
    case .bool(false): return (isOver(row) ? .isOver : .isBetween, nil)
    case .error(let error): return (.isUnknown, error)
    default: return (.isUnknown, nil)
    }
  }

  /// How severe the alert of a row is that matches.
  package func severity(of row: some RowSource) -> Severity {
    severitySteps.first { $0.when.value(of: row) == .bool(true) }?.severity
      ?? rule.severity.otherwise
  }

  private func isOver(_ row: some RowSource) -> Bool {
    resolveWhen.map { $0.value(of: row) == .bool(true) } ?? true
  }
}

/// An action's texts, recipients and values as programs.
package struct CompiledAction: Sendable {
  package let action: Action
  private let condition: Program?
  private let programs: [Program]

  init(_ action: Action, compile: (Term) -> Program) {
    self.action = action
    condition = action.condition.map(compile)
    programs = action.terms.map(compile)
  }

  /// The values of the action's terms for one row, or `nil` when its `where` does not hold.
  package func capture(_ row: some RowSource, severity: Severity) -> [Value]? {
    if let condition, condition.value(of: row, severity: severity) != .bool(true) { return nil }
    return programs.map { $0.value(of: row, severity: severity) }
  }
}

extension Rule {
  /// Everything the rule reads from a row.
  package var inputs: Set<Input> {
    (visibleTerms + values.map(\.term)).reduce(into: []) { $0.formUnion($1.inputs) }
  }

  /// The terms that decide what happens and what it says: all but the values by themselves.
  package var visibleTerms: [Term] {
    let deciding = [scope, when, lifecycle.resolveWhen].compactMap { $0 }
    let acting = (actions + resolvedActions.compactMap(\.action)).flatMap { action in
      action.terms + [action.condition].compactMap { $0 }
    }
    return deciding + severity.steps.map(\.when) + computedTerms + (rollup?.rowTerms ?? [])
      + acting
  }
}

extension Action {
  /// The terms the action needs for one row, in a fixed order: its texts, then people and values.
  package var terms: [Term] {
    let others: [Term] =
      switch kind {
      case .task(let task): task.assignee?.terms ?? []
      case .email(let email): (email.to + email.cc).flatMap(\.terms)
      case .webhook: []
      case .update(let updates): updates.map(\.value)
      }
    return texts.flatMap(\.template.terms) + others
  }

  /// The action's texts by the names of its parts; their terms are the first of `terms`.
  package var texts: [(part: String, template: TextTemplate)] {
    let parts: [(String, TextTemplate?)] =
      switch kind {
      case .task(let task): [("title", task.title), ("body", task.body)]
      case .email(let email):
        [
          ("subject", email.subject), ("text", email.text), ("html", email.html),
          ("line", email.line),
        ]
      case .webhook(let webhook): [("body", webhook.body)]
      case .update: []
      }
    return parts.compactMap { part, template in template.map { (part, $0) } }
  }
}

extension Recipient {
  var terms: [Term] {
    switch self {
    case .person(let key, let name, let email): [key, name, email]
    case .field(let term): [term]
    case .address: []
    }
  }
}

package import Expressions
import Templates

extension Rule {
  /// The rule with every one of its terms exchanged.
  package func mapTerms(_ transform: (Term) -> Term) -> Rule {
    var rule = self
    rule.scope = scope.map(transform)
    rule.when = transform(when)
    for index in values.indices { rule.values[index].term = transform(values[index].term) }
    for index in severity.steps.indices {
      rule.severity.steps[index].when = transform(severity.steps[index].when)
    }
    rule.metric?.settings = (metric?.settings ?? []).map {
      FieldUpdate(field: $0.field, value: transform($0.value))
    }
    rule.rollup = rollup?.mapTerms(transform)
    rule.lifecycle.resolveWhen = lifecycle.resolveWhen.map(transform)
    rule.actions = actions.map { $0.mapTerms(transform) }
    rule.resolvedActions = resolvedActions.map { resolved in
      resolved.action.map { .act($0.mapTerms(transform)) } ?? resolved
    }
    return rule
  }

  /// The rule with some of its values and params set, wherever they are used.
  ///
  /// A value is also used where the same is computed without its name.
  package func setting(_ names: [String: Value]) -> Rule {
    guard !names.isEmpty else { return self }
    let computed = computedValues.filter { names[$0.value] != nil }
    var rule = mapTerms { term in
      term.rewritten { part in
        let name: String? =
          if case .named(let name, _) = part { name } else { computed[part] }
        guard let name, let value = names[name] else { return nil }
        return .named(name, .constant(value))
      }
    }
    for index in values.indices {
      guard let value = names[values[index].name] else { continue }
      rule.values[index].term = .constant(value)
    }
    return rule
  }

  /// Whether a value or param of that name stands in what decides or says something.
  func uses(_ name: String) -> Bool {
    let computed = computedValues
    return (visibleTerms + (rollup?.resultTerms ?? [])).contains { term in
      term.contains { part in
        switch part {
        case .named(name, _): true
        case .input(let input, _) where input.openedValue(besides: entity) == name: true
        default: computed[part] == name
        }
      }
    }
  }

  /// The names of values by what they compute from a row.
  private var computedValues: [Term: String] {
    Dictionary(
      values.filter { !$0.term.inputs.isEmpty }.map { ($0.term.unnamed, $0.name) },
      uniquingKeysWith: { first, _ in first })
  }
}

extension Action {
  fileprivate func mapTerms(_ transform: (Term) -> Term) -> Action {
    var action = self
    action.condition = condition.map(transform)
    switch kind {
    case .task(var task):
      task.title = task.title.mapTerms(transform)
      task.body = task.body?.mapTerms(transform)
      task.assignee = task.assignee?.mapTerms(transform)
      action.kind = .task(task)
    case .email(var email):
      email.subject = email.subject.mapTerms(transform)
      email.text = email.text.mapTerms(transform)
      email.html = email.html?.mapTerms(transform)
      email.line = email.line?.mapTerms(transform)
      email.to = email.to.map { $0.mapTerms(transform) }
      email.cc = email.cc.map { $0.mapTerms(transform) }
      action.kind = .email(email)
    case .webhook(var webhook):
      webhook.body = webhook.body?.mapTerms(transform)
      action.kind = .webhook(webhook)
    case .update(let updates):
      action.kind = .update(
        updates.map { FieldUpdate(field: $0.field, value: transform($0.value)) })
    }
    return action
  }
}

extension Recipient {
  fileprivate func mapTerms(_ transform: (Term) -> Term) -> Recipient {
    switch self {
    case .person(let key, let name, let email):
      .person(key: transform(key), name: transform(name), email: transform(email))
    case .field(let term): .field(transform(term))
    case .address: self
    }
  }
}

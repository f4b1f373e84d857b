import Expressions
package import Rules

/// A rule with one small change, which its tests should notice.
package struct Mutant: Sendable {
  /// Where the change is, `when` or `params: share`.
  package var key: String
  package var old: String
  package var new: String

  /// What a test would have to be like to notice.
  package var hint: String
  package var rule: Rule
}

extension Rule {
  /// The rule with each of the changes that are tried on what decides.
  package var mutants: [Mutant] {
    sites.flatMap { site in
      site.term.changes(isCompared: site.isCompared).map { change in
        var hint = change.hint
        if case .name(let name) = site.place, case .constant = change.old,
          let value = valueCompared(with: name)
        {
          hint = .noneNear(value, change.old, change.new)
        }
        return Mutant(
          key: site.key, old: change.old.text, new: change.new.text, hint: hint,
          rule: replacing(site, with: change.whole))
      }
    }
  }

  /// A term of the rule's file, and where it stands.
  private struct Site {
    enum Place {
      case scope, when, resolveWhen
      case step(Int)
      case setting(Int)
      case column(Int)
      case columnWhere(Int)
      case name(String)
    }

    var place: Place
    var key: String
    var term: Term

    /// Whether the term itself is compared with something.
    var isCompared = false
  }

  private var sites: [Site] {
    var sites = opensAlerts ? [Site(place: .when, key: "when", term: when)] : []
    if let scope { sites.insert(Site(place: .scope, key: "where", term: scope), at: 0) }
    for (index, step) in severity.steps.enumerated() {
      sites.append(
        Site(place: .step(index), key: "severity: \(step.severity.rawValue)", term: step.when))
    }
    for (index, setting) in (metric?.settings ?? []).enumerated() {
      sites.append(
        Site(place: .setting(index), key: "set: \(setting.field)", term: setting.value))
    }
    for (index, column) in (rollup?.columns ?? []).enumerated() {
      switch column.content {
      case .computed(let term):
        sites.append(Site(place: .column(index), key: "columns: \(column.name)", term: term))
      case .tally(let tally):
        guard let term = tally.condition else { continue }
        sites.append(
          Site(place: .columnWhere(index), key: "columns: \(column.name): where", term: term))
      }
    }
    if let term = lifecycle.resolveWhen {
      sites.append(Site(place: .resolveWhen, key: "resolve_when", term: term))
    }
    var names = NamesInUse()
    for term in decidingTerms { names.collect(from: term, isCompared: false) }
    let own = Set(values.map(\.name))
    return sites
      + names.found.map { name, term, isCompared in
        Site(
          place: .name(name), key: "\(own.contains(name) ? "values" : "params"): \(name)",
          term: term, isCompared: isCompared)
      }
  }

  private func replacing(_ site: Site, with term: Term) -> Rule {
    var rule = self
    switch site.place {
    case .scope: rule.scope = term
    case .when: rule.when = term
    case .resolveWhen: rule.lifecycle.resolveWhen = term
    case .step(let index): rule.severity.steps[index].when = term
    case .setting(let index): rule.metric?.settings[index].value = term
    case .column(let index): rule.rollup?.columns[index].content = .computed(term)
    case .columnWhere(let index):
      guard case .tally(var tally)? = rollup?.columns[index].content else { break }
      tally.condition = term
      rule.rollup?.columns[index].content = .tally(tally)
    case .name(let name):
      let named = Term.named(name, site.term)
      rule = mapTerms { $0.rewritten { $0 == named ? .named(name, term) : nil } }
      for index in values.indices where values[index].name == name {
        rule.values[index].term = term
      }
    }
    return rule
  }

  /// What stands on the other side of the first comparison with a name.
  private func valueCompared(with name: String) -> Term? {
    for term in decidingTerms {
      if let value = term.valueCompared(with: name) { return value }
    }
    return nil
  }
}

/// The values and params in terms, each once, with what they stand for.
private struct NamesInUse {
  private(set) var found: [(name: String, term: Term, isCompared: Bool)] = []

  mutating func collect(from term: Term, isCompared: Bool) {
    switch term {
    case .named(let name, let inner):
      if let index = found.firstIndex(where: { $0.name == name && $0.term == inner }) {
        if found[index].isCompared || !isCompared { return }
        found[index].isCompared = true
      } else {
        found.append((name, inner, isCompared))
      }
      collect(from: inner, isCompared: isCompared)
    case .apply(let operation, let operands):
      for operand in operands {
        collect(from: operand, isCompared: isCompared || operation.isRelation)
      }
    default: for part in term.parts { collect(from: part, isCompared: isCompared) }
    }
  }
}

extension Term {
  fileprivate func valueCompared(with name: String) -> Term? {
    if case .apply(let operation, let operands) = self, operation.isRelation,
      case .named(name, _)? = operands.last
    {
      return operands.first
    }
    return parts.lazy.compactMap { $0.valueCompared(with: name) }.first
  }
}

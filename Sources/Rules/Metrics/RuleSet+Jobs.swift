extension RuleSet {
  /// The rules that a name stands for, by their names; `nil` if it stands for none.
  ///
  /// A name is a rule's own, one of its `jobs`, or `triggers` or `process-triggers`: every rule
  /// that alerts and has no job of its own.
  package func rules(named name: String) -> [Rule]? {
    if let rule = rules[name] { return [rule] }
    var found = rules.values.filter { $0.jobs.contains(name) }
    if Self.triggers.contains(name) {
      found += rules.values.filter { $0.opensAlerts && $0.jobs.isEmpty }
    }
    guard !found.isEmpty || Self.triggers.contains(name) else { return nil }
    return found.sorted { $0.name < $1.name }
  }

  /// Every name that `rules(named:)` knows.
  package var runNames: [String] {
    Set(rules.keys).union(rules.values.flatMap(\.jobs)).union(Self.triggers).sorted()
  }

  private static let triggers = ["triggers", "process-triggers"]
}

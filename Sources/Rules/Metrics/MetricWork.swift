package import Expressions

/// What a metric rule computes for every thing in scope, and writes where it differs.
package struct MetricWork: Sendable, Hashable {
  /// Writable fields and what they become, in the order of the file.
  package var settings: [FieldUpdate]

  /// The writable timestamp that becomes the run's time on rows that change.
  package var stamp: String?

  /// Creates work.
  package init(settings: [FieldUpdate], stamp: String? = nil) {
    self.settings = settings
    self.stamp = stamp
  }
}

extension Rule {
  /// Everything a run fetches for the rule: what it reads, and what its fields are now.
  package var inputsAndTargets: Set<Input> {
    inputs.union(metric?.settings.map { target($0) } ?? [])
  }

  /// What a metric rule's fields become, in its order.
  package var computedTerms: [Term] { metric?.settings.map(\.value) ?? [] }

  /// The field of a setting as it is before the run.
  package func target(_ setting: FieldUpdate) -> Input { .field(path: [entity, setting.field]) }
}

extension Term {
  /// The steps of a ladder from the top and what stands at its end; no steps if it is none.
  ///
  /// A ladder is a chain of choices, each between a constant and the rest: `a: x > 3`, `b: otherwise`.
  package var ladder: (steps: [(value: Value, when: Term)], otherwise: Term) {
    var steps: [(value: Value, when: Term)] = []
    var rest = self
    while case .apply(.conditional, let parts) = rest, parts.count == 3,
      case .constant(let value) = parts[1]
    {
      steps.append((value, parts[0]))
      rest = parts[2]
    }
    return (steps, rest)
  }

  /// A choice of values by the first condition that holds; one that is unknown does not.
  static func ladder(_ steps: [(value: Term, when: Term)], otherwise: Term) -> Term {
    steps.reversed().reduce(otherwise) { rest, step in
      .apply(.conditional, [step.when.held, step.value, rest])
    }
  }

  /// True or false: whether the condition is known to hold.
  var held: Term { .apply(.and, [.apply(.isPresent, [self]), self]) }
}

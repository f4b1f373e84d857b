extension Term {
  /// Everything the term reads from a row.
  package var inputs: Set<Input> {
    var found: Set<Input> = []
    collectInputs(into: &found)
    return found
  }

  private func collectInputs(into found: inout Set<Input>) {
    if case .input(let input, _) = self { found.insert(input) }
    for part in parts { part.collectInputs(into: &found) }
  }

  /// The term with params replaced by what they stand for; other params stay.
  package func replacing(_ parameters: [String: Term]) -> Term {
    rewritten { part in
      if case .parameter(let name) = part { parameters[name] } else { nil }
    }
  }

  /// The term with parts exchanged, outermost first; where `exchange` gives `nil`, the part stays
  /// and is looked into.
  package func rewritten(_ exchange: (Term) -> Term?) -> Term {
    if let other = exchange(self) { return other }
    return switch self {
    case .named(let name, let inner): .named(name, inner.rewritten(exchange))
    case .apply(let operation, let operands):
      .apply(operation, operands.map { $0.rewritten(exchange) })
    case .loop(let loop): .loop(loop.mapParts { $0.rewritten(exchange) })
    case .constant, .input, .now, .today, .severity, .parameter, .variable: self
    }
  }

  /// Whether the term or a part of it is such.
  package func contains(where isSuch: (Term) -> Bool) -> Bool {
    isSuch(self) || parts.contains { $0.contains(where: isSuch) }
  }

  /// What a named term stands for; other terms as they are.
  package var unnamed: Term {
    if case .named(_, let inner) = self { inner.unnamed } else { self }
  }

  /// The term without the names that a rule gave to it and to its parts.
  package var withoutNames: Term {
    rewritten { part in
      if case .named(_, let inner) = part { inner.withoutNames } else { nil }
    }
  }

  /// Takes the term's nodes from a budget; false if it is used up or the term is too deep to walk.
  func fits(in budget: inout Int, depth: Int = 500) -> Bool {
    guard budget > 0, depth > 0 else { return false }
    budget -= 1
    for part in parts where !part.fits(in: &budget, depth: depth - 1) { return false }
    return true
  }
}

extension Term {
  /// Everything the term reads from a row.
  package var inputs: Set<Input> {
    var found: Set<Input> = []
    collectInputs(into: &found)
    return found
  }

  private func collectInputs(into found: inout Set<Input>) {
    switch self {
    case .input(let input, _): found.insert(input)
    case .named(_, let inner): inner.collectInputs(into: &found)
    case .apply(_, let operands): for operand in operands { operand.collectInputs(into: &found) }
    case .constant, .now, .today, .severity, .parameter: break
    }
  }

  /// The term with params replaced by what they stand for; other params stay.
  package func replacing(_ parameters: [String: Term]) -> Term {
    switch self {
    case .parameter(let name): parameters[name] ?? self
    case .named(let name, let inner): .named(name, inner.replacing(parameters))
    case .apply(let operation, let operands):
      .apply(operation, operands.map { $0.replacing(parameters) })
    case .constant, .input, .now, .today, .severity: self
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
    case .constant, .input, .now, .today, .severity, .parameter: self
    }
  }

  /// Whether the term or a part of it is such.
  package func contains(where isSuch: (Term) -> Bool) -> Bool {
    if isSuch(self) { return true }
    return switch self {
    case .named(_, let inner): inner.contains(where: isSuch)
    case .apply(_, let operands): operands.contains { $0.contains(where: isSuch) }
    case .constant, .input, .now, .today, .severity, .parameter: false
    }
  }

  /// Takes the term's nodes from a budget; false if it is used up or the term is too deep to walk.
  func fits(in budget: inout Int, depth: Int = 500) -> Bool {
    guard budget > 0, depth > 0 else { return false }
    budget -= 1
    switch self {
    case .named(_, let inner): return inner.fits(in: &budget, depth: depth - 1)
    case .apply(_, let operands):
      for operand in operands where !operand.fits(in: &budget, depth: depth - 1) { return false }
      return true
    case .constant, .input, .now, .today, .severity, .parameter: return true
    }
  }
}

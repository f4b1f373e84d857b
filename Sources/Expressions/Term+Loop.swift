/// A name that a macro gives to the elements of a list, or to their indices.
package struct Variable: Sendable, Hashable {
  package var name: String

  /// How many variables of the macros around it come before; none share a slot on the way down.
  package var slot: Int

  /// Creates a variable.
  package init(name: String, slot: Int) {
    self.name = name
    self.slot = slot
  }
}

/// A term that is computed for each element of a list.
///
/// Its variables mean something in `filter` and `body` alone.
package struct Loop: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Kleene's `and` and `or` over the elements.
    case all, exists

    /// True for one element exactly.
    case existsOne
    case filter, map

    /// `map` with the index as first variable.
    case transformList
    case sortBy
  }

  package var kind: Kind
  package var list: Term

  /// The index, where there are two, and the element.
  package var variables: [Variable]

  /// Which elements `map` and `transformList` look at; all if `nil`.
  package var filter: Term?
  package var body: Term

  /// Creates a loop.
  package init(
    _ kind: Kind, over list: Term, variables: [Variable], filter: Term? = nil, body: Term
  ) {
    self.kind = kind
    self.list = list
    self.variables = variables
    self.filter = filter
    self.body = body
  }

  /// What stands in the loop: the list first.
  package var parts: [Term] { [list] + (filter.map { [$0] } ?? []) + [body] }

  /// The loop with other parts, as many as it has.
  package func with(parts: [Term]) -> Loop {
    precondition(parts.count == self.parts.count, "A loop keeps the number of its parts.")
    return Loop(
      kind, over: parts[0], variables: variables, filter: filter == nil ? nil : parts[1],
      body: parts[parts.count - 1])
  }

  /// The loop with each of its parts changed.
  func mapParts(_ transform: (Term) -> Term) -> Loop { with(parts: parts.map(transform)) }
}

extension Term {
  /// The terms it is made of, from left to right.
  package var parts: [Term] {
    switch self {
    case .named(_, let inner): [inner]
    case .apply(_, let operands): operands
    case .loop(let loop): loop.parts
    case .constant, .input, .now, .today, .severity, .parameter, .variable: []
    }
  }

  /// How many loops stand in each other.
  var loopDepth: Int {
    let inner = parts.map(\.loopDepth).max() ?? 0
    if case .loop = self { return inner + 1 }
    return inner
  }

  /// The term with the slots from `first` on moved up, so that it may stand in further loops.
  func shifted(from first: Int, by distance: Int) -> Term {
    guard distance > 0 else { return self }
    func moved(_ variable: Variable) -> Variable {
      guard variable.slot >= first else { return variable }
      return Variable(name: variable.name, slot: variable.slot + distance)
    }
    switch self {
    case .variable(let variable): return .variable(moved(variable))
    case .apply(let operation, let operands):
      return .apply(operation, operands.map { $0.shifted(from: first, by: distance) })
    case .loop(let loop):
      var moving = loop.mapParts { $0.shifted(from: first, by: distance) }
      moving.variables = loop.variables.map(moved)
      return .loop(moving)
    case .named(let name, let inner):
      return .named(name, inner.shifted(from: first, by: distance))
    case .constant, .input, .now, .today, .severity, .parameter: return self
    }
  }

  /// Whether it reads a variable of the loops around it, whose slots lie below `depth`.
  func readsVariables(below depth: Int) -> Bool {
    if case .variable(let variable) = self { return variable.slot < depth }
    return parts.contains { $0.readsVariables(below: depth) }
  }
}

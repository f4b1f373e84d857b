/// An expression that may be evaluated, and what it brought along.
package struct CheckedExpression: Sendable, Hashable {
  /// The expression as it was written.
  package var text: String
  package var type: ValueType
  package var term: Term

  /// The `where` terms of conditions that are called as a whole or under a top-level `and`.
  ///
  /// They narrow the rule's scope; of a condition called elsewhere `where` is joined to `when` in
  /// `term` instead.
  package var scopes: [Term]

  /// The named values of every condition that is called, in order, without repeats.
  package var values: [NamedTerm]

  /// Creates a checked expression.
  package init(
    text: String, type: ValueType, term: Term, scopes: [Term] = [], values: [NamedTerm] = []
  ) {
    self.text = text
    self.type = type
    self.term = term
    self.scopes = scopes
    self.values = values
  }
}

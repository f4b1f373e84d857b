package import Expressions
package import YAML

/// An example in a rule's file that the rule is held to, as written.
package struct RuleTest: Sendable, Hashable {
  package var name: String

  /// What the row holds, in the order of the file.
  package var given: [Given]

  /// What follows, if the test says.
  package var expect: Outcome?
  package var severity: Severity?

  /// The run's time, if the test says.
  package var at: String?

  /// Where the test stands in the file.
  package var span: Range<Int>

  /// A field, metric or value and what it is.
  package struct Given: Sendable, Hashable {
    package var name: String
    package var value: Node
    package var span: Range<Int>

    /// Creates a given.
    package init(name: String, value: Node, span: Range<Int>) {
      self.name = name
      self.value = value
      self.span = span
    }
  }

  /// What a run does with the row.
  package enum Outcome: String, Sendable, Hashable, CaseIterable {
    case nothing, opens, resolves, unknown
  }

  /// Creates a test.
  package init(
    name: String, given: [Given], expect: Outcome?, severity: Severity?, at: String?,
    span: Range<Int>
  ) {
    self.name = name
    self.given = given
    self.expect = expect
    self.severity = severity
    self.at = at
    self.span = span
  }
}

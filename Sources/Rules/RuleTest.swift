package import Expressions

/// An example in a rule's file that the rule is held to.
package struct RuleTest: Sendable, Hashable {
  package var name: String

  /// What the test says of the row; everything else is the catalog's example, or missing.
  package var inputs: [Input: Value]

  /// The rule's values and params that the test sets, in place of what they compute.
  package var names: [String: Value]

  /// What follows.
  package var expect: Outcome

  /// The severity of what opens, if the test says; where an alert closes, the severity it had.
  package var severity: Severity?

  /// What actions say, in the order of the file.
  package var texts: [Text]

  /// What the fields of a metric rule become, in the order of the file.
  package var set: [Setting] = []

  /// What a rollup counts and what comes of it.
  package var rollup: RollupExample?

  /// The run's time.
  package var at: Instant

  /// The line of the file that the test begins in.
  package var line: Int

  /// What a run does with the row.
  package enum Outcome: String, Sendable, Hashable, CaseIterable {
    /// `when` holds for a row in scope; of a metric rule, that the row is in scope.
    case opens

    /// Nothing opens, for whatever known reason.
    case nothing

    /// It cannot be told, as something is missing.
    case unknown
    case outOfScope = "out of scope"

    /// Nothing opens, and an open alert is over.
    case resolves

    /// Nothing opens, and yet an open alert is not over.
    case staysOpen = "stays open"
  }

  /// What a part of an action must be.
  package struct Text: Sendable, Hashable {
    /// As the test names it: `task.title`, `update.customer.risk_status`.
    package var key: String
    package var action: String
    package var part: String
    package var expected: Value
  }

  /// What a field must become.
  package struct Setting: Sendable, Hashable {
    package var field: String
    package var expected: Value
  }

  /// Rows of a source, and rows of figures that they give.
  package struct RollupExample: Sendable, Hashable {
    package var rows: [[Input: Value]]
    package var gives: [Figures]

    /// One row of figures: a window, the values of some groups, the rest being all, and columns.
    package struct Figures: Sendable, Hashable {
      package var window: Int
      package var groups: [Value?]
      package var columns: [Setting]
    }
  }

  /// The time of a run that a test says nothing about: Monday, 5 January 2026, 06:00.
  package static func defaultTime(in zone: Zone) -> Instant {
    zone.adding(
      Period(microseconds: 6 * 3_600_000_000),
      to: zone.startOfDay(CivilDate(year: 2026, month: 1, day: 5)))
  }
}

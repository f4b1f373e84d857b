package import Expressions

/// Which alerts to list, of one tenant.
package struct AlertFilter: Sendable, Hashable {
  /// Names of rules; empty means every rule.
  package var rules: [String]

  /// Stored states, `open`, `closed` and so on; empty means every state.
  package var states: [String]
  package var severities: [Severity]

  /// A key, or a part of the thing's name in any case.
  package var entity: String?

  /// How many at once, and how many to pass over.
  package var limit: Int
  package var offset: Int

  /// Creates a filter.
  package init(
    rules: [String] = [], states: [String] = [], severities: [Severity] = [],
    entity: String? = nil, limit: Int = 50, offset: Int = 0
  ) {
    self.rules = rules
    self.states = states
    self.severities = severities
    self.entity = entity
    self.limit = limit
    self.offset = offset
  }
}

/// An alert as its row tells it.
package struct ListedAlert: Sendable, Hashable {
  package var rule: String
  package var entity: String
  package var entityKey: String

  /// What people call the thing.
  package var label: String
  package var state: String
  package var severity: String
  package var episode: Int

  /// Checks in a row that matched, or that were over, towards the next change.
  package var streak: Int
  package var openedAt: Instant?
  package var closedAt: Instant?
  package var closeReason: String?
  package var checkedAt: Instant

  /// The rule's named values when the episode began, as a JSON object.
  package var openedValues: String
}

/// Alerts of one tenant, newest change first.
package struct AlertListing: Sendable, Hashable {
  package var alerts: [ListedAlert]

  /// How many fit the filter, however many are shown.
  package var total: Int
}

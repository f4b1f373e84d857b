package import Expressions

/// A time during which nobody is told of some alerts; they live on underneath.
///
/// What is `nil` is not asked for: a silence without a rule, entity and tag covers everything of
/// its tenant.
package struct Silence: Sendable, Hashable {
  package var id: String
  package var rule: String?

  /// The kind of thing, when the key alone would not do.
  package var entity: String?
  package var entityKey: String?
  package var tag: String?
  package var author: String
  package var reason: String
  package var startsAt: Instant

  /// The first instant that is not silent any more.
  package var endsAt: Instant

  /// Creates a silence.
  package init(
    id: String, rule: String? = nil, entity: String? = nil, entityKey: String? = nil,
    tag: String? = nil, author: String, reason: String, startsAt: Instant, endsAt: Instant
  ) {
    self.id = id
    self.rule = rule
    self.entity = entity
    self.entityKey = entityKey
    self.tag = tag
    self.author = author
    self.reason = reason
    self.startsAt = startsAt
    self.endsAt = endsAt
  }

  /// Whether it may cover alerts of a rule for a run that is scheduled for `now`.
  package func concerns(_ rule: Rule, at now: Instant) -> Bool {
    startsAt <= now && now < endsAt
      && (self.rule.map { $0 == rule.name } ?? true)
      && (entity.map { $0 == rule.entity } ?? true)
      && (tag.map { rule.tags.contains($0) } ?? true)
  }

  /// Whether it covers a thing, given that it concerns the rule.
  package func covers(_ entityKey: String) -> Bool {
    self.entityKey.map { $0 == entityKey } ?? true
  }
}

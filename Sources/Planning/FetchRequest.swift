package import Expressions
package import Rules

/// What one query must fetch: everything all due rules need of one entity, for one tenant.
package struct FetchRequest: Sendable {
  package var entity: Entity

  /// What the rules read, without repeats; the planner may not depend on their order.
  package var inputs: Set<Input>

  /// The tenant's key as text; `nil` when there are no tenants.
  package var tenant: String?

  /// The run's scheduled time.
  package var now: Instant
  package var zone: Zone

  /// The keys of the only things wanted, as text; `nil` means all.
  package var keys: [String]?

  /// What of the entity's rows may be left out; `nil` means nothing.
  package var preFilter: PreFilter?

  /// Creates a request.
  package init(
    entity: Entity, inputs: Set<Input>, tenant: String?, now: Instant, zone: Zone,
    keys: [String]? = nil, preFilter: PreFilter? = nil
  ) {
    self.entity = entity
    self.inputs = inputs
    self.tenant = tenant
    self.now = now
    self.zone = zone
    self.keys = keys
    self.preFilter = preFilter
  }
}

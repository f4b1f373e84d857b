package import Expressions
package import Rules
package import SQLText

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

  /// Creates a request.
  package init(entity: Entity, inputs: Set<Input>, tenant: String?, now: Instant, zone: Zone) {
    self.entity = entity
    self.inputs = inputs
    self.tenant = tenant
    self.now = now
    self.zone = zone
  }
}

/// One query that fetches a whole entity, a row a thing, sorted by nothing.
///
/// The session's TimeZone must be the tenant's.
package struct FetchPlan: Sendable {
  /// The first column is the key and the second the label, both text and never NULL.
  package var query: SQL

  /// What follows the key and the label, in the order of the columns.
  package var columns: [Column]

  /// A column, sent as float8, bool, text, timestamptz, int8 (a duration's microseconds), text[]
  /// or float8[], by its type.
  package struct Column: Sendable, Hashable {
    package var input: Input
    package var type: ValueType

    /// Creates a column.
    package init(input: Input, type: ValueType) {
      self.input = input
      self.type = type
    }
  }

  /// Plans the query.
  package init(_ request: FetchRequest, catalog: Catalog) {
    query = ""
    columns = []
  }
}

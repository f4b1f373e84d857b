package import Expressions

/// What a business database offers to rules, and where actions may write.
///
/// It is trusted: its SQL goes into queries as it stands.
package struct Catalog: Sendable, Hashable {
  package var tenants: TenantSource
  package var sources: [String: Source]
  package var entities: [String: Entity]
  package var metrics: [String: Metric]
  package var writes: [String: WriteTarget]

  /// The tables that rollups fill.
  package var rollups: [String: RollupTable] = [:]

  /// What incoming events are about, by their type; others are about their subject.
  package var events: [String: EventSource] = [:]

  /// Creates a catalog.
  package init(
    tenants: TenantSource, sources: [String: Source] = [:], entities: [String: Entity] = [:],
    metrics: [String: Metric] = [:], writes: [String: WriteTarget] = [:]
  ) {
    self.tenants = tenants
    self.sources = sources
    self.entities = entities
    self.metrics = metrics
    self.writes = writes
  }
}

/// What an incoming event is about.
package struct EventSource: Sendable, Hashable {
  package var entity: String

  /// The way to the thing's key: `["subject"]`, or `["data", "account_id"]`.
  package var keyPath: [String]

  /// Creates a source.
  package init(entity: String, keyPath: [String] = ["subject"]) {
    self.entity = entity
    self.keyPath = keyPath
  }
}

/// Where tenants are listed.
package enum TenantSource: Sendable, Hashable {
  /// `tenants: none`: the database belongs to one business; its one tenant is called `default`.
  case none

  /// A table with a row per tenant; all but `table` are column names.
  case table(table: String, key: String, slug: String, name: String, timezone: String?)
}

/// Rows with a time and an owner, which metrics aggregate.
package struct Source: Sendable, Hashable {
  package var name: String

  /// SQL: what stands after FROM.
  package var from: String

  /// SQL: the tenant's key; `nil` when there are no tenants.
  package var tenant: String?

  /// SQL: the row's time; a `date` is the start of that local day.
  package var time: String

  /// SQL by entity: the key of the entity a row belongs to.
  package var keys: [String: String]

  /// SQL: which rows count at all.
  package var filter: String?

  /// SQL: an aggregate that tells when rows last arrived.
  package var loadedAt: String?

  /// What rollups may use of a row; without any the source cannot be rolled up.
  package var fields: [String: Field] = [:]

  /// Creates a source.
  package init(
    name: String, from: String, tenant: String?, time: String, keys: [String: String],
    filter: String? = nil, loadedAt: String? = nil
  ) {
    self.name = name
    self.from = from
    self.tenant = tenant
    self.time = time
    self.keys = keys
    self.filter = filter
    self.loadedAt = loadedAt
  }
}

extension Source {
  /// The field that every row has: its time.
  package static let timeField = "time"

  /// The rows as things that rules look at; they have neither keys nor a table of their own.
  package var rows: Entity {
    var all = fields
    all[Self.timeField] = Field(name: Self.timeField, kind: .timestamp, storage: .sql(time))
    return Entity(name: name, table: "", key: "", tenant: nil, fields: all)
  }
}

/// A kind of thing rules look at: one row of `table` is one thing.
package struct Entity: Sendable, Hashable {
  package var name: String

  /// A table or view, perhaps with its schema: `sales.customer`.
  package var table: String

  /// The key's column.
  package var key: String

  /// The tenant's column; `nil` when there are no tenants.
  package var tenant: String?

  /// The field that names a thing to people; `nil` means the key.
  package var label: String?

  /// SQL: which rows of the table count at all.
  package var filter: String?
  package var fields: [String: Field]

  /// Values of fields for tests in rule files, as written.
  package var example: [String: String]

  /// Creates an entity.
  package init(
    name: String, table: String, key: String, tenant: String?, label: String? = nil,
    filter: String? = nil, fields: [String: Field] = [:], example: [String: String] = [:]
  ) {
    self.name = name
    self.table = table
    self.key = key
    self.tenant = tenant
    self.label = label
    self.filter = filter
    self.fields = fields
    self.example = example
  }
}

/// A column, or an expression over columns, of an entity's table.
package struct Field: Sendable, Hashable {
  package var name: String
  package var kind: FieldKind

  /// The only values a text field takes.
  package var oneOf: [String]?

  /// Whether `update` actions may write it; only a plain column can be.
  package var isWritable: Bool
  package var storage: Storage

  /// Where a field's value comes from.
  package enum Storage: Sendable, Hashable {
    case column(String)

    /// Trusted SQL over the entity's table, whose columns stand there without a prefix.
    case sql(String)
  }

  /// Creates a field.
  package init(
    name: String, kind: FieldKind, oneOf: [String]? = nil, isWritable: Bool = false,
    storage: Storage
  ) {
    self.name = name
    self.kind = kind
    self.oneOf = oneOf
    self.isWritable = isWritable
    self.storage = storage
  }
}

/// A field's type, as the catalog spells it.
package enum FieldKind: Sendable, Hashable {
  case text, number, yesNo, date, timestamp, duration, textList, numberList

  /// A key of another entity, one that has the fields `name` and `email`.
  case person(entity: String)

  /// The type of the field in expressions; a person is the text of its key.
  package var valueType: ValueType {
    switch self {
    case .text, .person: .text
    case .number: .number
    case .yesNo: .bool
    case .date, .timestamp: .instant
    case .duration: .duration
    case .textList: .list(.text)
    case .numberList: .list(.number)
    }
  }
}

/// An aggregate over the rows of a source that belong to an entity.
package struct Metric: Sendable, Hashable {
  package var name: String
  package var entity: String
  package var source: String
  package var aggregate: Aggregate

  /// The value of a window without rows; `nil` means missing.
  package var empty: Double?

  /// What a number counts, `money` for instance; only words, for people.
  package var unit: String?

  /// What is computed; the texts are trusted SQL over the source.
  package enum Aggregate: Sendable, Hashable {
    case sum(String)
    case countRows
    case countDistinct(String)
    case average(String)
    case minimum(String)
    case maximum(String)
    case latestTime
    case earliestTime

    /// The median time between consecutive rows: those of one local day merged first if
    /// `perDay`, the `last` latest only, missing with fewer than `needs`.
    case medianGap(perDay: Bool, last: Int?, needs: Int)
  }

  /// The type of the metric in expressions.
  package var valueType: ValueType {
    switch aggregate {
    case .sum, .countRows, .countDistinct, .average, .minimum, .maximum: .number
    case .latestTime, .earliestTime: .instant
    case .medianGap: .duration
    }
  }

  /// Whether a stretch of time without rows has 0 of it.
  package var addsUp: Bool {
    switch aggregate {
    case .sum, .countRows, .countDistinct: true
    case .average, .minimum, .maximum, .latestTime, .earliestTime, .medianGap: false
    }
  }

  /// Whether a use must name its window.
  package var needsWindow: Bool {
    switch aggregate {
    case .sum, .countRows, .countDistinct, .average, .minimum, .maximum: true
    case .latestTime, .earliestTime, .medianGap: false
    }
  }

  /// Creates a metric.
  package init(
    name: String, entity: String, source: String, aggregate: Aggregate, empty: Double? = nil,
    unit: String? = nil
  ) {
    self.name = name
    self.entity = entity
    self.source = source
    self.aggregate = aggregate
    self.empty = empty
    self.unit = unit
  }
}

/// A table of the business that an action writes to, `task` above all.
package struct WriteTarget: Sendable, Hashable {
  package var name: String
  package var table: String

  /// The target's own key column, remembered so that the row can be closed.
  package var key: String

  /// The tenant's column; `nil` when there are no tenants.
  package var tenant: String?

  /// Column by slot: `title`, `body`, `assign_to`, `priority`, `due`, `entity.id` and so on.
  package var columns: [String: String]

  /// The slot `entity.id` for one entity only: column by entity name.
  package var entityColumns: [String: String]

  /// SQL by column: what closing sets.
  package var close: [String: String]

  /// Creates a target.
  package init(
    name: String, table: String, key: String = "id", tenant: String?, columns: [String: String],
    entityColumns: [String: String] = [:], close: [String: String] = [:]
  ) {
    self.name = name
    self.table = table
    self.key = key
    self.tenant = tenant
    self.columns = columns
    self.entityColumns = entityColumns
    self.close = close
  }
}

/// A table of the business that rollups fill: a row for each day, window and group.
package struct RollupTable: Sendable, Hashable {
  package var name: String
  package var table: String

  /// The tenant's column; `nil` when there are no tenants.
  package var tenant: String?

  /// The column of the day.
  package var date: String

  /// The column of the window's length in days.
  package var windowDays: String?

  /// The column of the window as rules write it.
  package var window: String?

  /// Column by group; NULL stands for all.
  package var groups: [String: String]

  /// Column by figure.
  package var columns: [String: String]

  /// The column of the time when a row changed last.
  package var stamp: String?

  /// Creates a table.
  package init(
    name: String, table: String, tenant: String?, date: String, windowDays: String? = nil,
    window: String? = nil, groups: [String: String], columns: [String: String],
    stamp: String? = nil
  ) {
    self.name = name
    self.table = table
    self.tenant = tenant
    self.date = date
    self.windowDays = windowDays
    self.window = window
    self.groups = groups
    self.columns = columns
    self.stamp = stamp
  }
}

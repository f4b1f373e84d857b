extension KeyTable {
  /// The keys of `catalog.yaml`.
  package static let catalog = KeyTable(
    "the catalog",
    [
      Key("catalog", .wholeNumber(1...1), .required, "The version of the format: 1."),
      Key(
        "tenants", .shortOrLong(.word(["none"]), .table(.tenants)), .required,
        "Where tenants are listed, or `none`."),
      Key("sources", .map(.names, .table(.source)), "Rows with a time, which metrics aggregate."),
      Key("entities", .map(.names, .table(.entity)), .required, "The things rules look at."),
      Key("metrics", .map(.names, .table(.metric)), "Aggregates over the rows of an entity."),
      Key("writes", .map(.names, .table(.write)), "The tables that actions write to."),
      Key("rollups", .map(.names, .table(.rollupTable)), "The tables that rollups fill."),
      Key(
        "events", .map(.anything, .table(.event)),
        "By type: what an incoming event is about, if not its subject."),
    ])

  static let event = KeyTable(
    "an event",
    [
      Key("entity", .name, .required, "The kind of thing it is about."),
      Key("key", .plain, "Where its key stands, `data.account_id`; `subject` if not said."),
    ])

  static let tenants = KeyTable(
    "the table of tenants",
    [
      Key("table", .sql, .required, "A row per tenant."),
      Key("key", .sql, .required, "The column that other tables refer to."),
      Key("slug", .sql, .required, "The column with the name used on the command line."),
      Key("name", .sql, .required, "The column with the name people use."),
      Key("timezone", .sql, "The column with the tenant's zone."),
    ])

  static let source = KeyTable(
    "a source",
    [
      Key("from", .sql, .required, "What stands behind FROM."),
      Key("tenant", .sql, "The tenant's key."),
      Key("time", .sql, .required, "The row's time."),
      Key("keys", .map(.names, .sql), .required, "By entity: the key a row belongs to."),
      Key("where", .sql, "Which rows count."),
      Key("filter", .sql, "The same as `where`."),
      Key("loaded_at", .sql, "An aggregate that tells when rows last arrived."),
      Key(
        "fields", .map(.names, .shortOrLong(.word(fieldTypes), .table(.field))),
        "What rollups may use of a row."),
    ])

  static let entity = KeyTable(
    "an entity",
    [
      Key("table", .sql, .required, "A table or view; a row is a thing."),
      Key("key", .sql, .required, "The column that tells rows apart."),
      Key("tenant", .sql, "The tenant's column."),
      Key("label", .plain, "The field that names a thing to people."),
      Key("where", .sql, "Which rows count."),
      Key("filter", .sql, "The same as `where`."),
      Key(
        "fields", .map(.names, .shortOrLong(.word(fieldTypes), .table(.field))),
        "What rules may use."),
      Key("example", .map(.names, .plain), "Defaults for the tests of rules."),
    ])

  static let field = KeyTable(
    "a field",
    [
      Key("type", .word(fieldTypes), .required, "The field's type."),
      Key("one_of", .list(.plain), "The only values of a text field."),
      Key("writable", .yesNo, "Whether `update` may set it."),
      Key("column", .sql, "The column, where it is not named as the field."),
      Key("sql", .sql, "An expression over the columns of the table."),
      Key("entity", .name, "What a person field refers to."),
      Key("of", .word(["text", "number"]), "What a list holds; text if not said."),
    ])

  static let metric = KeyTable(
    "a metric", exactlyOne: aggregates,
    [
      Key("of", .name, .required, "The entity it belongs to."),
      Key("from", .name, .required, "The source it aggregates."),
      Key("sum", .sql, "The sum of an expression."),
      Key("count", .word(["rows"]), "The number of rows."),
      Key("distinct", .sql, "The number of different values."),
      Key("avg", .sql, "The mean of an expression."),
      Key("min", .sql, "The least value."),
      Key("max", .sql, "The greatest value."),
      Key("latest", .word(["time"]), "The time of the last row."),
      Key("earliest", .word(["time"]), "The time of the first row."),
      Key("median_gap", .word(["time"]), "The median time between rows."),
      Key("per", .word(["day"]), "For `median_gap`: rows of one day are one."),
      Key("last", .wholeNumber(2...10_000), "For `median_gap`: the latest rows only."),
      Key("needs", .wholeNumber(2...10_000), "For `median_gap`: fewer rows are missing."),
      Key("empty", .number, "The value of a window without rows; else missing."),
      Key("unit", .plain, "What the number counts."),
    ])

  static let write = KeyTable(
    "a write target",
    [
      Key("table", .sql, .required, "The business's table."),
      Key("key", .sql, "Its key's column; `id` if not said."),
      Key("tenant", .sql, "The tenant's column; `tenant_id` if not said."),
      Key("columns", .map(.anything, .sql), .required, "What goes into which column."),
      Key("close", .map(.anything, .sql), "SQL by column: what closing sets."),
    ])

  static let rollupTable = KeyTable(
    "a table of figures",
    [
      Key("table", .sql, .required, "The business's table: a row a day, window and group."),
      Key("tenant", .sql, "The tenant's column; `tenant_id` if not said."),
      Key("date", .sql, .required, "The column of the day."),
      Key("window_days", .sql, "The column of the window's length in days."),
      Key("window", .sql, "The column of the window as rules write it."),
      Key("groups", .map(.names, .sql), "By group: its column, NULL for all."),
      Key("columns", .map(.names, .sql), .required, "By figure: its column."),
      Key("stamp", .sql, "The column of the time when a row changed last."),
    ])

  static let fieldTypes = [
    "text", "number", "yes_no", "date", "timestamp", "duration", "person", "list",
  ]

  static let aggregates = [
    "sum", "count", "distinct", "avg", "min", "max", "latest", "earliest", "median_gap",
  ]
}

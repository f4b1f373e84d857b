package import Rules
package import SQLText

/// The columns of a table in the business's database and their types, as PostgreSQL names them.
package struct TableColumns: Sendable, Hashable {
  private var types: [String: String] = [:]
  private var required: Set<String> = []

  /// Creates the list from the rows of ``query(of:)``.
  package init(_ rows: [[String?]]) {
    for row in rows {
      guard let name = row[0] else { continue }
      types[name] = row[1]
      if row[2] == "t" { required.insert(name) }
    }
  }

  /// The query that fills the list: a row of name, type and whether it may not be NULL for each
  /// column.
  package static func query(of table: String) -> SQL {
    """
    SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
    WHERE attrelid = to_regclass(\(bind: quotedTable(table))) AND attnum > 0 AND NOT attisdropped
    """
  }

  /// A cast to the column's type, trusted because PostgreSQL itself spelled the type.
  func cast(to column: String) -> SQL { SQL(trusted: "::" + (types[column] ?? "text")) }

  /// A cast for a field's value; a date is the day of a point in time, in the session's zone.
  func cast(to column: String, as kind: FieldKind) -> SQL {
    kind == .date ? "::timestamptz" + cast(to: column) : cast(to: column)
  }

  /// Whether a column may not be NULL.
  func isRequired(_ column: String) -> Bool { required.contains(column) }
}

extension WriteTarget {
  /// The columns that a new row for `entity` fills, with the slot each takes its value from.
  ///
  /// Slots of other entities are left out.
  package func filledColumns(for entity: String) -> [(column: String, slot: String)] {
    var filled = columns.map { (column: $0.value, slot: $0.key) }
    if let column = entityColumns[entity] { filled.append((column, "entity.id")) }
    return filled.sorted { $0.column < $1.column }
  }

  /// Adds the rows of the temporary table `staged`, whose columns are `n`, then a text for each of
  /// `filledColumns`, and returns their keys, as `key`, in the order of `n`.
  package func insertion(
    from staged: SQL, entity: String, tenant tenantKey: String?, columns: TableColumns
  ) -> SQL {
    let filled = filledColumns(for: entity)
    var names = filled.map { "\(identifier: $0.column)" as SQL }
    var values = filled.enumerated().map { index, column in
      "\(identifier: "c\(index)")" + columns.cast(to: column.column)
    }
    if let tenant, let tenantKey {
      names.append("\(identifier: tenant)")
      values.append("\(bind: tenantKey)" + columns.cast(to: tenant))
    }
    return """
      INSERT INTO \(table: table) (\(names.joined(separator: ", ")))
      SELECT \(values.joined(separator: ", ")) FROM \(staged) ORDER BY n
      RETURNING \(identifier: key)::text AS key
      """
  }

  /// Closes the rows whose keys a query of one text names, those that are not closed yet; `nil`
  /// when the catalog does not say how.
  package func closing(keys: SQL, tenant tenantKey: String?, columns: TableColumns) -> SQL? {
    let close = self.close.sorted { $0.key < $1.key }
    guard let first = close.first else { return nil }
    let assignments = close.map { "\(identifier: $0.key) = \(SQL(trusted: $0.value))" as SQL }
    return """
      UPDATE \(table: table) SET \(assignments.joined(separator: ", "))
      WHERE \(identifier: key) IN
          (SELECT named.key\(columns.cast(to: key)) FROM (\(keys)) AS named (key))
        AND \(identifier: first.key) IS DISTINCT FROM \(SQL(trusted: first.value))
        AND \(tenantCondition(column: tenant, key: tenantKey))
      """
  }
}

extension Entity {
  /// Writes one field of many things, those alone that differ, and returns `rule` of each written.
  ///
  /// The temporary table `staged` has the texts `rule`, `k`, a key that comes once, and `v`.
  package func update(
    column: String, from staged: SQL, tenant tenantKey: String?, columns: TableColumns
  ) -> SQL {
    """
    UPDATE \(table: table) AS written SET \(identifier: column) = given.value
    FROM (
      SELECT rule, k\(columns.cast(to: key)) AS k, v\(columns.cast(to: column)) AS value
      FROM \(staged)
    ) AS given
    WHERE written.\(identifier: key) = given.k
      AND written.\(identifier: column) IS DISTINCT FROM given.value
      AND \(tenantCondition(column: tenant, key: tenantKey, table: "written"))
    RETURNING given.rule
    """
  }
}

extension TenantSource {
  /// Lists the tenants: key, slug, name and zone, all text; `nil` when there is but one.
  package var listing: SQL? {
    switch self {
    case .none: nil
    case .table(let table, let key, let slug, let name, let timezone):
      """
      SELECT \(identifier: key)::text, \(identifier: slug)::text, \(identifier: name)::text,
        \(timezone.map { "\(identifier: $0)::text" as SQL } ?? "NULL")
      FROM \(table: table) ORDER BY \(identifier: slug)
      """
    }
  }
}

/// The tenant's rows only; without tenants, all.
func tenantCondition(column: String?, key: String?, table: String? = nil) -> SQL {
  guard let column, let key else { return "true" }
  let prefix = table.map { "\(identifier: $0)." as SQL } ?? ""
  return "\(prefix)\(identifier: column) = \(bind: key)"
}

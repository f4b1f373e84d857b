package import Expressions
package import Rules
package import SQLText

/// The statements that make a table's rows of one day those that a rollup computed.
///
/// The temporary table `staged` has an integer `n`, a text `k0`… for each of `keyColumns`, and a
/// text `v0`… for each figure. A row is told from others by the day, the window and the groups,
/// where NULL is like NULL. Only rows that differ by the columns' own types are written, and those
/// of the day and the windows that are not there any more are removed.
package struct RollupWrites: Sendable {
  private let rollup: Rollup
  private let table: RollupTable
  private let columns: TableColumns
  private let staged: SQL
  private let tenantKey: String?
  private let day: SQL
  private let now: SQL

  /// The columns of the windows, then those of all groups of the table.
  private let keys: [Key]

  private struct Key {
    enum Content {
      case windowDays, window

      /// The place of a group of the rollup; `nil` where it is always about all.
      case group(Int?)
    }

    var name: String
    var column: String
    var content: Content
  }

  /// Prepares statements for the run at `time` of the tenant's day that begins at `day`.
  package init(
    _ rollup: Rollup, table: RollupTable, day: Instant, at time: Instant, from staged: SQL,
    tenant tenantKey: String?, columns: TableColumns
  ) {
    self.rollup = rollup
    self.table = table
    self.columns = columns
    self.staged = staged
    self.tenantKey = tenantKey
    self.day = "\(day.sql)::date\(columns.cast(to: table.date))"
    now = time.sql
    keys =
      [
        table.windowDays.map { Key(name: "days", column: $0, content: .windowDays) },
        table.window.map { Key(name: "window", column: $0, content: .window) },
      ].compactMap(\.self)
      + table.groups.sorted { $0.key < $1.key }.map { name, column in
        Key(
          name: name, column: column,
          content: .group(rollup.groups.firstIndex { $0.name == name }))
      }
  }

  /// What stands in the temporary table.
  package var stagedColumns: SQL {
    let texts =
      keys.indices.map { ", k\($0) text" } + rollup.columns.indices.map { ", v\($0) text" }
    return SQL(trusted: "n integer" + texts.joined())
  }

  /// The texts of a row's keys, in the order of the temporary table's columns.
  package func keyTexts(of row: RollupRow, text: (Value) -> String?) -> [String?] {
    let window = rollup.windows[row.window]
    return keys.map { key in
      switch key.content {
      case .windowDays: window.days.map(String.init)
      case .window: window.description
      case .group(let place): place.flatMap { row.groups[$0] }.flatMap(text)
      }
    }
  }

  /// Removes rows that are not there any more and returns `key` of each.
  package var removal: SQL {
    """
    DELETE FROM \(table: table.table) AS held
    WHERE \(ofTheDay("held"))
      AND NOT EXISTS (SELECT FROM (\(given(nil))) AS given WHERE given.key = \(heldKey("held")))
    RETURNING 1
    """
  }

  /// Writes the rows with `n` in a range, those alone that differ; one row says how many.
  package func write(_ range: Range<Int>) -> SQL {
    var assignments = figures.map { index, column in
      "\(identifier: column) = \(kept(index, column, "held"))" as SQL
    }
    if let stamp = table.stamp { assignments.append("\(identifier: stamp) = \(now)") }
    var names: [SQL] = ["\(identifier: table.date)"]
    var values: [SQL] = [day]
    for (index, key) in keys.enumerated() {
      names.append("\(identifier: key.column)")
      values.append(SQL(trusted: "given.k\(index)"))
    }
    for (index, column) in figures {
      names.append("\(identifier: column)")
      values.append(SQL(trusted: "given.v\(index)"))
    }
    if let tenant = table.tenant, let tenantKey {
      names.append("\(identifier: tenant)")
      values.append("\(bind: tenantKey)" + columns.cast(to: tenant))
    }
    if let stamp = table.stamp {
      names.append("\(identifier: stamp)")
      values.append(now)
    }
    return """
      WITH given AS MATERIALIZED (\(given(range))
      ), changed AS (
        UPDATE \(table: table.table) AS held SET \(assignments.joined(separator: ", "))
        FROM given
        WHERE \(ofTheDay("held")) AND \(heldKey("held")) = given.key AND (\(differs("held")))
        RETURNING 1
      ), added AS (
        INSERT INTO \(table: table.table) (\(names.joined(separator: ", ")))
        SELECT \(values.joined(separator: ", ")) FROM given
        WHERE NOT EXISTS (
          SELECT FROM \(table: table.table) AS held
          WHERE \(ofTheDay("held")) AND \(heldKey("held")) = given.key)
        ORDER BY given.n
        RETURNING 1
      )
      SELECT (SELECT count(*) FROM changed) + (SELECT count(*) FROM added)
      """
  }

  /// What the statements would change: `key` and `label` for people, the texts `old` and `new` of
  /// all figures, NULL where the row is not there, and `place` to sort by.
  package var preview: SQL {
    let olds = figures.map { "held.\(identifier: $0.1)::text" as SQL }
    let news = figures.map { "\(kept($0.0, $0.1, "held"))::text" as SQL }
    let window = keys.firstIndex { if case .group = $0.content { false } else { true } }
    let label = keys.enumerated().compactMap { index, key -> SQL? in
      guard case .group = key.content else { return nil }
      return "\(bind: key.name + " ")::text || key[\(bind: index + 1)::int]"
    }
    let labelText: SQL =
      label.isEmpty ? "''" : "concat_ws(', ', \(label.joined(separator: ", ")))"
    return """
      SELECT place, coalesce(\(window.map { "key[\(bind: $0 + 1)::int]" as SQL } ?? "''"), '') AS key,
        coalesce(nullif(\(labelText), ''), 'all') AS label, old, new
      FROM (
        SELECT coalesce(given.n, 2147483647) AS place, coalesce(given.key, held.key) AS key,
          CASE WHEN held.key IS NOT NULL THEN ARRAY[\(olds.joined(separator: ", "))] END AS old,
          CASE WHEN given.key IS NOT NULL THEN ARRAY[\(news.joined(separator: ", "))] END AS new
        FROM (\(given(nil))) AS given
        FULL JOIN (
          SELECT \(heldKey("there")) AS key, there.* FROM \(table: table.table) AS there
          WHERE \(ofTheDay("there"))
        ) AS held ON held.key = given.key
        WHERE given.key IS NULL OR held.key IS NULL OR \(differs("held"))
      ) AS changed
      """
  }

  /// The names of a row for people: its window and groups, by the `n` of a range.
  package func labels(_ range: Range<Int>) -> SQL {
    "SELECT array_to_string(key, ', ', 'all') FROM (\(given(range))) AS given ORDER BY n"
  }

  // MARK: Parts

  private var figures: [(Int, String)] {
    rollup.columns.enumerated().map { index, column in
      guard let name = table.columns[column.name] else {
        preconditionFailure("a checked rollup writes columns of its table alone")
      }
      return (index, name)
    }
  }

  private func given(_ range: Range<Int>?) -> SQL {
    let parts = keys.enumerated().map { index, key in
      "\(SQL(trusted: "k\(index)"))\(cast(key))" as SQL
    }
    let keyColumns = zip(keys.indices, parts).map { "\($1) AS \(SQL(trusted: "k\($0)"))" as SQL }
    let values = figures.map { index, column in
      "\(SQL(trusted: "v\(index)"))\(cast(rollup.columns[index].type, to: column)) AS \(SQL(trusted: "v\(index)"))"
        as SQL
    }
    let key = array(parts.map { "(\($0))::text" })
    let rows: SQL =
      range.map {
        " WHERE n >= \(bind: $0.lowerBound)::integer AND n < \(bind: $0.upperBound)::integer"
      } ?? ""
    return """
      SELECT n, \(key) AS key, \((keyColumns + values).joined(separator: ", ")) FROM \(staged)\(rows)
      """
  }

  private func heldKey(_ alias: String) -> SQL {
    array(keys.map { "\(identifier: alias).\(identifier: $0.column)::text" })
  }

  private func array(_ texts: [SQL]) -> SQL {
    "ARRAY[\(texts.joined(separator: ", "))]::text[]"
  }

  private func cast(_ key: Key) -> SQL {
    guard case .group(let place?) = key.content else { return columns.cast(to: key.column) }
    return cast(rollup.groups[place].type, to: key.column)
  }

  private func cast(_ type: ValueType, to column: String) -> SQL {
    type == .instant ? "::timestamptz" + columns.cast(to: column) : columns.cast(to: column)
  }

  /// A figure as the table will have it: a column that may not be NULL is left alone.
  private func kept(_ index: Int, _ column: String, _ held: String) -> SQL {
    let value = SQL(trusted: "given.v\(index)")
    return columns.isRequired(column)
      ? "coalesce(\(value), \(identifier: held).\(identifier: column))" : value
  }

  private func differs(_ held: String) -> SQL {
    figures.map { index, column in
      "\(kept(index, column, held)) IS DISTINCT FROM \(identifier: held).\(identifier: column)"
        as SQL
    }.joined(separator: " OR ")
  }

  /// The rows of the table that are the rollup's own.
  private func ofTheDay(_ alias: String) -> SQL {
    var conditions: [SQL] = [
      tenantCondition(column: table.tenant, key: tenantKey, table: alias),
      "\(identifier: alias).\(identifier: table.date) = \(day)",
    ]
    if let column = table.windowDays {
      let days = rollup.windows.compactMap(\.days).map(String.init)
      conditions.append("\(identifier: alias).\(identifier: column)::text = ANY (\(bind: days))")
    }
    if let column = table.window {
      conditions.append(
        "\(identifier: alias).\(identifier: column)::text = ANY (\(bind: rollup.windows.map(\.description)))"
      )
    }
    return conditions.joined(separator: " AND ")
  }
}

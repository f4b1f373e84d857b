package import Expressions
package import Rules
package import SQLText

/// The statements that bring the fields of many things to what a rule computed.
///
/// The temporary table `staged` has an integer `n`, the texts `k`, a key that comes once, and
/// `label`, then a text `v0`… for each field. PostgreSQL decides what differs, by the columns' own
/// types: 0.33333 is 0.33 where that is all that a column holds. A missing value leaves a column
/// alone that may not be NULL.
package struct FieldWrites: Sendable {
  package let fields: [String]
  private let entity: Entity
  private let staged: SQL
  private let tenantKey: String?
  private let columns: TableColumns
  private let targets: [(column: String, kind: FieldKind)]
  private let stamp: (column: String, time: Instant)?

  /// Prepares statements for writable fields of an entity; `stamp` becomes `time` on rows that
  /// change.
  package init(
    _ fields: [String], of entity: Entity, stamp: String?, at time: Instant, from staged: SQL,
    tenant tenantKey: String?, columns: TableColumns
  ) {
    self.fields = fields
    self.entity = entity
    self.staged = staged
    self.tenantKey = tenantKey
    self.columns = columns
    targets = fields.map { entity.column(of: $0) }
    self.stamp = stamp.map { (entity.column(of: $0).column, time) }
  }

  /// What stands in the temporary table.
  package var stagedColumns: SQL {
    let values = fields.indices.map { ", \(value($0)) text" as SQL }.joined(separator: "")
    return "n integer, k text, label text\(values)"
  }

  /// Writes the rows with `n` in a range, those alone that differ, and returns the `key` of each
  /// written and, as arrays in the order of the fields, its texts `old` and `new`.
  package func update(_ range: Range<Int>) -> SQL {
    var assignments = targets.enumerated().map { index, target in
      "\(identifier: target.column) = given.\(value(index))" as SQL
    }
    if let stamp {
      assignments.append(
        "\(identifier: stamp.column) = \(bind: stamp.time.iso8601)::timestamptz")
    }
    return """
      UPDATE \(table: entity.table) AS written SET \(assignments.joined(separator: ", "))
      FROM (\(differing(range))) AS given
      WHERE written.\(identifier: entity.key) = given.k
        AND \(tenantCondition(column: entity.tenant, key: tenantKey, table: "written"))
      RETURNING given.k::text AS key, given.old,
        \(array(targets.map { "written.\(identifier: $0.column)" })) AS new
      """
  }

  /// The rows that `update` would write, with their `key`, `label`, `old` and `new`, by `n`.
  package func preview(_ range: Range<Int>) -> SQL {
    """
    SELECT n, k::text AS key, label, old, \(array(targets.indices.map { value($0) })) AS new
    FROM (\(differing(range))) AS given
    """
  }

  /// The rows of the temporary table that differ from those they are for.
  private func differing(_ range: Range<Int>) -> SQL {
    let cast = targets.enumerated().map { index, target -> SQL in
      let given = "given.\(value(index))\(columns.cast(to: target.column, as: target.kind))" as SQL
      let kept =
        columns.isRequired(target.column)
        ? "coalesce(\(given), held.\(identifier: target.column))" : given
      return "\(kept) AS \(value(index))"
    }
    let differs = targets.enumerated().map { index, target in
      "given.\(value(index)) IS DISTINCT FROM given.\(held(index))" as SQL
    }
    let olds = targets.enumerated().map { index, target in
      "held.\(identifier: target.column) AS \(held(index))" as SQL
    }
    let oldTexts = array(targets.indices.map { "given.\(held($0))" })
    return """
      SELECT given.*, \(oldTexts) AS old FROM (
        SELECT given.n, held.\(identifier: entity.key) AS k, given.label,
          \((cast + olds).joined(separator: ", "))
        FROM \(staged) AS given
        JOIN \(table: entity.table) AS held
          ON held.\(identifier: entity.key) = given.k\(columns.cast(to: entity.key))
        WHERE given.n >= \(bind: range.lowerBound)::integer
          AND given.n < \(bind: range.upperBound)::integer
          AND \(tenantCondition(column: entity.tenant, key: tenantKey, table: "held"))
      ) AS given
      WHERE \(differs.joined(separator: " OR "))
      """
  }

  private func array(_ values: [SQL]) -> SQL {
    "ARRAY[\(values.map { "\($0)::text" as SQL }.joined(separator: ", "))]"
  }

  private func value(_ index: Int) -> SQL { SQL(trusted: "v\(index)") }

  private func held(_ index: Int) -> SQL { SQL(trusted: "o\(index)") }
}

extension Entity {
  fileprivate func column(of field: String) -> (column: String, kind: FieldKind) {
    guard let field = fields[field], case .column(let column) = field.storage else {
      preconditionFailure("a checked rule sets plain columns alone")
    }
    return (column, field.kind)
  }
}

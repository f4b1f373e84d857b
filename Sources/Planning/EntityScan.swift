import Expressions
import Rules
import SQLText

/// The subquery that reads an entity's table: that of the things themselves, or of persons that
/// a field refers to.
struct EntityScan {
  let entity: Entity
  let alias: String

  /// The referring column of another scan; `nil` for the things themselves.
  let parent: SQL?
  private var columns: [SQL] = []

  init(entity: Entity, alias: String, parent: SQL?) {
    self.entity = entity
    self.alias = alias
    self.parent = parent
  }

  /// Has the subquery compute a value and gives its name outside.
  mutating func add(_ value: SQL) -> SQL {
    let index = columns.firstIndex(of: value) ?? columns.count
    if index == columns.count { columns.append(value) }
    return SQL(trusted: "\(alias).c\(index + 1)")
  }

  /// How a row finds the thing that refers to it.
  var joinCondition: SQL { parent.map { "\(SQL(trusted: alias)).k = \($0)" } ?? "true" }

  func subquery(for request: FetchRequest) -> SQL {
    let key = columnName(entity.key)
    var select: [SQL] = ["\(key) AS k"]
    if parent == nil {
      let label = entity.label.flatMap { entity.fields[$0] }
      select.append("(\(key))::text AS key")
      select.append(
        label.map { "coalesce(\($0.sql)::text, (\(key))::text) AS label" }
          ?? "(\(key))::text AS label")
    }
    for (index, column) in columns.enumerated() {
      select.append("\(column) AS \(SQL(trusted: "c\(index + 1)"))")
    }
    var conditions: [SQL] = []
    if let column = entity.tenant, let tenant = request.tenant {
      conditions.append("\(columnName(column)) = \(bind: tenant)")
    }
    conditions.append("\(key) IS NOT NULL")
    if parent == nil, let keys = request.keys { conditions.append("\(key) = ANY (\(bind: keys))") }
    if let filter = entity.filter { conditions.append("(\(SQL(trusted: filter)))") }
    if parent == nil, let preFilter = request.preFilter {
      conditions.append(preFilter.condition(key: key))
    }
    return """
      (
        SELECT \(select.joined(separator: ",\n    "))
        FROM \(table: entity.table)
        WHERE \(conditions.joined(separator: "\n    AND "))
      ) AS \(SQL(trusted: alias))
      """
  }
}

extension Field {
  /// The field as the table has it.
  var sql: SQL {
    switch storage {
    case .column(let name): columnName(name)
    case .sql(let text): "(\(SQL(trusted: text)))"
    }
  }

  /// The field as a plan sends it.
  var sqlValue: SQL {
    switch kind {
    case .text, .person: "\(sql)::text"
    case .number: "\(sql)::float8"
    case .yesNo: "\(sql)::boolean"
    case .date: "\(sql)::date::timestamptz"
    case .timestamp: "\(sql)::timestamptz"
    case .duration: "(extract(epoch FROM \(sql)::interval) * 1000000)::bigint"
    case .textList: "\(sql)::text[]"
    case .numberList: "\(sql)::float8[]"
    }
  }
}

package import Expressions
package import Rules
import SQLText

extension FetchPlan {
  /// The query for the rows of a rollup's source that lie in one of its windows, read once for all
  /// windows and groups; their key and label are empty.
  package init(
    rollup rule: Rule, catalog: Catalog, tenant: String?, now: Instant, zone: Zone
  ) {
    guard let rollup = rule.rollup, let source = catalog.sources[rollup.source] else {
      preconditionFailure("a checked rollup names a source of the catalog")
    }
    precondition(
      tenant != nil || catalog.tenants == .none, "With tenants, a query is for one of them.")
    let fields = source.rows.fields
    let columns = rule.rollupInputs.sorted { $0.description < $1.description }.map { input in
      guard case .field(let path) = input, path.count == 2, let field = fields[path[1]] else {
        preconditionFailure("a checked rollup reads fields of its source alone")
      }
      return (field, Column(input: input, type: field.kind.valueType))
    }
    let rows = SourceRows(source: source, key: "", alias: "", tenant: tenant, keys: nil)
    let bounds = rollup.windows.map { $0.bounds(at: now, in: zone) }
    let starts = bounds.map(\.start)
    let whole = TimeBounds(
      start: starts.contains(nil) ? nil : starts.compactMap(\.self).min(),
      end: bounds.map(\.end).max() ?? now)
    var conditions = rows.lowerAndUpper(whole)
    if let column = source.tenant, let tenant {
      conditions.insert("\(SQL(trusted: bracketed(column))) = \(bind: tenant)", at: 0)
    }
    if let filter = source.filter { conditions.append("(\(SQL(trusted: filter)))") }
    let values = columns.map { "\($0.0.sqlValue) AS \(identifier: $0.1.input.description)" as SQL }
    let select = (["''::text AS key", "''::text AS label"] + values).joined(separator: ",\n  ")
    self.init(
      query: """
        SELECT
          \(select)
        FROM \(SQL(trusted: source.from))
        WHERE \(conditions.joined(separator: "\n  AND "))
        """, columns: columns.map(\.1), zone: zone)
  }
}

import Expressions
import Rules
import SQLText

/// Which rows of a source a subquery reads, and for which entity.
struct SourceRows {
  let source: Source

  /// SQL: the key of the entity a row belongs to.
  let key: String
  let alias: String
  let tenant: String?
  let keys: [String]?

  /// How the rows find the thing they belong to.
  var joinCondition: SQL { "\(SQL(trusted: alias)).k = t0.k" }

  /// The row's time; one that stands for itself needs no brackets.
  var time: SQL { SQL(trusted: bracketed(source.time)) }

  /// FROM and WHERE of the rows within bounds, lines after the first indented: of all things, or of
  /// the one whose key is `owner`.
  func from(within bounds: TimeBounds, of owner: SQL? = nil, indent: String) -> SQL {
    let newLine = SQL(trusted: "\n\(indent)")
    let key = SQL(trusted: bracketed(key))
    var conditions: [SQL] = []
    if let column = source.tenant, let tenant {
      conditions.append("\(SQL(trusted: bracketed(column))) = \(bind: tenant)")
    }
    if let owner {
      conditions.append("\(key) = \(owner)")
    } else {
      conditions.append("\(key) IS NOT NULL")
      if let keys { conditions.append("\(key) = ANY (\(bind: keys))") }
    }
    conditions += lowerAndUpper(bounds)
    if let filter = source.filter { conditions.append("(\(SQL(trusted: filter)))") }
    let condition = conditions.joined(separator: "\(newLine)  AND ")
    return "FROM \(SQL(trusted: source.from))\(newLine)WHERE \(condition)"
  }

  /// The conditions for a row's time to lie within bounds.
  func lowerAndUpper(_ bounds: TimeBounds) -> [SQL] {
    let lower = bounds.start.map { "\(time) >= \($0.sql)" as SQL }
    return [lower, "\(time) < \(bounds.end.sql)"].compactMap(\.self)
  }
}

/// The subquery that reads a source once for all metrics but median gaps.
struct SourceScan {
  let rows: SourceRows
  private var aggregates: [(metric: Metric, bounds: TimeBounds)] = []

  init(rows: SourceRows) { self.rows = rows }

  /// Has the subquery compute a metric and gives its name outside.
  mutating func add(_ metric: Metric, over bounds: TimeBounds) -> SQL {
    let known = aggregates.firstIndex {
      $0.metric.aggregate == metric.aggregate && $0.bounds == bounds
    }
    if known == nil { aggregates.append((metric, bounds)) }
    return SQL(trusted: "\(rows.alias).c\((known ?? aggregates.count - 1) + 1)")
  }

  /// The scan, joined to the things.
  var join: SQL {
    """
    LEFT JOIN (
      SELECT \(SQL(trusted: rows.key)) AS k,
        \(values)
      \(rows.from(within: scanBounds, indent: "  "))
      GROUP BY 1
    ) AS \(SQL(trusted: rows.alias)) ON \(rows.joinCondition)
    """
  }

  /// The same values, looked up for each thing by itself; `nil` where the rows in between must be
  /// read whatever indexes there are.
  ///
  /// Inside, `t0` must mean the things, so the source may not have a name like it.
  var lookup: SQL? {
    let isFirstOrLast = aggregates.allSatisfy {
      $0.bounds.start == nil && [.latestTime, .earliestTime].contains($0.metric.aggregate)
    }
    guard isFirstOrLast, !rows.source.from.lowercased().contains("t0") else { return nil }
    return """
      LEFT JOIN LATERAL (
        SELECT
          \(values)
        \(rows.from(within: scanBounds, of: "t0.k", indent: "  "))
      ) AS \(SQL(trusted: rows.alias)) ON true
      """
  }

  private var values: SQL {
    let scanned = scanBounds
    return aggregates.enumerated().map { index, aggregate -> SQL in
      let value = aggregate.metric.sqlValue(
        time: rows.time, filter: filter(aggregate.bounds, within: scanned))
      return "\(value) AS \(SQL(trusted: "c\(index + 1)"))"
    }.joined(separator: ",\n    ")
  }

  /// The shortest stretch that holds all windows.
  private var scanBounds: TimeBounds {
    let starts = aggregates.map(\.bounds.start)
    let earliest = starts.contains(nil) ? nil : starts.compactMap(\.self).min()
    let end = aggregates.map(\.bounds.end).max() ?? Instant(microseconds: 0)
    return TimeBounds(start: earliest, end: end)
  }

  /// What the scan's own bounds leave to ask of a window's rows.
  private func filter(_ bounds: TimeBounds, within scanned: TimeBounds) -> SQL {
    var conditions: [SQL] = []
    if let start = bounds.start, start != scanned.start {
      conditions.append("\(rows.time) >= \(start.sql)")
    }
    if bounds.end != scanned.end { conditions.append("\(rows.time) < \(bounds.end.sql)") }
    guard !conditions.isEmpty else { return "" }
    return " FILTER (WHERE \(conditions.joined(separator: " AND ")))"
  }
}

extension Metric {
  /// The aggregate as a plan sends it; counts of nothing are NULL, as other aggregates are.
  func sqlValue(time: SQL, filter: SQL) -> SQL {
    switch aggregate {
    case .sum(let value): "(sum(\(SQL(trusted: value)))\(filter))::float8"
    case .countRows: "nullif(count(*)\(filter), 0)::float8"
    case .countDistinct(let value):
      "nullif(count(DISTINCT \(SQL(trusted: value)))\(filter), 0)::float8"
    case .average(let value): "(avg(\(SQL(trusted: value)))\(filter))::float8"
    case .minimum(let value): "(min(\(SQL(trusted: value)))\(filter))::float8"
    case .maximum(let value): "(max(\(SQL(trusted: value)))\(filter))::float8"
    case .latestTime: "(max(\(time))\(filter))::timestamptz"
    case .earliestTime: "(min(\(time))\(filter))::timestamptz"
    case .medianGap: preconditionFailure("A median gap has a subquery of its own.")
    }
  }
}

/// SQL in brackets, unless it is a name.
func bracketed(_ sql: String) -> String {
  let isName = sql.unicodeScalars.allSatisfy {
    $0 == "." || $0 == "_" || $0 == "\"" || $0.properties.isAlphabetic || ("0"..."9").contains($0)
  }
  return isName ? sql : "(\(sql))"
}

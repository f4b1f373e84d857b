import Expressions
import Rules
import SQLText

/// The subquery of series: one more pass over a source, grouped by thing and bucket and then by
/// thing.
///
/// It gives pairs of a bucket's place and its number for those that have rows; the others are 0.
struct SeriesScan {
  let rows: SourceRows
  let bucket: Bucket
  let buckets: Buckets
  private var metrics: [Metric] = []

  init(rows: SourceRows, bucket: Bucket, buckets: Buckets) {
    self.rows = rows
    self.bucket = bucket
    self.buckets = buckets
  }

  /// Has the subquery compute a metric and gives its name outside.
  mutating func add(_ metric: Metric) -> SQL {
    let known = metrics.firstIndex { $0.aggregate == metric.aggregate }
    if known == nil { metrics.append(metric) }
    return SQL(trusted: "\(rows.alias).c\((known ?? metrics.count - 1) + 1)")
  }

  var subquery: SQL {
    let values = metrics.enumerated().map { index, metric -> SQL in
      "\(metric.sqlValue(time: rows.time, filter: "")) AS \(SQL(trusted: "v\(index + 1)"))"
    }.joined(separator: ",\n      ")
    let pairs = metrics.indices.map { index -> SQL in
      SQL(trusted: "array_agg(ARRAY[n::float8, v\(index + 1)]) AS c\(index + 1)")
    }.joined(separator: ",\n    ")
    return """
      (
        SELECT k, \(pairs)
        FROM (
          SELECT \(SQL(trusted: rows.key)) AS k, \(place) AS n,
            \(values)
          \(rows.from(within: buckets.bounds, indent: "    "))
          GROUP BY 1, 2
        ) AS buckets
        GROUP BY 1
      ) AS \(SQL(trusted: rows.alias))
      """
  }

  /// Which bucket a row falls into, from 0; the session's zone is that of the days.
  private var place: SQL {
    let day: SQL = "\(rows.time)::date"
    let first = buckets.starts.first ?? buckets.end
    switch bucket {
    case .day: return "\(day) - \(date(first))"
    case .week: return "(\(day) - \(date(first))) / 7"
    case .month:
      let starts = buckets.starts.map(date).joined(separator: ", ")
      return "width_bucket(\(day), ARRAY[\(starts)]) - 1"
    }
  }

  private func date(_ date: CivilDate) -> SQL { "\(bind: date.iso8601)::date" }
}

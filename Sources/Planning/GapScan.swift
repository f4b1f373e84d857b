import Expressions
import Rules
import SQLText

/// A median of the time between consecutive rows.
struct MedianGap: Hashable {
  var perDay: Bool
  var last: Int?
  var needs: Int
  var bounds: TimeBounds
}

/// The subquery of a median gap: one more pass over its source.
///
/// Times are local wall-clock readings, as those of `since` are, so that daily rows are a day
/// apart whatever the clocks did.
struct GapScan {
  let rows: SourceRows
  let gap: MedianGap

  /// The median's name outside, in microseconds.
  var column: SQL { SQL(trusted: "\(rows.alias).c1") }

  var subquery: SQL {
    """
    (
      SELECT k, CASE WHEN count(*) >= \(SQL(trusted: String(gap.needs)))
        THEN round(percentile_cont(0.5) WITHIN GROUP (ORDER BY gap))::bigint END AS c1
      FROM (
        SELECT k, \(difference) AS gap
        FROM (
          \(gap.last.map(latest) ?? times(indent: "      "))
        ) AS times
      ) AS gaps
      GROUP BY k
    ) AS \(SQL(trusted: rows.alias))
    """
  }

  /// From one row to the next, as a float8 of microseconds.
  private var difference: SQL {
    let previous: SQL = "lag(t) OVER (PARTITION BY k ORDER BY t)"
    return gap.perDay
      ? "(t - \(previous)) * 86400000000::float8"
      : "(extract(epoch FROM t - \(previous)) * 1000000)::float8"
  }

  private func latest(_ count: Int) -> SQL {
    """
    SELECT k, t
          FROM (
            SELECT k, t, row_number() OVER (PARTITION BY k ORDER BY t DESC) AS recency
            FROM (
              \(times(indent: "          "))
            ) AS all_times
          ) AS ranked
          WHERE recency <= \(SQL(trusted: String(count)))
    """
  }

  private func times(indent: String) -> SQL {
    let time: SQL = gap.perDay ? "\(rows.time)::date" : "\(rows.time)::timestamp"
    let select: SQL = gap.perDay ? "SELECT DISTINCT" : "SELECT"
    let key = SQL(trusted: rows.key)
    return """
      \(select) \(key) AS k, \(time) AS t
      \(SQL(trusted: indent))\(rows.from(within: gap.bounds, indent: indent))
      \(SQL(trusted: indent))  AND isfinite(\(rows.time))
      """
  }
}

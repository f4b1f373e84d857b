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

/// The subquery of a median gap: one more pass over its source, sorted once.
///
/// Times are local wall-clock readings, as those of `since` are, so that daily rows are a day
/// apart whatever the clocks did. Rows of one day are merged by ranking them alike and leaving out
/// the gaps of zero between them; `DISTINCT` says the same and took minutes where this takes a
/// second, when its hash table did not fit into memory.
struct GapScan {
  let rows: SourceRows
  let gap: MedianGap

  /// The median's name outside, in microseconds.
  var column: SQL { SQL(trusted: "\(rows.alias).c1") }

  var subquery: SQL {
    """
    (
      SELECT k, CASE WHEN max(nth) >= \(number(gap.needs)) THEN round(
          percentile_cont(0.5) WITHIN GROUP (ORDER BY gap)\(countedGaps)
        )::bigint END AS c1
      FROM (
        SELECT k, \(rank) OVER latest AS nth,
          \(gapInMicroseconds) AS gap
        FROM (
          SELECT \(SQL(trusted: rows.key)) AS k, \(time) AS t
          \(rows.from(within: gap.bounds, indent: "      "))
            AND isfinite(\(rows.time))
        ) AS times
        WINDOW latest AS (PARTITION BY k ORDER BY t DESC)
      ) AS gaps
      \(lastOnly)GROUP BY k
    ) AS \(SQL(trusted: rows.alias))
    """
  }

  private var time: SQL { gap.perDay ? "\(rows.time)::date" : "\(rows.time)::timestamp" }

  /// Numbers the rows, or the days, from the latest.
  private var rank: SQL { gap.perDay ? "dense_rank()" : "row_number()" }

  /// Back to the row before.
  private var gapInMicroseconds: SQL {
    gap.perDay
      ? "(t - lead(t) OVER latest) * 86400000000::float8"
      : "(extract(epoch FROM t - lead(t) OVER latest) * 1000000)::float8"
  }

  /// The gaps between rows that count: the oldest of them has none.
  private var countedGaps: SQL {
    let conditions: [SQL] = [
      gap.perDay ? "gap > 0" : nil, gap.last.map { "nth < \(number($0))" },
    ].compactMap(\.self)
    guard !conditions.isEmpty else { return "" }
    return " FILTER (WHERE \(conditions.joined(separator: " AND ")))"
  }

  private var lastOnly: SQL { gap.last.map { "WHERE nth <= \(number($0))\n  " } ?? "" }

  private func number(_ number: Int) -> SQL { SQL(trusted: String(number)) }
}

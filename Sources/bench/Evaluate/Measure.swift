import Postgres
import SQLText

/// A figure about a customer that rules compare with a threshold.
struct Measure: Sendable {
  /// The figure as a rule says it.
  var expression: String

  /// The same in plain SQL: which of the customer's paid orders count, and the aggregate of those.
  var window: SQL
  var aggregate: SQL

  /// Whether the rules look for large values, not for small ones.
  var isHigh = true

  static let all: [Measure] = [
    Measure(expression: "revenue[7d]", window: trailing("7 days"), aggregate: "sum(o.total)"),
    Measure(expression: "revenue[30d]", window: trailing("30 days"), aggregate: "sum(o.total)"),
    Measure(expression: "revenue[90d]", window: trailing("90 days"), aggregate: "sum(o.total)"),
    Measure(
      expression: "revenue[30d, ending 30d ago]", window: previous, aggregate: "sum(o.total)"),
    Measure(expression: "orders[7d]", window: trailing("7 days"), aggregate: "count(*)"),
    Measure(expression: "orders[30d]", window: trailing("30 days"), aggregate: "count(*)"),
    Measure(expression: "orders[90d]", window: trailing("90 days"), aggregate: "count(*)"),
    Measure(expression: "orders[all time]", window: "true", aggregate: "count(*)"),
    Measure(expression: "revenue[all time]", window: "true", aggregate: "sum(o.total)"),
    Measure(
      expression: "average_order[90d]", window: trailing("90 days"), aggregate: "avg(o.total)"),
    Measure(
      expression: "days(since(last_order))", window: "true",
      aggregate: """
        (extract(epoch FROM \(SampleBusiness.now.literal) - max(o.delivered_at)) / 86400)
        """),
    Measure(
      expression: "revenue[30d] / revenue[30d, ending 30d ago]", window: trailing("60 days"),
      aggregate: """
        (coalesce(sum(o.total) FILTER (WHERE \(trailing("30 days"))), 0)
          / nullif(sum(o.total) FILTER (WHERE \(previous)), 0))
        """, isHigh: false),
  ]

  /// Those that a second condition may name.
  static let second = [2, 6, 7]

  /// The orders that count at all.
  static let paid: SQL = """
    o.status <> 'CANCELLED' AND o.total > 0 AND o.delivered_at < \(SampleBusiness.now.literal)
    """

  private static func trailing(_ length: String) -> SQL {
    "o.delivered_at >= \(SampleBusiness.now.literal) - \(bind: length)::interval"
  }

  private static var previous: SQL {
    "\(trailing("60 days")) AND o.delivered_at < \(SampleBusiness.now.literal) - interval '30 days'"
  }
}

/// What share of the customers has a measure below a value, as values.
struct Quantiles: Sendable {
  private var values: [[String]]

  /// The hundred steps from the lowest to the highest share that a rule leaves out.
  private static let high = (0..<100).map { 0.90 + 0.0999 * Double($0) / 99 }
  private static let low = (0..<100).map { 0.001 + 0.03 * Double($0) / 99 }

  /// Reads the quantiles of every measure from the database.
  static func read(on connection: Connection) async throws -> Quantiles {
    var values: [[String]] = []
    for measure in Measure.all {
      let steps = (measure.isHigh ? high : low).map { "\($0)" }
      let rows = try await connection.query(
        """
        SELECT round(quantile::numeric, 3) FROM unnest((
          SELECT percentile_cont(\(bind: steps)::float8[]) WITHIN GROUP (ORDER BY value)
          FROM (
            SELECT \(measure.aggregate)::float8 AS value FROM "order" o
            WHERE \(Measure.paid) AND \(measure.window) GROUP BY o.tenant_id, o.customer_id
          ) AS measured
        )) AS quantile
        """)
      values.append(rows.compactMap { $0[0] })
    }
    guard values.allSatisfy({ $0.count == high.count }) else {
      throw BenchError(description: "there are too few orders to draw thresholds from")
    }
    return Quantiles(values: values)
  }

  /// A step of a measure's quantiles: from about a tenth of the customers down to one in thousands.
  subscript(measure: Int, step: Int) -> String { values[measure][step] }
}

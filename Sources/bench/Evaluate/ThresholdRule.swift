import SQLText

/// A rule over one measure or two, as YAML and as a query of its own.
struct ThresholdRule: Sendable {
  struct Comparison: Sendable {
    var measure: Int
    var threshold: String

    fileprivate var sign: String { Measure.all[measure].isHigh ? ">" : "<" }
  }

  var name: String
  var comparisons: [Comparison]

  /// Draws `count` rules, every fifth with two conditions, the same for the same quantiles.
  static func draw(_ count: Int, from quantiles: Quantiles) -> [ThresholdRule] {
    var random = Seeded(seed: 7)
    return (0..<count).map { index in
      let measure = index % Measure.all.count
      var comparisons = [
        Comparison(
          measure: measure, threshold: quantiles[measure, Int.random(in: 0..<100, using: &random)])
      ]
      if index % 5 == 4 {
        let second = Measure.second[Int.random(in: 0..<Measure.second.count, using: &random)]
        comparisons.append(
          Comparison(
            measure: second, threshold: quantiles[second, Int.random(in: 0..<30, using: &random)]))
      }
      return ThresholdRule(name: "threshold_\(index)", comparisons: comparisons)
    }
  }

  /// The rule's file; the rule is evaluated and writes nothing.
  var yaml: String {
    let conditions = comparisons.map {
      "    - \(Measure.all[$0.measure].expression) \($0.sign) \($0.threshold)"
    }
    return """
      rule: \(name)
      mode: dry_run
      for_each: customer
      when:
        all:
      \(conditions.joined(separator: "\n"))
      """
  }

  /// How many customers match, found by a query that serves this rule alone.
  var ownQuery: SQL {
    let parts = comparisons.enumerated().map { index, comparison -> SQL in
      let measure = Measure.all[comparison.measure]
      let sign: SQL = measure.isHigh ? ">" : "<"
      let matching: SQL = """
        (SELECT o.tenant_id, o.customer_id FROM "order" o
         WHERE \(Measure.paid) AND \(measure.window) GROUP BY 1, 2
         HAVING \(measure.aggregate) \(sign) \(bind: comparison.threshold)::numeric)
        """
      return index == 0
        ? "\(matching) AS first" : "JOIN \(matching) AS second USING (tenant_id, customer_id)"
    }
    return "SELECT count(*) FROM \(parts.joined(separator: " "))"
  }
}

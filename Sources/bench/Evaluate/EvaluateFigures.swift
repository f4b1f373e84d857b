import Engine
import Store

/// What `bench evaluate` measured; several figures of one kind are repetitions.
struct EvaluateFigures: Sendable {
  var tenants: Int
  var customers: Int
  var rules: Int

  /// Seconds of psql and runs of the engine over the same queries, in turn.
  var limits: [Double] = []
  var readings: [EngineRuns.Total] = []

  /// Runs that open alerts, the runs a day later that see them again, and psql's copies of them.
  var openings: [EngineRuns.Total] = []
  var repeats: [EngineRuns.Total] = []
  var copies: [Double] = []

  /// Runs that open alerts with a task and a webhook each.
  var actings: [EngineRuns.Total] = []

  /// Seconds of all rules as queries of their own, and how many of them were really run.
  var peer: Double?
  var peerSample = 0

  /// Runs over the rules and customers that Prometheus is given, and what it takes.
  var small: [EngineRuns.Total] = []
  var prometheus: (seconds: Double, line: String)?

  /// Why Prometheus was not run although that was asked for.
  var prometheusSkipped: String?

  /// The most memory this process has had, in bytes, after the runs of each kind.
  var readingMemory = 0
  var writingMemory = 0
  var actingMemory = 0

  init(tenants: Int, customers: Int, rules: Int) {
    self.tenants = tenants
    self.customers = customers
    self.rules = rules
  }

  private var rows: Int { readings.last?.rows ?? 0 }
  private var plan: Double { median(readings.map(\.phases.plan)) }
  private var fetch: Double { median(readings.map(\.phases.fetch)) }
  private var evaluate: Double { median(readings.map(\.phases.evaluate)) }
  private var reading: [Double] { readings.map { $0.phases.fetch + $0.phases.evaluate } }
  private var overLimit: Double { median(zip(reading, limits).map { $0 / $1 }) }
  private var perRowAndRule: Double { evaluate * 1e9 / Double(max(1, rows * rules)) }
  private var overCopy: Double { median(zip(openings, copies).map { $0.writing / $1 }) }
  private var actingOverCopy: Double { median(zip(actings, copies).map { $0.writing / $1 }) }
  private var prometheusOverOurs: Double? {
    prometheus.map { $0.seconds / median(small.map(\.wall)) }
  }
  private var matches: Int { readings.last?.counts.values.reduce(0) { $0 + $1.matched } ?? 0 }

  /// A table for people.
  var text: String {
    let opened = openings.last?.opened ?? 0
    var lines = [
      "\(rules) rules, \(customers) customers, \(tenants) tenants: \(rows) rows, "
        + "\(matches) matches",
      "plan           \(milliseconds(plan)) ms",
      "fetch          \(milliseconds(fetch)) ms",
      "evaluate       \(milliseconds(evaluate)) ms, \(hundredths(perRowAndRule)) ns a row and rule",
      "together       \(milliseconds(median(reading))) ms, "
        + "\(Int(Double(rows) / median(reading))) rows/s",
      "limit          \(milliseconds(median(limits))) ms: psql, COPY of the same queries",
      "over the limit \(hundredths(overLimit))",
    ]
    if let peer {
      lines.append(
        "own queries    \(milliseconds(peer)) ms: a query for each rule"
          + (peerSample < rules ? ", \(peerSample) run and multiplied" : "")
          + "; the engine takes \(hundredths(peer / median(readings.map(\.wall)))) times less")
    }
    lines += [
      "write          \(milliseconds(median(openings.map(\.writing)))) ms for \(opened) alerts "
        + "opened, commits and all; COPY of alerts and stories "
        + "\(milliseconds(median(copies))) ms",
      "over COPY      \(hundredths(overCopy))",
      "seen again     \(milliseconds(median(repeats.map(\.writing)))) ms",
      "with actions   \(milliseconds(median(actings.map(\.writing)))) ms with a task and a webhook "
        + "for each; over COPY of the alerts \(hundredths(actingOverCopy))",
      "memory         \(megabytes(readingMemory)) MB at most when reading, "
        + "\(megabytes(writingMemory)) MB when opening, \(megabytes(actingMemory)) MB when acting",
    ]
    if let prometheus, let prometheusOverOurs {
      lines += [
        "prometheus     \(milliseconds(prometheus.seconds)) ms an evaluation of "
          + "\(PrometheusPeer.rules) rules for \(PrometheusPeer.customers) customers, "
          + "\(hundredths(prometheusOverOurs)) times our "
          + "\(milliseconds(median(small.map(\.wall)))) ms, planning and reading too",
        "               \(prometheus.line)",
      ]
    } else if let prometheusSkipped {
      lines.append("prometheus     skipped: \(prometheusSkipped)")
    }
    return lines.joined(separator: "\n")
  }

  /// One object for machines, in one line.
  var json: String {
    var members = [
      ("fetch_evaluate_over_limit", hundredths(overLimit)),
      ("ns_per_row_rule", hundredths(perRowAndRule)),
      ("write_over_copy", hundredths(overCopy)),
      ("write_actions_over_copy", hundredths(actingOverCopy)),
      ("peak_rss_mb", megabytes(actingMemory)),
      ("peak_rss_reading_mb", megabytes(readingMemory)),
      ("plan_ms", milliseconds(plan)), ("fetch_ms", milliseconds(fetch)),
      ("evaluate_ms", milliseconds(evaluate)),
      ("limit_ms", milliseconds(median(limits))),
      ("write_ms", milliseconds(median(openings.map(\.writing)))),
      ("write_again_ms", milliseconds(median(repeats.map(\.writing)))),
      ("write_actions_ms", milliseconds(median(actings.map(\.writing)))),
      ("copy_ms", milliseconds(median(copies))),
      ("rows", "\(rows)"), ("matches", "\(matches)"),
      ("alerts", "\(openings.last?.opened ?? 0)"),
    ]
    if let peer {
      members += [("own_queries_ms", milliseconds(peer)), ("own_queries_run", "\(peerSample)")]
    }
    if let prometheus, let prometheusOverOurs {
      members += [
        ("prometheus_over_ours", hundredths(prometheusOverOurs)),
        ("prometheus_ms", milliseconds(prometheus.seconds)),
        ("ours_small_ms", milliseconds(median(small.map(\.wall)))),
      ]
    }
    return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
  }

  private func median(_ figures: [Double]) -> Double {
    let sorted = figures.sorted()
    guard !sorted.isEmpty else { return 0 }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  private func milliseconds(_ seconds: Double) -> String { "\((seconds * 10_000).rounded() / 10)" }

  private func hundredths(_ number: Double) -> String { "\((number * 100).rounded() / 100)" }

  private func megabytes(_ bytes: Int) -> String { "\(bytes / 1_000_000)" }
}

package import Engine
import Store
import Synchronization

/// What this process has counted since it started, as Prometheus reads it.
package final class Metrics: Sendable, RunObserver {
  /// A family of figures that differ by their labels.
  package struct Family: Sendable {
    package enum Kind: String, Sendable { case counter, gauge, summary }

    var name: String
    var kind: Kind
    var help: String
  }

  static let families = [
    Family(name: "bellwether_runs_total", kind: .counter, help: "Runs that ended, dry runs apart."),
    Family(name: "bellwether_run_seconds", kind: .summary, help: "How long runs took."),
    Family(name: "bellwether_records_total", kind: .counter, help: "Rows that runs read."),
    Family(
      name: "bellwether_record_errors_total", kind: .counter,
      help: "Rows whose evaluation failed, and what could not be carried out."),
    Family(name: "bellwether_alerts_opened_total", kind: .counter, help: "Alerts that opened."),
    Family(name: "bellwether_alerts_resolved_total", kind: .counter, help: "Alerts that closed."),
    Family(
      name: "bellwether_deliveries_total", kind: .counter,
      help: "Attempts to deliver, by what they came to."),
    Family(name: "bellwether_http_requests_total", kind: .counter, help: "Requests answered."),
    Family(name: "bellwether_outbox_depth", kind: .gauge, help: "Deliveries that wait."),
    Family(
      name: "bellwether_outbox_oldest_seconds", kind: .gauge,
      help: "The age of the oldest delivery that waits."),
    Family(
      name: "bellwether_outbox_overdue_seconds", kind: .gauge,
      help: "For how long the first due delivery has been overdue."),
    Family(
      name: "bellwether_outbox_tenants", kind: .gauge,
      help: "Tenants with deliveries that wait, of whom the first 100 are counted."),
  ]

  private let values = Mutex<[String: [String: Double]]>([:])

  /// Starts at nothing.
  package init() {}

  /// Adds to a counter.
  package func count(_ name: String, _ labels: KeyValuePairs<String, String>, by more: Double = 1) {
    let labels = Self.text(of: labels)
    values.withLock { $0[name, default: [:]][labels, default: 0] += more }
  }

  /// Adds what a worker's deliveries came to.
  package func count(deliveries: Int, channel: String, outcome: String) {
    guard deliveries > 0 else { return }
    count(
      "bellwether_deliveries_total", ["channel": channel, "outcome": outcome],
      by: Double(deliveries))
  }

  package func runEnded(_ run: EndedRun) async {
    let job: KeyValuePairs = ["job": run.job]
    count("bellwether_run_seconds_sum", job, by: run.seconds)
    count("bellwether_run_seconds_count", job)
    switch run.outcome {
    case .failure:
      count("bellwether_runs_total", ["job": run.job, "outcome": "failed"])
    case .success(let report):
      count("bellwether_runs_total", ["job": run.job, "outcome": "finished"])
      count("bellwether_records_total", job, by: Double(report.rowsRead))
      let counts = report.rules.map(\.counts)
      let sums = [
        ("bellwether_record_errors_total", counts.map(\.errors)),
        ("bellwether_alerts_opened_total", counts.map(\.opened)),
        ("bellwether_alerts_resolved_total", counts.map(\.resolved)),
      ]
      for (name, numbers) in sums { count(name, job, by: Double(numbers.reduce(0, +))) }
    }
  }

  /// Everything in Prometheus's text format, with some gauges that were measured just now.
  func text(gauges: [(name: String, value: Double)]) -> String {
    var values = values.withLock { $0 }
    for gauge in gauges { values[gauge.name] = ["": gauge.value] }
    return Self.families.map { family in
      var lines = "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.kind)\n"
      let names =
        family.kind == .summary ? ["\(family.name)_sum", "\(family.name)_count"] : [family.name]
      for name in names {
        for (labels, value) in (values[name] ?? [:]).sorted(by: { $0.key < $1.key }) {
          lines += "\(name)\(labels) \(value)\n"
        }
      }
      return lines
    }.joined()
  }

  private static func text(of labels: KeyValuePairs<String, String>) -> String {
    let pairs = labels.map { name, value in
      let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        .replacing("\n", with: "\\n")
      return "\(name)=\"\(escaped)\""
    }
    return pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}"
  }
}

/// What `bench jobs` measured; several figures of one kind are repetitions.
struct JobsFigures: Sendable {
  var scale: String
  var jobs: [String: Job] = [:]
  var peakMemory = 0

  struct Job: Sendable {
    /// Seconds of the engine and of plain SQL, in turn.
    var ours: [Double] = []
    var sql: [Double] = []

    /// Seconds that the script would take which goes record by record.
    var naive: Double?
    var rows = 0

    var seconds: Double { Self.median(ours) }
    var overSQL: Double? { sql.isEmpty ? nil : Self.median(zip(ours, sql).map { $0 / $1 }) }
    var naiveOverOurs: Double? { naive.map { $0 / seconds } }

    private static func median(_ figures: [Double]) -> Double {
      let sorted = figures.sorted()
      guard !sorted.isEmpty else { return 0 }
      return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
  }

  init(scale: String) { self.scale = scale }

  /// A table for people.
  var text: String {
    let lines = jobs.sorted { $0.key < $1.key }.map { name, job in
      "\(name): \(rounded(job.seconds)) s, \(job.rows) rows written"
        + (job.overSQL.map { "; \(rounded($0)) times plain SQL" } ?? "")
        + (job.naiveOverOurs.map { "; record by record takes \(rounded($0)) times as long" } ?? "")
    }
    return (["scale \(scale)"] + lines + ["memory: \(peakMemory / 1_000_000) MB at most"])
      .joined(separator: "\n")
  }

  /// One object for machines, in one line.
  var json: String {
    let members = jobs.sorted { $0.key < $1.key }.map { name, job in
      "{\"job\":\"\(name)\",\"seconds\":\(rounded(job.seconds)),"
        + "\"over_sql\":\(job.overSQL.map { "\(rounded($0))" } ?? "null"),"
        + "\"naive_over_ours\":\(job.naiveOverOurs.map { "\(rounded($0))" } ?? "null")}"
    }
    return "{\"jobs\":[\(members.joined(separator: ","))],"
      + "\"peak_rss_mb\":\(peakMemory / 1_000_000)}"
  }

  private func rounded(_ number: Double) -> Double { (number * 10_000).rounded() / 10_000 }
}

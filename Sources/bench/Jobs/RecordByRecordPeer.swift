import Foundation

/// Jobs of the same kind by a script that asks for each record's rows and writes it by itself.
///
/// The folder holds `setup.sh`, which unpacks the scripts under `/var/tmp/bench-peers`,
/// `pg_start.sh`, `gen_all.sh s|m`, `pg_stop.sh` and `naive.py DATABASE JOBS TENANTS REPETITIONS`.
struct RecordByRecordPeer: Sendable {
  let folder: String
  let scale: JobsBench.Scale

  /// The script's names for the jobs: its first goes through an ORM.
  private static let jobs = ["ao": "update-account-types", "c": "calculate-burn-rates"]

  /// Seconds by job, for all tenants.
  func measure() throws -> [String: Double] {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", script, "bench", folder]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let seconds = Self.result(in: text)
    guard process.terminationStatus == 0, !seconds.isEmpty else {
      throw BenchError(
        description: "the scripts in \(folder) ended with \(process.terminationStatus): \(text)")
    }
    return seconds.mapValues { $0 * (scale == .m ? 20 : 1) }
  }

  /// The seconds in what `naive.py` prints, by job.
  static func result(in text: String) -> [String: Double] {
    text.split(separator: "\n").reduce(into: [:]) { found, line in
      guard let match = line.firstMatch(of: /naive (\w+) rep\d+ .*wall=([\d.]+)s/),
        let job = jobs[String(match.output.1)]
      else { return }
      found[job] = Double(match.output.2)
    }
  }

  /// At scale M one tenant of twenty is enough to tell.
  private var script: String {
    let size = scale.rawValue.lowercased()
    return """
      set -e
      peers=/var/tmp/bench-peers
      [ -x $peers/venv/bin/python ] || timeout 300 "$1/setup.sh" >&2
      cd $peers
      trap './pg_stop.sh >&2' EXIT
      ./pg_start.sh >&2
      ./gen_all.sh \(size) >&2
      timeout 1800 ./venv/bin/python naive.py biz_\(size) ao,c \(scale == .m ? 1 : 0) 1
      """
  }
}

import Foundation

/// Prometheus over alerting rules of the same number and kind, by scripts that are not part of this
/// package.
///
/// The folder holds `setup.sh`, which unpacks Prometheus and the scripts under
/// `/var/tmp/bench-peers`, `pg_start.sh`, `gen_all.sh`, `pg_stop.sh` and `prom_run.py RULES GROUPS
/// LAYOUT INTERVAL EVALUATIONS`. What they start listens on the loopback alone and is stopped.
struct PrometheusPeer: Sendable {
  /// The sizes of the scripts' small business.
  static let rules = 1000
  static let customers = 1000
  static let orders = 5000

  let folder: String

  /// Whether the folder has the scripts.
  var isThere: Bool { FileManager.default.fileExists(atPath: folder + "/prom_run.py") }

  /// Seconds of one evaluation of all rules, the median of some, and what the script printed.
  func measure() throws -> (seconds: Double, line: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", Self.script, "bench", folder]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0, let result = Self.result(in: text) else {
      throw BenchError(
        description: "the scripts in \(folder) ended with \(process.terminationStatus): \(text)")
    }
    return result
  }

  /// The median in what `prom_run.py` prints.
  static func result(in text: String) -> (seconds: Double, line: String)? {
    for line in text.split(separator: "\n") where line.hasPrefix("prometheus ") {
      if let match = line.firstMatch(of: /per evaluation median (\d+) ms/),
        let milliseconds = Double(match.output.1)
      {
        return (milliseconds / 1000, String(line))
      }
    }
    return nil
  }

  private static let script = """
    set -e
    peers=/var/tmp/bench-peers
    [ -x $peers/root/usr/bin/prometheus ] || timeout 300 "$1/setup.sh" >&2
    cd $peers
    trap './pg_stop.sh >&2' EXIT
    # The server stays, and must not keep the pipe open that this script's reader waits for.
    ./pg_start.sh >&2
    ./gen_all.sh s >&2
    timeout 400 ./venv/bin/python prom_run.py \(rules) 1 wide 15s 2
    """
}

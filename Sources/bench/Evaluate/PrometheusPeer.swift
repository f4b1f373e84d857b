import CProcess
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
  func measure() async throws -> (seconds: Double, line: String) {
    let output = FileManager.default.temporaryDirectory
      .appending(path: "bellwether-bench-peer-\(ProcessInfo.processInfo.processIdentifier)")
    try Data().write(to: output)
    defer { try? FileManager.default.removeItem(at: output) }
    let file = try FileHandle(forWritingTo: output)
    let child = try Self.start(
      ["/bin/bash", "-c", Self.script, "bench", folder], output: file.fileDescriptor)
    var status = process_poll(child)
    while status == -1 {
      try await Task.sleep(for: .milliseconds(100))
      status = process_poll(child)
    }
    let text = try String(contentsOf: output, encoding: .utf8)
    guard status == 0, let result = Self.result(in: text) else {
      throw BenchError(description: "the scripts in \(folder) ended with \(status): \(text)")
    }
    return result
  }

  /// Starts a child that hears all signals: threads of the runtime block them, and the scripts end
  /// what they started by one.
  private static func start(_ command: [String], output: Int32) throws -> pid_t {
    let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
    let arguments = command.map { strdup($0) } + [nil]
    let variables = environment.map { strdup($0) } + [nil]
    defer { for copy in arguments + variables { free(copy) } }
    let result = arguments.withUnsafeBufferPointer { arguments in
      variables.withUnsafeBufferPointer { variables in
        command[0].withCString { path in
          "/".withCString { folder in
            guard let first = arguments.baseAddress, let variable = variables.baseAddress else {
              preconditionFailure("never empty")
            }
            var request = process_request(
              path: path, arguments: first, environment: variable, directory: folder,
              output: output, drops_privileges: 0, user: 0, group: 0)
            return process_start(&request)
          }
        }
      }
    }
    guard result.pid > 0 else {
      throw BenchError(
        description: "cannot run \(command[0]): \(String(cString: strerror(result.error)))")
    }
    return result.pid
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

  // Each step has its time, after which `timeout` ends all that the step started. A cluster that
  // ran before is left running.
  private static let script = """
    set -e
    peers=/var/tmp/bench-peers
    [ -x $peers/root/usr/bin/prometheus ] || timeout -k 10 300 "$1/setup.sh"
    cd $peers
    [ -e pg/postmaster.pid ] || trap 'timeout -k 10 60 ./pg_stop.sh' EXIT
    timeout -k 10 60 ./pg_start.sh
    timeout -k 10 120 ./gen_all.sh s
    timeout -k 10 400 ./venv/bin/python prom_run.py \(rules) 1 wide 15s 2
    """
}

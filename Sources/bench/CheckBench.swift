import ArgumentParser
import Diagnostics
import Foundation
import Rules

/// How long many rule files take to check, beside what promtool takes for as many of its own.
struct CheckBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Checks many rule files: in this process, as a command, and promtool's beside it.",
    discussion: """
      The files are variations of those in rules/triggers, without their tests, in a temporary
      project with the shipped catalog. promtool gets as many files of one rule each. Every figure
      is the best of some runs, in turns; what is not installed or built is left out.

      EXAMPLES:
        swift build -c release --product bellwether
        swift run -c release bench check
        swift run -c release bench check --files 5000 --json
      """)

  @Option(help: "How many rule files.") var files = 1000
  @Option(help: "How many runs of each.") var runs = 5
  @Option(help: "The folder with the shipped rules/ and templates/.") var project = "."
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard files > 0, runs > 0 else { throw ValidationError("--files and --runs begin at 1") }
  }

  func run() throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "bench-check-\(ProcessInfo.processInfo.processIdentifier)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let made = try RuleVariations(of: URL(filePath: project)).write(files, to: folder)
    let peers = try PromtoolRules.write(files, to: folder.appending(path: "promtool"))

    let own = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "bellwether")
    let command = FileManager.default.isExecutableFile(atPath: own.path) ? own.path : nil
    let promtool = PromtoolRules.executable
    var times = Times()
    for _ in 0..<runs {
      try times.add("load", seconds { try check(made) })
      if let command {
        try times.add(
          "command", seconds { try launch(command, ["check", "--project", folder.path]) })
      }
      if let promtool {
        try times.add("promtool", seconds { try launch(promtool, ["check", "rules"] + peers) })
      }
    }
    report(times, lines: made.lines)
  }

  /// Reads and checks every file, as the command does.
  private func check(_ made: RuleVariations.Written) throws {
    func read(_ url: URL) throws -> SourceText {
      SourceText(path: url.path, bytes: Array(try Data(contentsOf: url)))
    }
    let loaded = RuleLoader.load(
      RuleFiles(catalog: try read(made.catalog), rules: try made.rules.map(read)), settings: nil)
    let found = loaded.diagnostics.flatMap { file in
      file.diagnostics.map { DiagnosticRenderer.text($0, in: file.source) }
    }
    guard found.isEmpty, loaded.ruleSet?.rules.count == files else {
      throw ValidationError(found.first ?? "not every rule was loaded")
    }
  }

  private func launch(_ executable: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: executable)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ValidationError("\(executable) found something wrong")
    }
  }

  private func seconds(_ body: () throws -> Void) rethrows -> Double {
    let time = try ContinuousClock().measure(body)
    return Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
  }

  private func report(_ times: Times, lines: Int) {
    let ratio = times.best["promtool"].flatMap { promtool in
      times.best["command"].map { $0 / promtool }
    }
    if json {
      let members = ["load", "command", "promtool"].map { name in
        "\"\(name)_seconds\":" + (times.best[name].map { rounded($0) } ?? "null")
      }
      print(
        "{\"files\":\(files),\"lines\":\(lines),\(members.joined(separator: ",")),"
          + "\"ratio\":\(ratio.map { rounded($0) } ?? "null")}")
      return
    }
    print("\(files) rule files, \(lines) lines")
    let names = [
      ("load", "read and checked in this process"), ("command", "bellwether check"),
      ("promtool", "promtool check rules, \(files) files of one rule"),
    ]
    for (name, title) in names {
      print("\(times.best[name].map { rounded($0) + " s" } ?? "not here")  \(title)")
    }
    if let ratio { print("\(rounded(ratio))    bellwether / promtool") }
  }

  private func rounded(_ number: Double) -> String {
    number.formatted(
      .number.precision(.fractionLength(3)).grouping(.never).locale(.init(identifier: "en_US")))
  }
}

/// The best of the runs by name.
private struct Times {
  private(set) var best: [String: Double] = [:]

  mutating func add(_ name: String, _ seconds: Double) {
    best[name] = min(best[name] ?? .infinity, seconds)
  }
}

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
      project with the shipped catalog; promtool gets as many files of one rule each. The command
      and promtool use all cores. Every figure is the best of some runs, in turns; what is not
      installed or built is left out. On a busy machine compare the processor times.

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
      try times.add("load") { try check(made) }
      if let command {
        try times.add("command") {
          try launch(command, ["check", "--project", folder.path])
        }
      }
      if let promtool {
        try times.add("promtool") { try launch(promtool, ["check", "rules"] + peers) }
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

  /// Runs a command to its end; Foundation's own waiting would add up to 50 ms.
  private func launch(_ executable: String, _ arguments: [String]) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for stream in [STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0)
    }
    let words = ([executable] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    var child = pid_t()
    var status: Int32 = 0
    guard posix_spawn(&child, executable, &actions, nil, words + [nil], nil) == 0,
      waitpid(child, &status, 0) == child, status == 0
    else { throw ValidationError("\(executable) did not run, or found something wrong") }
  }

  private func report(_ times: Times, lines: Int) {
    func ratio(_ part: KeyPath<Cost, Double>) -> Double? {
      guard let own = times.best["command"] ?? times.best["load"],
        let other = times.best["promtool"]
      else { return nil }
      return own[keyPath: part] / other[keyPath: part]
    }
    let names = [
      ("load", "read and checked in this process, on one core"), ("command", "bellwether check"),
      ("promtool", "promtool check rules, \(files) files of one rule"),
    ]
    if json {
      let members = names.map { name, _ in
        let cost = times.best[name]
        return "\"\(name)\":"
          + (cost.map { "{\"wall\":\(text($0.wall)),\"cpu\":\(text($0.processor))}" } ?? "null")
      }
      print(
        "{\"files\":\(files),\"lines\":\(lines),\(members.joined(separator: ",")),"
          + "\"wall_ratio\":\(ratio(\.wall).map(text) ?? "null"),"
          + "\"cpu_ratio\":\(ratio(\.processor).map(text) ?? "null")}")
      return
    }
    print("\(files) rule files, \(lines) lines; seconds, and seconds of processor time")
    for (name, title) in names {
      let figures = times.best[name].map { "\(text($0.wall))  \(text($0.processor))" }
      print("\(figures ?? "not here    ")  \(title)")
    }
    if let wall = ratio(\.wall), let processor = ratio(\.processor) {
      let own = times.best["command"] == nil ? "in this process" : "bellwether"
      print("\(text(wall))  \(text(processor))  \(own) / promtool")
    }
  }

  private func text(_ number: Double) -> String {
    let style = FloatingPointFormatStyle<Double>.number.precision(.fractionLength(3))
    return number.formatted(style.grouping(.never).locale(Locale(identifier: "en_US")))
  }
}

/// What one run took.
private struct Cost {
  var wall: Double

  /// What other processes on the machine hardly change.
  var processor: Double
}

/// The best of the runs by name.
private struct Times {
  private(set) var best: [String: Cost] = [:]

  mutating func add(_ name: String, _ body: () throws -> Void) rethrows {
    let start = Self.processorSeconds
    let time = try ContinuousClock().measure(body)
    let wall = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
    let processor = Self.processorSeconds - start
    let known = best[name] ?? Cost(wall: .infinity, processor: .infinity)
    best[name] = Cost(
      wall: min(known.wall, wall), processor: min(known.processor, processor))
  }

  /// What this process and those it has waited for have used: 0 means itself, -1 its children.
  private static var processorSeconds: Double {
    [Int32(0), -1].reduce(0) { sum, who in
      var usage = rusage()
      getrusage(who, &usage)
      return sum
        + [usage.ru_utime, usage.ru_stime].reduce(0) { seconds, time in
          seconds + Double(time.tv_sec) + Double(time.tv_usec) / 1e6
        }
    }
  }
}

import ArgumentParser
import Diagnostics
import Expressions
import Foundation
import Rules
import Workbench

/// `bellwether test`: rules held to their tests, without a database.
struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Run the tests in rule files, without a database.",
    discussion: """
      Examples:
        bellwether test                            every rule of the project in this folder
        bellwether test rules/triggers/a.yaml      the rules of one file, or of a folder
        bellwether test --filter 'A customers'     the tests with these words in their names
        bellwether test --format junit > out.xml   for a build server
        bellwether test --mutate                   small changes to the rules that no test notices

      A run's time is 2026-01-05 06:00 in the settings' zone unless a test says `at`.

      Exit code: 0 all passed (with --mutate: every change was noticed), 1 some failed or a file \
      has errors, 2 wrong usage.
      """)

  @Argument(help: "Files or folders with rules; the whole project if none is named.")
  var paths: [String] = []

  @OptionGroup var project: ProjectOptions

  @Option(help: ArgumentHelp("Only tests whose name or rule holds these words.", valueName: "text"))
  var filter: String?

  @Option(help: "text, json or junit.")
  var format: Format = .text

  @Flag(help: "Try small changes to the rules, and list those that no test notices.")
  var mutate = false

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, junit }

  func validate() throws {
    if mutate, format == .junit { throw ValidationError("--mutate prints text or json") }
    if mutate, filter != nil {
      throw ValidationError("--mutate runs every test; name the rule's file instead of --filter")
    }
  }

  func run() throws {
    let selection = try Selection(paths)
    let loaded = LoadedProject(
      try Project(
        root: project.explicitRoot ?? selection.root ?? project.root, extra: selection.ruleFiles))
    let settings = try loaded.requireSettings()
    guard let ruleSet = loaded.ruleSet, let zone = Zone(identifier: settings.timezone) else {
      _ = try loaded.requireRules()
      return
    }
    let rules = ruleSet.rules.values.filter { selection.covers($0.path) }
    let tester = RuleTester(catalog: ruleSet.catalog, zone: zone, formats: settings.formats)
    let start = ContinuousClock.now
    let report = TestReport(
      rules: rules.map { run($0, tester) }, brokenFiles: brokenFiles(loaded, selection))
    guard !mutate || !report.isFine else { return try tryMutants(of: rules, tester) }
    switch format {
    case .text:
      print(report.text, terminator: "")
      print(report.summary(seconds: start.elapsed))
    case .json: print(report.json)
    case .junit: print(report.junit, terminator: "")
    }
    if mutate { note("mutation waits until every test passes") }
    if !report.isFine { throw ExitCode(1) }
  }

  private func run(_ rule: Rule, _ tester: RuleTester) -> TestReport.RuleResult {
    let tests = rule.tests.filter { test in
      filter.map { test.name.contains($0) || rule.name.contains($0) } ?? true
    }
    let start = ContinuousClock.now
    let results = tester.run(tests, of: rule)
    return TestReport.RuleResult(
      rule: rule.name, path: rule.path, tests: results, seconds: start.elapsed)
  }

  /// Shows the errors of the selected files, which keep their rules from running.
  private func brokenFiles(
    _ loaded: LoadedProject, _ selection: Selection
  ) -> [(path: String, errors: Int)] {
    loaded.diagnostics.compactMap { report in
      let errors = report.diagnostics.filter { $0.severity == .error }
      guard !errors.isEmpty, selection.covers(report.source.path) else { return nil }
      for error in errors { note(DiagnosticRenderer.text(error, in: report.source) + "\n") }
      return (report.source.path, errors.count)
    }
  }

  private func tryMutants(of rules: [Rule], _ tester: RuleTester) throws {
    let start = ContinuousClock.now
    let results = rules.sorted { $0.path < $1.path }.map(tester.mutate)
    switch format {
    case .text, .junit:
      print(results.map(\.text).joined(), terminator: "")
      print(results.mutationSummary(seconds: start.elapsed))
    case .json: print(results.json)
    }
    if results.contains(where: { !$0.survivors.isEmpty }) { throw ExitCode(1) }
  }
}

extension ContinuousClock.Instant {
  /// The seconds since.
  fileprivate var elapsed: Double { (ContinuousClock.now - self) / .seconds(1) }
}

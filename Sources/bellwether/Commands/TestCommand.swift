import ArgumentParser
import Diagnostics
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
        bellwether test                            every rule of this project
        bellwether test rules/triggers             those of a file or folder
        bellwether test --filter 'A customers'     tests with these words
        bellwether test --format junit > out.xml   for a build server
        bellwether test --mutate                   changes that no test notices

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
    let ruleSet = try loaded.ruleSet ?? loaded.requireRules()
    let rules = try filtered(ruleSet.rules.values.filter { selection.covers($0.path) })
    let tester = RuleTester(
      catalog: ruleSet.catalog, zone: try settings.zone(), formats: settings.formats)
    let start = ContinuousClock.now
    let report = TestReport(
      rules: rules.map { run($0, tester) },
      brokenFiles: brokenFiles(loaded, ruleSet, selection))
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

  /// The rules with the tests that were asked for.
  private func filtered(_ rules: [Rule]) throws -> [Rule] {
    guard let filter else { return rules }
    let matching = rules.map { rule in
      var rule = rule
      if !rule.name.contains(filter) { rule.tests.removeAll { !$0.name.contains(filter) } }
      return rule
    }.filter { !$0.tests.isEmpty }
    guard !matching.isEmpty else { throw ValidationError("no test is called '\(filter)'") }
    return matching
  }

  private func run(_ rule: Rule, _ tester: RuleTester) -> TestReport.RuleResult {
    let start = ContinuousClock.now
    let results = tester.run(rule)
    return TestReport.RuleResult(
      rule: rule.name, path: rule.path, tests: results, seconds: start.elapsed)
  }

  /// Shows what keeps the selected rules from running: their errors, or those of what they use.
  private func brokenFiles(
    _ loaded: LoadedProject, _ ruleSet: RuleSet, _ selection: Selection
  ) -> [TestReport.BrokenFile] {
    let errors = loaded.diagnostics.reduce(into: [String: [String]]()) { errors, report in
      let found = report.diagnostics.filter { $0.severity == .error }
      guard !found.isEmpty else { return }
      errors[report.source.path] = found.map { DiagnosticRenderer.text($0, in: report.source) }
    }
    let broken = ruleSet.brokenFiles.union(errors.keys).filter { selection.covers($0) }
    let isOthersFault = broken.contains { errors[$0] == nil }
    for (path, texts) in errors.sorted(by: { $0.key < $1.key })
    where isOthersFault || broken.contains(path) {
      note(texts.map { $0 + "\n" }.joined(separator: "\n"))
    }
    return broken.sorted().map { .init(path: $0, errors: errors[$0]?.count ?? 0) }
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

import ArgumentParser
import Diagnostics
import Foundation
import Rules

/// `bellwether check`: every problem of the rule files, without a database.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Report every problem in rule files, with place, cause and fix.",
    discussion: """
      Examples:
        bellwether check                           the project in this folder
        bellwether check rules/triggers            only the files of one folder
        bellwether check rules/a.yaml --strict     warnings count as errors
        bellwether check --format json             one object for machines
        bellwether check --format sarif            a log for code scanning
        bellwether check --format github           notes beside the lines of a change

      Exit code: 0 clean, 1 errors (or warnings with --strict), 2 wrong usage.
      """)

  @Argument(help: "Files or folders to report on; the whole project if none is named.")
  var paths: [String] = []

  @OptionGroup var project: ProjectOptions

  @Option(help: "text, json, sarif or github.")
  var format: Format = .text

  @Option(
    help: ArgumentHelp(
      "For sarif: the address under which docs/errors is published.", valueName: "url"))
  var docs: String?

  @Flag(help: "Let warnings fail the check too.")
  var strict = false

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, sarif, github }

  func run() throws {
    let selection = try Selection(paths)
    let root = project.explicitRoot ?? selection.root ?? project.root
    let loaded = LoadedProject(try Project(root: root, extra: selection.ruleFiles))
    let reports = loaded.diagnostics.filter { selection.covers($0.source.path) }
    let all = reports.flatMap(\.diagnostics)
    let errors = all.count { $0.severity == .error }
    let warnings = all.count - errors
    print(render(reports), terminator: format == .json || format == .sarif ? "\n" : "")
    if format == .text || format == .github {
      let files = loaded.project.paths.count { selection.covers($0) }
      note(Self.summary(files: files, errors: errors, warnings: warnings))
    }
    let isFine = errors == 0 && (warnings == 0 || !strict)
    // Ends at once: to take thousands of rules apart first would be noticed.
    withExtendedLifetime(loaded) { Foundation.exit(isFine ? 0 : 1) }
  }

  private func render(_ reports: [FileDiagnostics]) -> String {
    switch format {
    case .text: Self.text(reports)
    case .json: DiagnosticRenderer.json(reports)
    case .sarif:
      DiagnosticRenderer.sarif(
        reports, version: Bellwether.configuration.version, documentation: docs)
    case .github: DiagnosticRenderer.github(reports)
    }
  }

  private static func text(_ reports: [FileDiagnostics]) -> String {
    reports.flatMap { report in
      report.diagnostics.map { DiagnosticRenderer.text($0, in: report.source) + "\n\n" }
    }.joined()
  }

  private static func summary(files: Int, errors: Int, warnings: Int) -> String {
    func counted(_ count: Int, _ word: String) -> String {
      "\(count) \(word)\(count == 1 ? "" : "s")"
    }
    return "\(counted(files, "file")) checked: \(counted(errors, "error")), "
      + counted(warnings, "warning")
  }
}

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
    let selection = paths.map { URL(filePath: $0) }
    for path in selection where !FileManager.default.fileExists(atPath: path.path) {
      throw ValidationError("there is no file or folder \(Project.display(path))")
    }
    let root = project.explicitRoot ?? selection.first.flatMap(Project.root(of:)) ?? project.root
    let loaded = LoadedProject(
      try Project(root: root, extra: selection.flatMap(Self.ruleFiles)))
    let reports = loaded.diagnostics.filter { report in
      selection.isEmpty || selection.contains { Self.covers($0, report.source.path) }
    }
    let all = reports.flatMap(\.diagnostics)
    let errors = all.count { $0.severity == .error }
    let warnings = all.count - errors
    print(render(reports), terminator: format == .json || format == .sarif ? "\n" : "")
    if format == .text || format == .github {
      let files = loaded.project.paths.count { path in
        selection.isEmpty || selection.contains { Self.covers($0, path) }
      }
      note(Self.summary(files: files, errors: errors, warnings: warnings))
    }
    if errors > 0 || (strict && warnings > 0) { throw ExitCode(1) }
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

  /// The path itself if it is a rule file; folders are read as part of their project.
  private static func ruleFiles(at path: URL) -> [URL] {
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: path.path, isDirectory: &isFolder)
    let others = ["catalog.yaml", "bellwether.yaml"]
    return !isFolder.boolValue && ["yaml", "yml"].contains(path.pathExtension)
      && !others.contains(path.lastPathComponent) ? [path] : []
  }

  private static func covers(_ selected: URL, _ path: String) -> Bool {
    let file = URL(filePath: path).standardizedFileURL.path
    let selected = selected.standardizedFileURL.path
    return file == selected || file.hasPrefix(selected.hasSuffix("/") ? selected : selected + "/")
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

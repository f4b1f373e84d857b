import Diagnostics
import Expressions
import Foundation
import Rules

/// A project whose files have been checked.
struct LoadedProject {
  let project: Project

  /// `nil` when the catalog itself is wrong.
  let ruleSet: RuleSet?
  let settings: Settings

  /// What is wrong, for every file that was read, in the order of their paths.
  let diagnostics: [FileDiagnostics]

  init(_ project: Project) {
    self.project = project
    let today = CivilDate(daysSinceEpoch: Int(Date().timeIntervalSince1970 / 86_400))
    var reports: [FileDiagnostics] = []
    var settings: Settings?
    if let source = project.settings {
      let (loaded, report) = SettingsLoader.load(source, today: today)
      settings = loaded
      reports.append(report)
    }
    let (ruleSet, ruleReports) = RuleLoader.load(
      project.files, settings: settings, today: today, spreading: AcrossCores())
    self.ruleSet = ruleSet
    self.settings = settings ?? Settings()
    diagnostics = reports + ruleReports
  }

  /// The settings, or a failure that shows what is wrong with their file.
  func requireSettings() throws -> Settings {
    let errors = diagnostics.filter { $0.source.path == project.settings?.path }.flatMap { report in
      report.diagnostics.filter { $0.severity == .error }
        .map { DiagnosticRenderer.text($0, in: report.source) }
    }
    guard errors.isEmpty else {
      note(errors.joined(separator: "\n\n") + "\n")
      throw CommandFailure("bellwether.yaml cannot be used", help: "mend what stands above")
    }
    return settings
  }

  /// The rule set, or a failure that shows the errors.
  func requireRules() throws -> RuleSet {
    let errors = diagnostics.flatMap { report in
      report.diagnostics.filter { $0.severity == .error }
        .map { DiagnosticRenderer.text($0, in: report.source) }
    }
    guard let ruleSet, errors.isEmpty else {
      note(errors.joined(separator: "\n\n") + "\n")
      throw CommandFailure(
        "\(errors.count) \(errors.count == 1 ? "error" : "errors") in the rule files; nothing ran",
        help: "mend them; `bellwether check` shows them all")
    }
    return ruleSet
  }
}

extension Settings {
  /// The zone of tenants that have none of their own.
  func zone() throws -> Zone {
    guard let zone = Zone(identifier: timezone) else {
      throw CommandFailure(
        "bellwether.yaml names the time zone '\(timezone)', which does not exist",
        help: "write an IANA name such as Europe/Paris")
    }
    return zone
  }
}

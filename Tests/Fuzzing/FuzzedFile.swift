import Diagnostics
import Expressions
import Rules
import Workbench

/// Files of a project: loaded, and whatever loads is run, tested, explained and changed.
enum FuzzedFile {
  /// Adds a rule or condition to the shipped ones.
  static func runRule(_ bytes: [UInt8]) -> [String] {
    let source = SourceText(path: path(for: bytes), bytes: bytes)
    var loader = FuzzProject.conditions
    loader.add([source])
    let found = loader.diagnostics.filter { $0.source.path == source.path }
    let broken = faults(in: found)
    guard let ruleSet = loader.ruleSet else { return broken + ["the catalog was lost"] }
    let rules = ruleSet.rules.values.filter { $0.path == source.path }
    let hasErrors = found.contains { $0.diagnostics.contains { $0.severity == .error } }
    if hasErrors, !rules.isEmpty { return broken + ["a rule with errors is loaded"] }
    let tester = RuleTester(
      catalog: ruleSet.catalog, zone: FuzzRows.context.zone, formats: FuzzProject.formats)
    return broken
      + rules.flatMap { rule in
        _ = tester.run(rule)
        return FuzzedRule.run(rule)
      }
  }

  /// Reads the bytes as a catalog and as settings.
  static func runProject(_ bytes: [UInt8]) -> [String] {
    let catalog = SourceText(path: "rules/catalog.yaml", bytes: bytes)
    let loader = RuleLoader(RuleFiles(catalog: catalog, rules: []), settings: nil)
    let settings = SourceText(path: "bellwether.yaml", bytes: bytes)
    return faults(in: loader.diagnostics) + faults(in: [SettingsLoader.load(settings).1])
  }

  /// A rule is called like its file.
  private static func path(for bytes: [UInt8]) -> String {
    let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    let name = line.split(separator: ":").dropFirst().first?.drop { $0 == " " } ?? "fuzz"
    return "rules/\(name).yaml"
  }

  private static func faults(in files: [FileDiagnostics]) -> [String] {
    files.flatMap { file in
      file.diagnostics.flatMap { Fuzzing.faults(of: $0, in: file.source) }
    }
  }
}

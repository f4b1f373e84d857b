import Diagnostics
import Foundation
import Rules
import Testing

/// Rule files on disk.
enum RuleFolder {
  /// The package's own folder.
  static let package = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Loads a folder with `catalog.yaml` and the `templates/` beside it; an error in any file but
  /// the catalog leaves that rule out.
  static func ruleSet(in folder: URL) throws -> (RuleSet, [FileDiagnostics]) {
    let rules = try files(in: folder, named: ".yaml")
    let templates = folder.deletingLastPathComponent().appending(path: "templates")
    let (ruleSet, found) = RuleLoader.load(
      RuleFiles(
        catalog: try #require(rules["catalog.yaml"]),
        rules: rules.keys.sorted().filter { $0 != "catalog.yaml" }.compactMap { rules[$0] },
        templates: try files(in: templates, named: ".mustache")),
      settings: nil)
    return (try #require(ruleSet), found)
  }

  /// The files below a folder, if there is one, by their path in it.
  private static func files(in folder: URL, named ending: String) throws -> [String: SourceText] {
    guard FileManager.default.fileExists(atPath: folder.path) else { return [:] }
    var files: [String: SourceText] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    where path.hasSuffix(ending) {
      let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
      files[path] = SourceText(path: path, text: text)
    }
    return files
  }
}

import Diagnostics
import Foundation
import Rules
import Testing

/// The rules that come with the package, loaded once.
enum ShippedRules {
  private static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../..").standardizedFileURL

  /// Every rule of `rules/` and the examples, with the folder it is from.
  static let all: [(folder: String, rule: Rule)] = [
    ("shipped", package), ("northwind", package.appending(path: "examples/northwind")),
  ].flatMap { folder, root in
    ((try? load(root)) ?? [:]).values.sorted { $0.name < $1.name }.map { (folder, $0) }
  }

  private static func load(_ root: URL) throws -> [String: Rule] {
    var rules = try files(below: root.appending(path: "rules"), ending: ".yaml")
    let found = rules.removeValue(forKey: "catalog.yaml")
    let catalog = try #require(found)
    let (ruleSet, _) = RuleLoader.load(
      RuleFiles(
        catalog: catalog, rules: rules.values.sorted { $0.path < $1.path },
        templates: try files(below: root.appending(path: "templates"), ending: ".mustache")),
      settings: nil)
    return try #require(ruleSet).rules
  }

  private static func files(
    below folder: URL, ending: String
  ) throws -> [String: SourceText] {
    guard FileManager.default.fileExists(atPath: folder.path) else { return [:] }
    return try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(ending) }.reduce(into: [:]) { files, path in
        let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
        files[path] = SourceText(path: path, text: text)
      }
  }
}

import Diagnostics
import Expressions
import Foundation
import Rules
import Templates

/// The shipped project, read once.
enum FuzzProject {
  static let formats = TextFormats()

  /// The catalog and conditions, to which a rule may be added.
  static let conditions: RuleLoader = {
    let conditions = files(in: "rules/conditions").map { SourceText(path: $0, text: text(of: $0)) }
    let templates = files(in: "templates/email").map { path in
      let name = String(path.dropFirst("templates/".count))
      return (name, SourceText(path: name, text: text(of: path)))
    }
    let catalog = SourceText(path: "rules/catalog.yaml", text: text(of: "rules/catalog.yaml"))
    let project = RuleFiles(
      catalog: catalog, rules: conditions,
      templates: Dictionary(uniqueKeysWithValues: templates))
    let loader = RuleLoader(project, settings: nil)
    precondition(
      !conditions.isEmpty && loader.diagnostics.isEmpty, "The shipped project has no mistakes.")
    return loader
  }()

  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL

  private static func files(in folder: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: root.appending(path: folder).path)
    return (names ?? []).sorted().map { "\(folder)/\($0)" }
  }

  private static func text(of path: String) -> String {
    (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
  }
}

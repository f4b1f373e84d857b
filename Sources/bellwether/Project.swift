import Diagnostics
import Foundation
import Rules

/// A folder with `bellwether.yaml`, `rules/` and `templates/`, read into memory.
struct Project {
  let root: URL
  let files: RuleFiles

  /// `bellwether.yaml`; `nil` when the folder has none.
  let settings: SourceText?

  /// Reads a project's files; `extra` are rule files outside of it that are to be checked with it.
  init(root: URL, extra: [URL] = []) throws {
    self.root = root
    let folder = root.standardizedFileURL.path
    let catalog = "\(folder)/rules/catalog.yaml"
    guard FileManager.default.fileExists(atPath: catalog) else {
      throw CommandFailure(
        "there is no \(Self.display(catalog))",
        help: "run bellwether in a folder with rules/catalog.yaml, or name it with --project")
    }
    var rules = try Self.files(under: "\(folder)/rules", suffixes: [".yaml", ".yml"])
    rules.removeAll { $0 == catalog }
    if !extra.isEmpty {
      let known = Set(rules)
      rules += extra.map(\.standardizedFileURL.path).filter { !known.contains($0) }
    }
    let templates = "\(folder)/templates"
    files = RuleFiles(
      catalog: try Self.read(catalog),
      rules: try AcrossCores().map(rules) { path in Result { try Self.read(path) } }
        .map { try $0.get() },
      templates: try Self.files(under: templates, suffixes: [".mustache"]).reduce(into: [:]) {
        $0[String($1.dropFirst(templates.count + 1))] = try Self.read($1)
      })
    let settingsFile = "\(folder)/bellwether.yaml"
    settings =
      FileManager.default.fileExists(atPath: settingsFile) ? try Self.read(settingsFile) : nil
  }

  /// Every file that was read.
  var paths: [String] {
    ([files.catalog] + files.rules + files.templates.values + [settings].compactMap { $0 })
      .map(\.path)
  }

  /// The project that a file or folder belongs to: the nearest folder above with a catalog.
  static func root(of path: URL) -> URL? {
    var folder = path.standardizedFileURL
    while folder.path != "/" {
      if FileManager.default.fileExists(atPath: folder.appending(path: "rules/catalog.yaml").path) {
        return folder
      }
      folder.deleteLastPathComponent()
    }
    return nil
  }

  /// Every file below a folder with one of the suffixes, sorted by path.
  private static func files(under folder: String, suffixes: [String]) throws -> [String] {
    guard FileManager.default.fileExists(atPath: folder) else { return [] }
    // By their texts: a URL for each thing on the way takes longer than checking what it holds.
    guard let paths = try? FileManager.default.subpathsOfDirectory(atPath: folder) else {
      throw unreadable(folder)
    }
    return paths.filter { path in
      suffixes.contains { path.hasSuffix($0) } && !"/\(path)".contains("/.")
    }.map { "\(folder)/\($0)" }.sorted()
  }

  /// A path as the user would type it: relative to the current folder where that is shorter.
  static func display(_ url: URL) -> String { display(url.standardizedFileURL.path) }

  /// The same for a path without `.` and `..`.
  private static func display(_ path: String) -> String {
    path.hasPrefix(current) ? String(path.dropFirst(current.count)) : path
  }

  private static let current = FileManager.default.currentDirectoryPath + "/"

  private static func read(_ path: String) throws -> SourceText {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw unreadable(path)
    }
    return SourceText(path: display(path), bytes: Array(data))
  }

  private static func unreadable(_ path: String) -> CommandFailure {
    CommandFailure("\(display(path)) cannot be read", help: "look at the permissions")
  }
}

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
    let rules = root.appending(path: "rules")
    let catalog = rules.appending(path: "catalog.yaml")
    guard FileManager.default.fileExists(atPath: catalog.path) else {
      throw CommandFailure(
        "there is no \(Self.display(catalog))",
        help: "run bellwether in a folder with rules/catalog.yaml, or name it with --project")
    }
    var paths = try Self.files(under: rules, suffixes: ["yaml", "yml"])
    paths.removeAll { $0.path == catalog.path }
    if !extra.isEmpty {
      let known = Set(paths.map(\.standardizedFileURL))
      paths += extra.filter { !known.contains($0.standardizedFileURL) }
    }
    let templates = root.appending(path: "templates")
    files = RuleFiles(
      catalog: try Self.read(catalog), rules: try paths.map(Self.read),
      templates: try Self.files(under: templates, suffixes: ["mustache"]).reduce(into: [:]) {
        let prefix = templates.standardizedFileURL.path + "/"
        $0[String($1.standardizedFileURL.path.dropFirst(prefix.count))] = try Self.read($1)
      })
    let settingsFile = root.appending(path: "bellwether.yaml")
    settings =
      FileManager.default.fileExists(atPath: settingsFile.path) ? try Self.read(settingsFile) : nil
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
  static func files(under folder: URL, suffixes: Set<String>) throws -> [URL] {
    // By their texts: a URL for each thing on the way takes longer than checking what it holds.
    guard let enumerator = FileManager.default.enumerator(atPath: folder.path) else { return [] }
    let paths = enumerator.compactMap { $0 as? String }.filter { path in
      let parts = path.split(separator: "/")
      guard let name = parts.last, !parts.contains(where: { $0.hasPrefix(".") }) else {
        return false
      }
      return suffixes.contains { name.hasSuffix(".\($0)") }
    }
    return paths.map { "\(folder.path)/\($0)" }.sorted().map { URL(filePath: $0) }
  }

  /// A path as the user would type it: relative to the current folder where that is shorter.
  static func display(_ url: URL) -> String {
    let path = url.standardizedFileURL.path
    let current = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(current) ? String(path.dropFirst(current.count)) : path
  }

  private static func read(_ url: URL) throws -> SourceText {
    do {
      return SourceText(path: display(url), bytes: Array(try Data(contentsOf: url)))
    } catch {
      throw CommandFailure(
        "\(display(url)) cannot be read", help: "look at the file's permissions")
    }
  }
}

import Diagnostics
import Foundation
import Rules
import Support
import Testing

/// The examples of docs/language.md, read from the page.
enum LanguagePage {
  /// A fenced block: what stands behind its three backticks, its lines, and where it begins.
  struct Block: Sendable, CustomTestStringConvertible {
    var kind: String
    var lines: [String]
    var line: Int

    var text: String { lines.joined(separator: "\n") + "\n" }

    var testDescription: String { "line \(line): \(lines.first ?? "")" }
  }

  /// An expression and what the page says it gives.
  struct Example: Sendable, CustomTestStringConvertible {
    var expression: String
    var result: String
    var line: Int

    var testDescription: String { "line \(line): \(expression)" }
  }

  static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL

  static let blocks: [Block] = {
    let page = root.appending(path: "docs/language.md")
    let text = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
    var blocks: [Block] = []
    var open: Block?
    for (index, line) in text.components(separatedBy: "\n").enumerated() {
      if line.hasPrefix("```") {
        if let block = open { blocks.append(block) }
        open =
          open == nil ? Block(kind: String(line.dropFirst(3)), lines: [], line: index + 2) : nil
      } else {
        open?.lines.append(line)
      }
    }
    return blocks
  }()

  /// Whole rules and conditions, and pieces of rules.
  static let yaml = blocks.filter { $0.kind == "yaml" }

  /// The lines `expression → result` of the blocks called `expressions`.
  static let examples: [Example] = blocks.filter { $0.kind == "expressions" }.flatMap { block in
    block.lines.enumerated().compactMap { index, line in
      let parts = line.components(separatedBy: "→")
      guard parts.count == 2 else { return nil }
      return Example(
        expression: parts[0].trimmingCharacters(in: .whitespaces),
        result: parts[1].trimmingCharacters(in: .whitespaces), line: block.line + index)
    }
  }

  /// What the page takes as given, by name: the lines of its one block called `given`.
  static let given: [(name: String, expression: String)] =
    blocks.filter { $0.kind == "given" }.flatMap(\.lines).compactMap { line in
      guard let colon = line.range(of: ": ") else { return nil }
      return (
        String(line[..<colon.lowerBound]),
        line[colon.upperBound...].trimmingCharacters(in: .whitespaces)
      )
    }

  // MARK: Loading

  /// The shipped project's files below a folder, by their path in it.
  private static func files(in folder: String, ending: String) throws -> [String: SourceText] {
    let folder = root.appending(path: folder)
    var files: [String: SourceText] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    where path.hasSuffix(ending) {
      let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
      files[path] = SourceText(path: path, text: text)
    }
    return files
  }

  private static let catalogAndConditions = Result {
    try files(in: "rules", ending: ".yaml").filter {
      $0.key == "catalog.yaml" || $0.key.hasPrefix("conditions/")
    }
  }

  private static let templates = Result { try files(in: "templates", ending: ".mustache") }

  private static let settings = Result {
    let url = root.appending(path: "bellwether.yaml")
    let text = try String(contentsOf: url, encoding: .utf8)
    return SettingsLoader.load(SourceText(path: "bellwether.yaml", text: text)).0
  }

  /// Loads a file beside the shipped catalog and conditions; a condition takes the place of the
  /// shipped one.
  static func load(_ file: SourceText) throws -> (RuleSet?, [Diagnostic]) {
    var rules = try catalogAndConditions.get()
    let catalog = try #require(rules["catalog.yaml"])
    rules["catalog.yaml"] = nil
    rules[file.path] = file
    let (ruleSet, found) = RuleLoader.load(
      RuleFiles(
        catalog: catalog, rules: rules.keys.sorted().compactMap { rules[$0] },
        templates: try templates.get()),
      settings: try settings.get())
    return (ruleSet, found.flatMap(\.diagnostics))
  }
}

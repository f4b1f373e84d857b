import ArgumentParser
import Foundation

/// Rule files that differ in names, titles, numbers and texts, made from those of a project.
struct RuleVariations {
  private let project: URL
  private let texts: [String]

  /// What was written where.
  struct Written {
    var catalog: URL
    var rules: [URL] = []
    var lines = 0
  }

  init(of project: URL) throws {
    self.project = project
    let folder = project.appending(path: "rules/triggers")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    texts = try files.sorted { $0.path < $1.path }.map {
      try String(contentsOf: $0, encoding: .utf8)
    }
    guard !texts.isEmpty else { throw ValidationError("there are no rules in \(folder.path)") }
  }

  /// Writes a project with so many rules.
  func write(_ count: Int, to folder: URL) throws -> Written {
    let rules = folder.appending(path: "rules")
    let triggers = rules.appending(path: "triggers")
    try FileManager.default.createDirectory(at: triggers, withIntermediateDirectories: true)
    for name in ["rules/conditions", "rules/catalog.yaml", "bellwether.yaml"] {
      try FileManager.default.copyItem(
        at: project.appending(path: name), to: folder.appending(path: name))
    }
    let conditions = try FileManager.default.contentsOfDirectory(
      at: rules.appending(path: "conditions"), includingPropertiesForKeys: nil)
    var written = Written(catalog: rules.appending(path: "catalog.yaml"), rules: conditions)
    for number in 0..<count {
      let (name, text) = variation(number)
      let file = triggers.appending(path: "\(name).yaml")
      try text.write(to: file, atomically: false, encoding: .utf8)
      written.rules.append(file)
      written.lines += text.count { $0 == "\n" }
    }
    return written
  }

  private func variation(_ number: Int) -> (name: String, text: String) {
    var name = ""
    var lines: [String] = []
    for line in texts[number % texts.count].split(separator: "\n", omittingEmptySubsequences: false)
    {
      if line == "tests:" { break }
      let indent = String(line.prefix { $0 == " " })
      switch line.dropFirst(indent.count).prefix(while: { $0 != ":" }) {
      case "rule":
        name = "\(line.dropFirst("rule: ".count))_\(number)"
        lines.append("rule: \(name)")
      case "title" where !indent.isEmpty:
        // What tells the task from those of the other variations.
        lines.append(
          line.hasSuffix("\"") ? "\(line.dropLast()) (\(number))\"" : "\(line) (\(number))")
      case "template":
        lines += [
          "\(indent)subject: \"{{rule.title}} (\(number))\"", "\(indent)body: \"{{rule.title}}\"",
        ]
      default:
        lines.append(
          String(line).replacing("_000", with: "_\(String(1000 + number % 1000).dropFirst())"))
      }
    }
    return (name, lines.joined(separator: "\n") + "\n")
  }
}

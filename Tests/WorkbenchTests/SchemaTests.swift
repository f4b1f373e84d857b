import Diagnostics
import Foundation
import Support
import Testing
import Workbench
import YAML

@Suite("JSON Schemas")
struct SchemaTests {
  @Test("stand in the repository as the command prints them", arguments: Schema.File.allCases)
  func committed(_ file: Schema.File) throws {
    try expectSnapshot(Schema.text(of: file), "../../schemas/\(file.rawValue).json")
  }

  @Test("are named in the first line of every shipped file")
  func modelines() throws {
    for path in try Self.shipped() {
      let folder = SchemaJudge.root.appending(path: path).deletingLastPathComponent()
      let line = try Self.text(path).prefix { $0 != "\n" }
      let schema = try #require(
        line.wholeMatch(of: /# yaml-language-server: \$schema=(.+)/)?.output.1, "\(path)")
      let file = URL(filePath: String(schema), relativeTo: folder).standardizedFileURL
      let kind = try #require(Self.kind(path, try Self.root(path)), "\(path)")
      #expect(
        file == SchemaJudge.root.appending(path: "schemas/\(kind.rawValue).json"), "\(path)")
    }
  }

  @Test("accept every shipped file")
  func accepted() throws {
    let paths = try Self.shipped()
    let documents = try paths.flatMap { path in
      let root = try Self.root(path)
      return Self.documents(path, root)
    }
    #expect(documents.count > paths.count)
    #expect(try SchemaJudge.complaints(about: documents).compactMap { $0 } == [])
  }

  /// Codes about keys and the shape of what stands behind them.
  static let shapeCodes: Set<String> = [
    "E0101", "E0102", "E0103", "E0104", "E0105", "E0106", "E0107", "E0108", "E0109", "E0110",
    "E0111", "E0112", "E0113", "E0114", "E0115", "E0116", "E0158", "E0170", "E0171",
  ]

  /// What a schema of one file cannot say, or says where the loader has said something else.
  static let exceptions: [String: String] = [
    "column-and-sql": "which keys exclude each other", "filter-and-where": "the same",
    "template-and-subject": "the same", "email-without-text": "which keys need others",
    "act-email-only-subject": "the same", "person-without-entity": "the same",
    "cat-person-none": "the same", "settings-half-login": "the same",
    "metric-stamp-alone": "the same", "metric-with-then": "which keys exclude each other",
    "metric-empty": "how many fields a rule sets", "rollup-empty": "how many figures",
    "schedule-uneven": "which lengths divide a day", "sched-every-7h": "the same",
    "schedule-cron-range": "ranges in a text", "sched-cron-never": "the calendar",
    "sched-cron-names": "names in a text",
    // The loader says that there is no such condition, and leaves it at that.
    "nest-and-for-all": "a key that calls no condition", "nest-or-for-any": "the same",
    "nest-when-list-of-keys": "the same",
  ]

  @Test("refuse exactly the files whose keys and shapes the loader refuses")
  func corpus() throws {
    var names: [String] = []
    var documents: [SchemaJudge.Document] = []
    var refused: [Bool] = []
    for name in try Self.goldenCases() {
      let codes = try Self.recordedCodes(name)
      for file in try Self.goldenFiles(name) {
        let found = codes[file.path] ?? []
        // What is not YAML has no keys, and no schema sees an anchor.
        guard !found.contains(where: { $0.hasPrefix("E00") }),
          let root = YAMLDocument(file).root
        else { continue }
        for document in Self.documents(file.path, root) {
          names.append(name)
          documents.append(document)
          refused.append(!found.isDisjoint(with: Self.shapeCodes))
        }
      }
    }
    #expect(documents.count > 100)
    let complaints = try SchemaJudge.complaints(about: documents)
    var differing: Set<String> = []
    for (index, complaint) in complaints.enumerated() where (complaint != nil) != refused[index] {
      differing.insert(names[index])
      #expect(
        Self.exceptions[names[index]] != nil,
        "\(names[index]): the schema says \(complaint ?? "nothing")")
    }
    #expect(Set(Self.exceptions.keys).subtracting(differing) == [], "exceptions without a need")
  }
}

// MARK: - Files

extension SchemaTests {
  static func text(_ path: String) throws -> String {
    try String(contentsOf: SchemaJudge.root.appending(path: path), encoding: .utf8)
  }

  static func root(_ path: String) throws -> Node {
    try #require(YAMLDocument(SourceText(path: path, text: try text(path))).root)
  }

  static func shipped() throws -> [String] {
    let folder = FileManager.default
    return try ["rules", "examples"].flatMap { top in
      try folder.subpathsOfDirectory(atPath: SchemaJudge.root.appending(path: top).path)
        .filter { $0.hasSuffix(".yaml") }.map { "\(top)/\($0)" }
    } + ["bellwether.yaml"]
  }

  static func kind(_ path: String, _ root: Node) -> Schema.File? {
    if path.hasSuffix("bellwether.yaml") { return .settings }
    if path.hasSuffix("catalog.yaml") { return .catalog }
    return root.entries?.first.flatMap { Schema.File(rawValue: $0.key) }
  }

  /// The file by the schema of its kind and, if it lies among rules, by the one for all of those.
  static func documents(_ path: String, _ root: Node) -> [SchemaJudge.Document] {
    let kind = kind(path, root)
    let own = kind.map { [SchemaJudge.Document(schema: $0, root: root)] } ?? []
    return kind == .settings || kind == .catalog
      ? own : own + [SchemaJudge.Document(schema: nil, root: root)]
  }

  static let golden = "Tests/RulesTests/Golden"

  static func goldenCases() throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      atPath: SchemaJudge.root.appending(path: golden).path
    ).filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
  }

  /// The files of a case; GoldenTests of the rules explains the format.
  static func goldenFiles(_ name: String) throws -> [SourceText] {
    let text = try text("\(golden)/\(name).yaml")
    guard text.hasPrefix("=== ") else { return [SourceText(path: path(of: text), text: text)] }
    return text.components(separatedBy: "=== ").dropFirst().map { part in
      let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      return SourceText(path: String(lines[0]), text: lines.count > 1 ? String(lines[1]) : "")
    }
  }

  private static func path(of text: String) -> String {
    switch text.prefix(while: { $0 != ":" }) {
    case "catalog": "rules/catalog.yaml"
    case "database", "timezone", "smtp", "endpoints", "formats": "bellwether.yaml"
    case "condition": "rules/conditions/c.yaml"
    default: "rules/r.yaml"
    }
  }

  /// The loader's codes by file; its tests hold them to what it says.
  static func recordedCodes(_ name: String) throws -> [String: Set<String>] {
    var codes: [String: Set<String>] = [:]
    for match in try text("\(golden)/\(name).stderr")
      .matches(of: /(?m)^([^\s:]+):\d+:\d+: \w+\[(\w+)\]/)
    {
      codes[String(match.output.1), default: []].insert(String(match.output.2))
    }
    return codes
  }
}

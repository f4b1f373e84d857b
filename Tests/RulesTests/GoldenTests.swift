import Diagnostics
import Foundation
import Rules
import Support
import Testing
import YAML

@Suite("What is said about wrong files")
struct GoldenTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Golden")

  static let cases: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()

  /// What is said about each case.
  static let diagnostics: [String: [FileDiagnostics]] = cases.reduce(into: [:]) { found, name in
    found[name] = (try? files(name)).map { Fixture.load($0).diagnostics }
  }

  /// Every case is a file, or several after lines of the form `=== path`.
  static func files(_ name: String) throws -> [SourceText] {
    let text = try String(
      contentsOf: folder.appending(path: "\(name).yaml"), encoding: .utf8)
    guard text.hasPrefix("=== ") else { return [SourceText(path: path(of: text), text: text)] }
    return text.components(separatedBy: "=== ").dropFirst().map { part in
      let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      return SourceText(path: String(lines[0]), text: lines.count > 1 ? String(lines[1]) : "")
    }
  }

  /// The path a single file would have, told by its first key.
  static func path(of text: String) -> String {
    switch text.prefix(while: { $0 != ":" }) {
    case "catalog": "rules/catalog.yaml"
    case "database", "timezone", "smtp", "endpoints", "formats": "bellwether.yaml"
    case "condition": "rules/conditions/c.yaml"
    default: "rules/r.yaml"
    }
  }

  @Test("reads as recorded", arguments: cases)
  func wording(_ name: String) throws {
    let diagnostics = try #require(Self.diagnostics[name])
    #expect(!diagnostics.isEmpty)
    try expectSnapshot(Fixture.render(diagnostics), "Golden/\(name).stderr")
  }

  @Test("covers every code, and every code has its page")
  func codes() throws {
    var seen: Set<String> = []
    for file in Self.diagnostics.values.joined() {
      seen.formUnion(file.diagnostics.map(\.code.name))
    }
    let codes = (Diagnostic.Code.yaml + Diagnostic.Code.rules).map(\.name)
    // Files that are too large, or not text, are better made than kept: YAMLTests has them.
    let made: Set = ["E0001", "E0002", "E0011", "E0012"]
    #expect(codes.filter { !seen.contains($0) && !made.contains($0) } == [])
    #expect(Set(codes).count == codes.count)
    let pages = Self.folder.appending(path: "../../../docs/errors").standardizedFileURL
    for code in codes {
      let page = try? String(
        contentsOf: pages.appending(path: "\(code).md"), encoding: .utf8)
      #expect(page?.hasPrefix("# \(code): ") == true, "docs/errors/\(code).md explains the code")
    }
    let own = try FileManager.default.contentsOfDirectory(atPath: pages.path)
      .map { $0.replacing(".md", with: "") }
      .filter { name in ["E00", "E01", "W11", "W12", "W13"].contains { name.hasPrefix($0) } }
    #expect(Set(own).subtracting(codes) == [], "pages without a code")
  }
}

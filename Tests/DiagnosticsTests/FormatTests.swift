import Diagnostics
import Foundation
import Testing

@Suite("Diagnostics for other tools")
struct FormatTests {
  static let text = "rule: r\nwhen: \u{1F347} == ä\n  und so\n"

  static func report(path: String = "rules/a b.yaml", _ found: [Diagnostic]) -> FileDiagnostics {
    FileDiagnostics(source: SourceText(path: path, text: text), diagnostics: found)
  }

  /// The `ä`, behind a character of four bytes and two UTF-16 units.
  static let word = Diagnostic(
    Diagnostic.Code("E0412"), "100% wrong: a, b", at: 22..<24, help: "say\r\nless")
  static let lines = Diagnostic(
    Diagnostic.Code("W101"), "so", at: 8..<30, severity: .warning)
  static let nothing = Diagnostic(Diagnostic.Code("W112"), "so", at: 0..<0, severity: .warning)

  @Test("are workflow commands, escaped, with columns only within a line")
  func github() {
    let reports = [
      Self.report([Self.word, Self.lines]), Self.report(path: "a:b,%.yaml", [Self.nothing]),
    ]
    #expect(
      DiagnosticRenderer.github(reports) == """
        ::warning file=rules/a b.yaml,line=2,endLine=3,title=W101::so
        ::error file=rules/a b.yaml,line=2,col=13,endLine=2,endColumn=14,title=E0412::100%25 wrong: \
        a, b%0Ahelp: say%0D%0Aless
        ::warning file=a%3Ab%2C%25.yaml,line=1,col=1,endLine=1,endColumn=1,title=W112::so

        """)
  }

  static func sarif(
    _ reports: [FileDiagnostics], documentation: String? = nil
  ) throws -> [String: Any] {
    let text = DiagnosticRenderer.sarif(reports, version: "0.1.0", documentation: documentation)
    let log = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    return try #require(log)
  }

  @Test("are a SARIF log with the rules that were broken, and a place for each result")
  func sarif() throws {
    let log = try Self.sarif(
      [Self.report([Self.word, Self.lines]), Self.report(path: "/x/ö.yaml", [Self.nothing])],
      documentation: "https://docs.example/errors")
    let expected = """
      {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": "bellwether", "semanticVersion": "0.1.0", "rules": [
          {"id": "E0412", "shortDescription": {"text": "The field never has this value"},
           "helpUri": "https://docs.example/errors/E0412.md"},
          {"id": "W101", "shortDescription": {"text": "`<` between points in time"},
           "helpUri": "https://docs.example/errors/W101.md"},
          {"id": "W112", "shortDescription": {"text": "A rule without an owner"},
           "helpUri": "https://docs.example/errors/W112.md"}]}},
        "columnKind": "utf16CodeUnits",
        "results": [
          {"ruleId": "W101", "ruleIndex": 1, "level": "warning", "message": {"text": "so"},
           "locations": [{"physicalLocation": {
             "artifactLocation": {"uri": "rules/a%20b.yaml", "uriBaseId": "%SRCROOT%"},
             "region": {"startLine": 2, "startColumn": 1, "endLine": 3, "endColumn": 6}}}]},
          {"ruleId": "E0412", "ruleIndex": 0, "level": "error",
           "message": {"text": "100% wrong: a, b\\nhelp: say\\r\\nless"},
           "locations": [{"physicalLocation": {
             "artifactLocation": {"uri": "rules/a%20b.yaml", "uriBaseId": "%SRCROOT%"},
             "region": {"startLine": 2, "startColumn": 13, "endLine": 2, "endColumn": 14}}}]},
          {"ruleId": "W112", "ruleIndex": 2, "level": "warning", "message": {"text": "so"},
           "locations": [{"physicalLocation": {
             "artifactLocation": {"uri": "file:///x/%C3%B6.yaml"},
             "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}}}]}]}]}
      """
    let wanted = try JSONSerialization.jsonObject(with: Data(expected.utf8)) as? NSDictionary
    #expect(log as NSDictionary == wanted)
  }

  @Test("are an empty SARIF run when nothing is wrong")
  func nothingWrong() throws {
    let runs = try #require(try Self.sarif([])["runs"] as? [[String: Any]])
    #expect(runs.count == 1)
    #expect((runs.first?["results"] as? [Any])?.isEmpty == true)
  }

  @Test("give every code the heading of its page")
  func titles() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/errors").standardizedFileURL
    let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(pages.count > 100)
    for page in pages {
      let name = page.replacing(".md", with: "")
      let text = try String(contentsOf: folder.appending(path: page), encoding: .utf8)
      let heading = String(text.prefix { $0 != "\n" })
      let title = Diagnostic.Code(name).title
      #expect(heading == "# \(name): \(title ?? "")", "Sources/Diagnostics/CodeTitles.swift")
    }
  }
}

import Diagnostics
import Foundation
import Testing

@Suite("Diagnostics")
struct DiagnosticsTests {
  private let source = SourceText(
    path: "rules/a.yaml", text: "rule: a\r\n\twhen: stätus == \"activ\"\nlast")

  private func span(of text: String) throws -> Range<Int> {
    let all = source.text
    let range = try #require(all.range(of: text))
    let start = all.utf8.distance(from: all.startIndex, to: range.lowerBound)
    return start..<start + text.utf8.count
  }

  @Test("show the place, the line, a caret and the fix")
  func text() throws {
    let diagnostic = Diagnostic(
      Diagnostic.Code("E0412"), "it is never \"activ\"", at: try span(of: "\"activ\""),
      help: "did you mean \"active\"?")
    #expect(
      DiagnosticRenderer.text(diagnostic, in: source) == """
        rules/a.yaml:2:18: error[E0412]: it is never "activ"
          |
        2 | \twhen: stätus == "activ"
          | \t                ^^^^^^^
          = help: did you mean "active"?
        """)
  }

  @Test("mark one place where there is nothing to mark", arguments: [22, 34, 35, 10_000, -3])
  func ends(offset: Int) {
    let diagnostic = Diagnostic(
      Diagnostic.Code("W101"), "so", at: offset..<offset, severity: .warning)
    let text = DiagnosticRenderer.text(diagnostic, in: source)
    #expect(text.contains("warning[W101]: so"))
    #expect(text.hasSuffix("^") && !text.hasSuffix("^^"))
  }

  @Test("underline only the first line of what reaches further")
  func lines() throws {
    let start = try span(of: "\"activ\"").lowerBound
    let diagnostic = Diagnostic(Diagnostic.Code("E0001"), "so", at: start..<source.bytes.count)
    #expect(DiagnosticRenderer.text(diagnostic, in: source).hasSuffix(" ^^^^^^^"))
  }

  @Test("keep the caret below characters that take two columns")
  func wide() throws {
    let source = SourceText(path: "f", text: "東京 🍷 x = 1")
    let diagnostic = Diagnostic(Diagnostic.Code("E0214"), "so", at: 12..<13)
    let lines = DiagnosticRenderer.text(diagnostic, in: source).split(separator: "\n")
    #expect(source.text(in: 12..<13) == "x")
    #expect(lines[2...] == ["1 | 東京 🍷 x = 1", "  |         ^"])
  }

  @Test("show the marked part of a long line", arguments: [0, 150, 299])
  func long(offset: Int) {
    var text = String(repeating: "a", count: 300)
    text.replaceSubrange(text.index(text.startIndex, offsetBy: offset)..., with: "b")
    text += String(repeating: "c", count: 299 - offset)
    let source = SourceText(path: "f", text: text)
    let diagnostic = Diagnostic(Diagnostic.Code("E0214"), "so", at: offset..<offset + 1)
    let lines = DiagnosticRenderer.text(diagnostic, in: source).split(separator: "\n").map(
      Array.init)
    #expect(lines[2].count <= 160 + 6)
    #expect(lines[2].firstIndex(of: "b") == lines[3].firstIndex(of: "^"))
    #expect(lines[2].contains("…") && lines[3].count { $0 == "^" } == 1)
  }

  @Test("are JSON for machines")
  func json() throws {
    let diagnostic = Diagnostic(
      Diagnostic.Code("E0412"), "never \"activ\"\u{1}", at: try span(of: "stätus"))
    let report = FileDiagnostics(source: source, diagnostics: [diagnostic])
    let data = Data(DiagnosticRenderer.json([report]).utf8)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["errors"] as? Int == 1)
    let entry = try #require((object["diagnostics"] as? [[String: Any]])?.first)
    #expect(entry["message"] as? String == "never \"activ\"\u{1}")
    #expect(entry["line"] as? Int == 2)
    #expect(entry["column"] as? Int == 8)
    #expect(entry["endColumn"] as? Int == 14)
  }

  @Test("stand in the order of the file")
  func order() {
    let report = FileDiagnostics(
      source: source,
      diagnostics: [9..<10, 3..<4, 5..<6].map {
        Diagnostic(Diagnostic.Code("E0001"), "so", at: $0)
      })
    #expect(report.diagnostics.map(\.span.lowerBound) == [3, 5, 9])
  }
}

@Suite("Source texts")
struct SourceTextTests {
  @Test(
    "find lines and columns of bytes",
    arguments: [
      (0, 1, 1), (3, 1, 4), (4, 2, 1), (6, 2, 2), (7, 2, 3), (9, 3, 1), (100, 3, 1), (-1, 1, 1),
    ])
  func positions(offset: Int, line: Int, column: Int) {
    let source = SourceText(path: "a", text: "abc\nüx\r\n")
    let position = source.position(of: offset)
    #expect(position.line == line)
    #expect(position.column == column)
  }

  @Test("have lines without their breaks")
  func lines() {
    let source = SourceText(path: "a", text: "abc\r\n\nd")
    #expect(source.lineCount == 3)
    #expect((1...3).map { source.text(in: source.lineRange($0)) } == ["abc", "", "d"])
    #expect(SourceText(path: "a", text: "").lineCount == 1)
    #expect(SourceText(path: "a", text: "a\n").lineCount == 1)
  }

  @Test("may hold bytes that are no text")
  func bytes() {
    let source = SourceText(path: "a", bytes: [0xFF, 0x0A, 0x61])
    #expect(source.text == "\u{FFFD}\na")
    #expect(source.position(of: 2).line == 2)
  }
}

@Suite("Suggestions")
struct SuggestionTests {
  @Test(
    "offer the nearest word if one is near",
    arguments: [
      ("activ", "active"), ("ACTIVE", "active"), ("acitve", "active"), ("prospct", "prospect"),
      ("x", nil), ("wholly different", nil), ("", nil),
    ] as [(String, String?)])
  func nearestWord(typed: String, expected: String?) {
    #expect(nearest(to: typed, among: ["active", "prospect", "closed"]) == expected)
  }

  @Test("prefer the first of equals")
  func ties() {
    #expect(nearest(to: "cat", among: ["bat", "hat"]) == "bat")
  }
}

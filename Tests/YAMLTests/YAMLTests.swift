import Diagnostics
import Testing
import YAML

@Suite("Reading YAML")
struct YAMLTests {
  @Test("keeps scalars as text and the order of keys")
  func tree() throws {
    let file = SourceText(
      path: "f.yaml", text: "b: no\na: [1_000, 2:00]\nc:\n  - x: 'y'\n  -\n")
    let document = YAMLDocument(file)
    #expect(document.diagnostics.isEmpty)
    let root = try #require(document.root)
    #expect(root.entries?.map(\.key) == ["b", "a", "c"])
    #expect(root["b"]?.text == "no")
    #expect(root["a"]?.items?.map(\.text) == ["1_000", "2:00"])
    #expect(root["c"]?.items?.first?["x"]?.scalar?.style == .singleQuoted)
    #expect(root["c"]?.items?.last?.isEmpty == true)
    #expect(file.text(in: root["c"]?.items?.first?.span ?? 0..<0) == "x: 'y'")
    #expect(file.text(in: root["a"]?.span ?? 0..<0) == "[1_000, 2:00]")
  }

  @Test("counts bytes, not characters, behind text that is not ASCII")
  func spans() throws {
    let file = SourceText(path: "f.yaml", text: "größe: ä\nname: {straße: \"Ö\", x: y}\n")
    let root = try #require(YAMLDocument(file).root)
    let entry = try #require(root.entries?.last)
    #expect(file.text(in: entry.keySpan) == "name")
    #expect(file.text(in: entry.value.span) == "{straße: \"Ö\", x: y}")
    #expect(entry.value.entries?.map { file.text(in: $0.keySpan) } == ["straße", "x"])
    #expect(entry.value.entries?.map { file.text(in: $0.value.span) } == ["\"Ö\"", "y"])
  }

  @Test("says where a comment cuts a plain text off")
  func comments() throws {
    let file = SourceText(path: "f.yaml", text: "a: Order #5 is late\nb: 'x' # y\nc: d#e\n")
    let root = try #require(YAMLDocument(file).root)
    let comment = try #require(root["a"]?.scalar?.comment)
    #expect(file.text(in: comment) == "#5 is late")
    #expect(root["b"]?.scalar?.comment == nil)
    #expect(root["c"]?.scalar?.comment == nil)
  }

  /// Bytes, the code, and the text that is underlined.
  static let refused: [(yaml: String, code: String, place: String)] = [
    ("a: &x 1\n", "E0005", "&x"),
    ("a: 1\nb: *x\n", "E0005", "*x"),
    ("where: !x\n", "E0006", "!x"),
    ("a: !!str 5\n", "E0006", "!!str"),
    ("a:\n  <<: {b: 1}\n", "E0007", "<<"),
    ("a: 1\nb: 2\na: 3\n", "E0008", "a"),
    ("a: 1\n---\nb: 1\n", "E0009", "-"),
    ("[a, b]: 1\n", "E0010", "[a, b]"),
    ("title: {{name}}\n", "E0004", "{{name}"),
    ("title: {{name}} is late\n", "E0004", "{{name}"),
    ("a: b: c\n", "E0004", ":"),
    ("a: @home\n", "E0004", "@"),
    ("a:\n\tb: 1\n", "E0003", "\t"),
    ("a: [1, 2\nb: 3\n", "E0004", "["),
    ("a: 'x\nb: 3\n", "E0004", "'"),
    ("a: 1\n b: 2\n", "E0004", "b"),
    ("a: f(x: 2)\n", "E0004", ":"),
    ("a: 1\nb 2\nc: 3\n", "E0004", "b 2"),
    ("a: \"x\" == y\n", "E0004", "="),
    ("a: *x.y\n", "E0004", "*"),
    ("a: | x\n", "E0004", "x"),
    ("a: [1 {2}]\n", "E0004", "{"),
    ("a: \u{1}\n", "E0004", "\u{1}"),
    ("é: \u{1}\n", "E0004", "\u{1}"),
    ("", "E0012", ""),
    ("# nothing\n", "E0012", ""),
    (String(repeating: "[", count: 70), "E0011", "["),
  ]

  @Test("refuses what would be misread", arguments: refused)
  func refusals(_ yaml: String, _ code: String, _ place: String) throws {
    let file = SourceText(path: "f.yaml", text: yaml)
    let diagnostic = try #require(YAMLDocument(file).diagnostics.first)
    #expect(diagnostic.code.name == code)
    #expect(file.text(in: diagnostic.span) == place)
  }

  @Test("goes on after what it refused, and reports it all")
  func all() {
    let file = SourceText(path: "f.yaml", text: "a: &x 1\nb: !t 2\nb: 3\nc: 4\n")
    let document = YAMLDocument(file)
    #expect(document.diagnostics.map(\.code.name) == ["E0005", "E0006", "E0008"])
    #expect(document.root?["c"]?.text == "4")
  }

  @Test("refuses bytes that are not UTF-8, at the byte")
  func encoding() throws {
    let file = SourceText(path: "f.yaml", bytes: Array("a: é".utf8) + [0xFF, 0x0A])
    let diagnostic = try #require(YAMLDocument(file).diagnostics.first)
    #expect(diagnostic.code == .notUTF8)
    #expect(diagnostic.span == 5..<6)
  }

  @Test("refuses files that are too large, and too many values")
  func limits() {
    let large = SourceText(path: "f", text: "a: " + String(repeating: "x", count: 262_144))
    #expect(YAMLDocument(large).diagnostics.map(\.code) == [.fileTooLarge])
    let many = SourceText(path: "f", text: "[" + String(repeating: "1,", count: 100_001) + "1]")
    #expect(YAMLDocument(many).diagnostics.map(\.code) == [.tooComplex])
  }

  @Test("reads a file with a byte order mark")
  func byteOrderMark() {
    let file = SourceText(path: "f", text: "\u{FEFF}a: é1\n")
    let root = YAMLDocument(file).root
    #expect(root?["a"].map { file.text(in: $0.span) } == "é1")
  }
}

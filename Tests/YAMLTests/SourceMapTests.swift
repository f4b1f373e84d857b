import Diagnostics
import Testing
import YAML

@Suite("The place of a text in its file")
struct SourceMapTests {
  /// Every `needle` must stand in the decoded text, and map to the bytes given.
  static let cases: [(yaml: String, needle: String, source: String, line: Int, column: Int)] = [
    ("k: hello world\n", "world", "world", 1, 10),
    ("k: Müller & Söhne\n", "Söhne", "Söhne", 1, 13),
    ("ü: [ä, 'ö ü']\n", "ü", "ü", 1, 11),
    ("k: 'it''s late'\n", "late", "late", 1, 11),
    ("k: 'it''s late'\n", "'", "''", 1, 7),
    (#"k: "a\tb\u00e9c""# + "\n", "c", "c", 1, 15),
    (#"k: "a\tb\u00e9c""# + "\n", "é", #"\u00e9"#, 1, 9),
    (#"k: "x \U0001F600 y""# + "\n", "y", "y", 1, 18),
    ("k: \"a\n\n   b c\"\n", "\n", "\n\n   ", 1, 6),
    ("k: \"a\n\n   b c\"\n", "c", "c", 3, 6),
    ("k: \"one \\\n  two\"\n", "two", "two", 2, 3),
    ("k: first\n  second third\n", "third", "third", 2, 10),
    ("k: first\n\n\n  second\n", "second", "second", 4, 3),
    ("k: a   b\n", "b", "b", 1, 8),
    ("k: |\n  eins\n  zwei é\n    drei\n", "drei", "drei", 4, 5),
    ("k: |\n  eins\n  zwei é x\n", "x", "x", 3, 10),
    ("k: |2\n    eins\n  zwei\n", "zwei", "zwei", 3, 3),
    ("k: |-\n\n  eins\n\n  zwei\n\n", "zwei", "zwei", 5, 3),
    ("k: >\n  eins\n  zwei\n\n  drei\n     vier\n  fünf\n", "zwei", "zwei", 3, 3),
    ("k: >\n  eins\n  zwei\n\n  drei\n     vier\n  fünf\n", "vier", "vier", 6, 6),
    ("k: >\n  eins\n  zwei\n\n  drei\n     vier\n  fünf\n", "fünf", "fünf", 7, 3),
    ("k: >+ # note\n  eins\n  zwei\n\n", "zwei", "zwei", 3, 3),
    ("k: |\r\n  eins\r\n  zwei\r\n", "zwei", "zwei", 3, 3),
  ]

  @Test("is exact in every style", arguments: cases)
  func exact(_ yaml: String, _ needle: String, _ source: String, _ line: Int, _ column: Int) throws
  {
    let file = SourceText(path: "f.yaml", text: yaml)
    let document = YAMLDocument(file)
    #expect(document.diagnostics.isEmpty)
    let node = try #require(document.root?.entries?.first?.value)
    let scalar = try #require(node.scalar ?? node.items?.last?.scalar)
    let bytes = Array(scalar.text.utf8)
    let start = try #require(bytes.firstRange(of: Array(needle.utf8))).lowerBound
    let range = scalar.map.sourceRange(start..<start + needle.utf8.count)
    #expect(file.text(in: range) == source)
    #expect(file.position(of: range.lowerBound) == (line, column))
  }

  @Test("holds every letter of random texts in every style")
  func random() throws {
    var generator = SplitMix(seed: 7)
    for _ in 0..<400 {
      let words = (0..<Int.random(in: 1...12, using: &generator)).map { _ in
        ["a", "zwölf", "x:y", "größe", "\u{1F600}", "b-c", "n"].randomElement(using: &generator)
          ?? ""
      }
      let style = Int.random(in: 0..<5, using: &generator)
      let text = Self.write(words, style: style, using: &generator)
      let file = SourceText(path: "f.yaml", text: "é: {v: w}\nk:\(text)\nz: 1\n")
      let document = YAMLDocument(file)
      let scalar = try #require(document.root?["k"]?.scalar, "\(file.text)")
      let decoded = scalar.text.split(whereSeparator: \.isWhitespace).map(String.init)
      #expect(decoded == words, "\(file.text)")
      var offset = 0
      for character in scalar.text {
        let range = offset..<offset + String(character).utf8.count
        offset = range.upperBound
        guard !character.isWhitespace else { continue }
        #expect(
          file.text(in: scalar.map.sourceRange(range)) == String(character), "\(file.text)")
      }
    }
  }

  /// Writes words as a YAML text, broken over lines at random.
  static func write(_ words: [String], style: Int, using generator: inout SplitMix) -> String {
    let separators =
      style < 3
      ? [" ", "  ", "\n  ", "\n\n   ", " \n  "] : [" ", "  ", "\n  ", "\n\n  ", "\n    "]
    var body = ""
    for (index, word) in words.enumerated() {
      if index > 0 { body += separators.randomElement(using: &generator) ?? " " }
      body += word
    }
    return switch style {
    case 0: " " + body
    case 1: " '\(body)'"
    case 2: " \"\(body)\""
    case 3: " |\n  \(body)"
    default: " >-\n  \(body)"
    }
  }
}

/// A small generator with a seed, so that a failure can be seen again.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

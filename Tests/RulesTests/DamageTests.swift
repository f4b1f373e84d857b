import Diagnostics
import Rules
import Support
import Testing

@Suite("Damaged files")
struct DamageTests {
  static let scraps = [
    "{{", "}}", "[", "{", "\n", "\t", "- ", ": ", "'", "\"", "&a ", "*a ", "é", "#",
  ]

  /// Takes bytes out, doubles some, and puts scraps of YAML in.
  static func damage(_ text: String, using generator: inout SeededGenerator) -> [UInt8] {
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let start = Int.random(in: 0..<bytes.count, using: &generator)
      let end = min(bytes.count, start + Int.random(in: 0...30, using: &generator))
      let part = Array(bytes[start..<end])
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: bytes.removeSubrange(start..<end)
      case 1: bytes.insert(contentsOf: part, at: end)
      default:
        bytes.insert(
          contentsOf: (scraps.randomElement(using: &generator) ?? "").utf8, at: start)
      }
      if bytes.isEmpty { bytes = Array("rule: r".utf8) }
    }
    return bytes
  }

  @Test("are reported inside their bounds, or loaded, and never trap", arguments: 0..<60)
  func damage(_ seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    let texts = [
      ("rules/dormant_customer.yaml", RuleLoaderTests.fullRule),
      ("rules/catalog.yaml", Fixture.catalog), ("rules/conditions/dormancy.yaml", Fixture.dormancy),
      ("rules/bellwether.yaml", Fixture.settings),
    ]
    for (path, text) in texts {
      let source = SourceText(path: path, bytes: Self.damage(text, using: &generator))
      let loaded = Fixture.load([source, RuleLoaderTests.closedRule])
      for file in loaded.diagnostics {
        for diagnostic in file.diagnostics {
          let bounds = 0...file.source.bytes.count
          #expect(bounds.contains(diagnostic.span.lowerBound), "\(path), seed \(seed)")
          #expect(bounds.contains(diagnostic.span.upperBound), "\(path), seed \(seed)")
          #expect(!DiagnosticRenderer.text(diagnostic, in: file.source).isEmpty)
        }
      }
      let hasErrors = loaded.diagnostics.contains { file in
        file.source.path == path && file.diagnostics.contains { $0.severity == .error }
      }
      if path.hasSuffix("dormant_customer.yaml") {
        let isLoaded = loaded.ruleSet?.rules.values.contains { $0.path == path } ?? false
        #expect(isLoaded != hasErrors, "seed \(seed)")
      }
    }
  }
}

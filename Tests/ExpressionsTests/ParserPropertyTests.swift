import Diagnostics
import Expressions
import Support
import Testing

@Suite("The parser")
struct ParserPropertyTests {
  private static let pieces = [
    "customer.balance", "customer.vip", "last_order", "revenue", "[30d]", "[30d, ending 30d ago]",
    "[all time]", "[this month]", "(", ")", "[", "]", "{", "}", "+", "-", "*", "/", "%", "==", "!=",
    "<", "<=", "=", "and", "or", "not", "&&", "||", "!", "?", ":", ",", ".", "in", "is", "missing",
    "between", "before", "after", "ago", "of", "at least", "high", "severity", "now", "today",
    "45d",
    "1m", "3mo", "0.1", "1e308", "20%", "12u", "0x1F", "\"text\"", "'", "\"\"\"", "b'a'", "r\"\\\"",
    "\"\\u00e9\"", "null", "true", "size(", "since(", "days(", "dormancy", "after = 60d", "//",
    "\n", "\u{E9}", "\u{1F377}", "e\u{301}", "`", "@", "$", "\\", "\u{0}", "1_000", "_", "ending",
  ]

  /// Pieces of expressions in any order.
  static func soup(using random: inout SeededGenerator) -> String {
    var text = ""
    for _ in 0..<Int.random(in: 0..<14, using: &random) {
      text += pieces.randomElement(using: &random) ?? ""
      if Bool.random(using: &random) { text += " " }
    }
    return text
  }

  /// Any bytes.
  static func noise(using random: inout SeededGenerator) -> String {
    let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
      UInt8.random(in: .min ... .max, using: &random)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whatever the text, there is an expression or an error, and every span lies in the text.
  @Test("answers every text, with places inside it", arguments: 0..<8 as Range<UInt64>)
  func anyText(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let checker = Checker(scope: .action)
    for _ in 0..<1500 {
      let text =
        Bool.random(using: &random) ? Self.soup(using: &random) : Self.noise(using: &random)
      let (expression, diagnostics) = checker.check(text)
      #expect((expression == nil) == diagnostics.contains { $0.severity == .error })
      for diagnostic in diagnostics {
        #expect(diagnostic.span.upperBound <= text.utf8.count, "\(text)")
        #expect(!diagnostic.message.isEmpty)
      }
    }
  }

  @Test("reads what it reads in CEL too", arguments: 0..<4 as Range<UInt64>)
  func bothDialects(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let words: Set = [
      "and", "or", "not", "is", "of", "ago", "between", "before", "after", "&&", "||",
    ]
    let shared = Self.pieces.filter { !words.contains($0) && $0 != "=" }
    for _ in 0..<3000 {
      let text = (0..<Int.random(in: 1..<7, using: &random))
        .map { _ in shared.randomElement(using: &random) ?? "" }.joined(separator: " ")
      guard let tree = try? Parser.parse(text, dialect: .cel) else { continue }
      do throws(SyntaxError) {
        let same = try Parser.parse(text, dialect: .rule)
        #expect(same == tree, "\(text)")
      } catch {
        #expect(error.fault == .chainedComparison, "\(text)")
      }
    }
  }
}

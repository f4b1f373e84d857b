import Support
import Testing

@testable import Expressions

@Suite("Printing an expression")
struct SyntaxTextTests {
  @Test(
    "writes no bracket that is not needed",
    arguments: [
      ("((a)) + (b * (c))", "a + b * c"), ("(a + b) * c", "(a + b) * c"),
      ("a - (b - c) - d", "a - (b - c) - d"), ("a && (b || c)", "a and (b or c)"),
      ("not (a == b)", "not a == b"), ("(not a) == b", "(not a) == b"), ("!!a", "not not a"),
      ("revenue[30d, ending (30d) ago]", "revenue[30d, ending 30d ago]"), ("a[(30d)]", "a[(30d)]"),
      ("(20%) - 3", "(20%) - 3"), ("a * (20%) + 3", "a * 20% + 3"),
      ("(80% of x) > (-1.50)", "80% of x > -1.5"), ("x is  not missing", "x is not missing"),
      ("(a ? b : c) ? 1u : 2", "(a ? b : c) ? 1u : 2"), ("f(after = 60d)", "f(after = 60d)"),
      ("'it\\'s'.size()", "\"it's\".size()"), ("(1).f", "(1).f"), ("{'a': [?b]}", "{\"a\": [?b]}"),
      ("a.b.C{`x y`: 1, in: 2}", "a.b.C{`x y`: 1, `in`: 2}"),
    ])
  func brackets(text: String, expected: String) throws {
    #expect(try Parser.parse(text).text() == expected)
  }

  @Test(
    "writes CEL for CEL",
    arguments: [
      ("a && b || !c", "a && b || !c"), ("a < b == c", "a < b == c"), ("-(!a)", "-(!a)"),
      ("(a || b) && c", "(a || b) && c"), ("not - b'\\x00é'", "not - b\"\\x00\\xc3\\xa9\""),
    ])
  func cel(text: String, expected: String) throws {
    #expect(try Parser.parse(text, dialect: .cel).text(in: .cel) == expected)
  }

  @Test(
    "reads back as the same tree", arguments: [Dialect.rule, .cel], 0..<6 as Range<UInt64>)
  func trees(dialect: Dialect, seed: UInt64) throws {
    var invented = RandomSyntax(dialect, seed: seed)
    for _ in 0..<600 {
      let tree = invented.next()
      let text = tree.text(in: dialect)
      let again = try Parser.parse(text, dialect: dialect)
      #expect(again.shape == tree.shape, "\(text) came back as \(again.text(in: dialect))")
    }
  }

  @Test("of any text reads back, too", arguments: [Dialect.rule, .cel], 0..<4 as Range<UInt64>)
  func texts(dialect: Dialect, seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var count = 0
    for _ in 0..<4000 {
      let source = ParserPropertyTests.soup(using: &random)
      guard let tree = try? Parser.parse(source, dialect: dialect) else { continue }
      count += 1
      let text = tree.text(in: dialect)
      let again = try Parser.parse(text, dialect: dialect)
      #expect(again.shape == tree.shape, "\(source) as \(text)")
      #expect(again.text(in: dialect) == text)
    }
    #expect(count > 100)
  }
}

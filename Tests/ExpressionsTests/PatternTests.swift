import Expressions
import Foundation
import Support
import Testing

@Suite("Patterns")
struct PatternTests {
  @Test(
    "match as RE2 does",
    arguments: [
      ("", "", true), ("", "a", true), ("a", "", false), ("a", "bab", true), ("^a", "ba", false),
      ("a$", "ab", false), ("^$", "", true), ("^$", "\n", false), ("a.c", "a\nc", false),
      ("(?s)a.c", "a\nc", true), ("(?m)^b$", "a\nb\nc", true), ("^b$", "a\nb\nc", false),
      ("ab*c", "ac", true), ("ab+c", "ac", false), ("ab?c", "abbc", false),
      ("ab{2}c", "abbc", true),
      ("ab{2,3}c", "abbbbc", false), ("ab{2,}c", "abbbbc", true), ("ab{,2}c", "ab{,2}c", true),
      ("a{", "a{", true), ("a|b|c", "xxc", true), ("^(a|b)*$", "abba", true),
      ("^(ab|cd)+$", "abc", false),
      ("[abc]", "xbx", true), ("[^abc]", "abc", false), ("[a-c]+$", "dcb", true),
      ("[]a]", "]", true),
      ("[^]]", "]", false), ("[a-]", "-", true), ("[\\d-]", "-", true), ("\\d{3}", "a123", true),
      ("^\\w+$", "a_1", true), ("^\\w+$", "\u{E9}", false), ("\\s", "\u{A0}", false),
      ("\\S", " ", false),
      ("[^\\W\\d]", "1 ", false), ("[^\\W\\d]", "1a", true), ("\\bab\\b", "x ab y", true),
      ("\\bab\\b", "xab", false), ("\\Bb", "ab", true), ("\\Aa\\z", "a", true),
      ("(?i)straSSE", "STRAsse", true),
      ("(?i)\u{C9}", "\u{E9}", true), ("(?i:a)b", "AB", false), ("(?i:a)b", "Ab", true),
      ("(?i)[a-z]", "Q", true),
      ("(?i)[^a-z]", "Q", false), ("((?i)a)b", "AB", false), ("(?:ab)+", "abab", true),
      ("(?P<n>a)", "a", true),
      ("(?<n>a)", "a", true), ("a+?b", "aab", true), ("\\x41\\x{1F377}", "A\u{1F377}", true),
      ("\\.", "a", false),
      (".", "\u{1F377}", true), ("^.$", "e\u{301}", false), ("^..$", "e\u{301}", true),
      ("[[:alpha:]]+[[:digit:]]$", "ab1", true), ("a||b", "", true), ("(|a)b", "b", true),
      ("^(a*)*$", "aaa", true),
      ("^\\p{L}+$", "aÉπ", true), ("\\pN", "x", false), ("\\p{Lu}", "é", false),
      ("\\P{L}", "a", false),
      ("\\p{^L}", "1", true), ("^\\p{Greek}+$", "πέντε", true), ("\\p{Greek}", "abc", false),
      ("^[\\p{Han}\\d]+$", "漢7", true), ("[^\\pL]", "a", false), ("\\p{Any}", "a", true),
      ("(?i)\\p{Lu}", "a", true),
      ("(?i)^STRASSE$", "straſse", true), ("(?i)[^a]", "A", false), ("(?i)É", "é", true),
      ("(?i)[à-ö]", "Ü", false),
      ("(?i)[à-ö]", "Ä", true), ("^\\Qa.b*\\E$", "a.b*", true), ("\\Qa.b", "axb", false),
      ("^\\Qab\\E+$", "abb", true),
      ("^\\101\\0$", "A\0", true), ("[[:^digit:]]", "1", false), ("(?U)a+", "aa", true),
      ("(?i-s:A).", "ax", true),
      ("\\Aa\\z", "a", true), ("\\ba\\b", "xa", false), ("\\Ba", "xa", true),
      ("[\\x{100}-\\x{200}]", "ſ", true),
      ("^(a*)*$", "ab", false), ("(a?)*?b", "aab", true), ("^(?:(?:a|)b)*$", "abb", true),
    ])
  func matching(pattern: String, text: String, expected: Bool) throws {
    #expect(try Pattern(pattern).matches(text) == expected)
  }

  @Test(
    "are refused where they are none, or none that is quick",
    arguments: [
      ("(", PatternFault.unbalanced("(")), (")", .unbalanced(")")), ("[a", .unbalanced("[")),
      ("(?i", .unbalanced("(")), ("*", .misplacedRepetition("*")),
      ("a**", .misplacedRepetition("*")),
      ("(?=a)", .unknown("(?=")), ("(?<=a)", .unknown("(?<")), ("\\1", .unknown("\\1")),
      ("\\p{Nope}", .unknown("\\p{Nope}")), ("\\p", .unknown("\\p{}")), ("\\p{L", .unknown("\\p{")),
      ("(?P<n>a)(?P<n>b)", .unknown("(?<")), ("(?<>a)", .unknown("(?<")),
      ("[a-\\pL]", .badRange("[…-…]")),
      ("\\x{110000}", .unknown("\\x")), ("\\8", .unknown("\\8")), ("\\", .unknown("\\")),
      ("[[:nope:]]", .unknown("[:")),
      ("[b-a]", .badRange("[…-…]")), ("a{3,2}", .badRange("{3,2}")), ("a{1001}", .tooLarge),
      ("((a{100}){100}){100}", .tooLarge), (String(repeating: "(", count: 2000), .tooLarge),
    ])
  func refusing(pattern: String, fault: PatternFault) {
    #expect(throws: fault) { try Pattern(pattern) }
  }

  @Test("agree with Foundation's on what both know", arguments: 0..<4 as Range<UInt64>)
  func agreement(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let pieces = [
      "a", "b", "c", ".", "[ab]", "[^a]", "(", ")", "|", "*", "+", "?", "a{1,2}", "^", "$", "\\b",
    ]
    for _ in 0..<400 {
      let text = (0..<Int.random(in: 1..<8, using: &random))
        .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      guard let pattern = try? Pattern(text),
        let other = try? NSRegularExpression(pattern: text)
      else { continue }
      for _ in 0..<8 {
        let subject = String(
          (0..<Int.random(in: 0..<7, using: &random))
            .map { _ in "abc".randomElement(using: &random) ?? "a" })
        let range = NSRange(subject.startIndex..., in: subject)
        let expected = other.firstMatch(in: subject, range: range) != nil
        #expect(pattern.matches(subject) == expected, "\(text) in \(subject)")
      }
    }
  }

  @Test("whose backtracking would take for ever end at once", .timeLimit(.minutes(1)))
  func linear() throws {
    let text = String(repeating: "a", count: 10_000)
    #expect(try !Pattern("^(a+)+$").matches(text + "b"))
    #expect(try !Pattern("(a|aa)*c").matches(text))
    #expect(try Pattern("(x+x+)+y|a$").matches(text))
    let nothing = (0..<20).reduce("()") { nested, _ in "(\(nested){1000})" }
    #expect(try Pattern(nothing).matches(""))
  }

  @Test(
    "stand in expressions",
    arguments: [
      ("customer.name.matches(\"^Caf.$\")", "true"), ("matches(customer.name, r\"\\d\")", "false"),
      ("customer.sales_rep.matches(\"a\")", "missing"),
      ("\"a.b\".matches(customer.name + \"(\")", "error: pattern Caf\u{E9}("),
      ("customer.name.matches(customer.name)", "true"),
    ])
  func expressions(text: String, expected: String) throws {
    #expect(try evaluate(text) == expected)
  }
}

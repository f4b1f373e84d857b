import Testing

@testable import Expressions

@Suite struct `Functions on texts` {
  @Test(arguments: [
    (0, "t"), (2, "©"), (6, "T"), (7, ""),
  ])
  func `charAt counts code points and ends with nothing`(index: Int, expected: String) throws {
    #expect(try TextLibrary.charAt("ta©o©αT", index) == expected)
  }

  @Test(arguments: [-1, 8, .max, .min])
  func `A position outside the text is a fault`(index: Int) {
    let fault = TextFault.indexOutOfRange(index)
    #expect(throws: fault) { try TextLibrary.charAt("tacocat", index) }
    #expect(throws: fault) { try TextLibrary.indexOf("tacocat", "a", from: index) }
    #expect(throws: fault) { try TextLibrary.lastIndexOf("tacocat", "a", before: index) }
    #expect(throws: fault) { try TextLibrary.substring("tacocat", index) }
    #expect(throws: fault) { try TextLibrary.substring("tacocat", 0, index) }
  }

  @Test(arguments: [
    ("tacocat", "", 0, 0), ("tacocat", "ac", 0, 1), ("tacocat", "none", 0, -1),
    ("tacocat", "", 3, 3), ("tacocat", "a", 3, 5), ("tacocat", "at", 3, 5), ("tacocat", "", 7, 7),
    ("ta©o©αT", "©", 0, 2), ("ta©o©αT", "©", 3, 4), ("ta©o©αT", "©α", 5, -1),
    ("aaab", "aab", 0, 1), ("e\u{301}", "e", 0, 0), ("\u{E9}", "e\u{301}", 0, -1),
  ])
  func `indexOf finds the first place`(
    text: String, part: String, start: Int, expected: Int
  ) throws {
    #expect(try TextLibrary.indexOf(text, part, from: start) == expected)
  }

  @Test(arguments: [
    ("tacocat", "", nil, 7), ("tacocat", "at", nil, 5), ("tacocat", "none", nil, -1),
    ("tacocat", "", 3, 3), ("tacocat", "a", 3, 1), ("tacocat", "a", 0, -1), ("", "@@", nil, -1),
    ("ta©o©αT", "©", nil, 4), ("ta©o©αT", "©", 3, 2), ("hello wello", "low", nil, -1),
    ("hello wello", "ello wello", nil, 1), ("tacocat", "tac", 7, 0),
  ])
  func `lastIndexOf finds the last place`(
    text: String, part: String, last: Int?, expected: Int
  ) throws {
    #expect(try TextLibrary.lastIndexOf(text, part, before: last) == expected)
  }

  @Test(arguments: [
    ("hello hello", "he", "we", -1, "wello wello"), ("hello hello", "he", "we", 1, "wello hello"),
    ("hello hello", "he", "we", 0, "hello hello"), ("hello hello", "", "_", 2, "_h_ello hello"),
    ("ab", "", "_", -1, "_a_b_"), ("", "", "_", -1, "_"), ("aaa", "aa", "b", -1, "ba"),
    ("hello hello", "ello", "", -1, "h h"), ("e\u{301}", "e", "a", -1, "a\u{301}"),
  ])
  func `replace goes from the left`(
    text: String, part: String, replacement: String, limit: Int, expected: String
  ) {
    let result = TextLibrary.replace(text, part, with: replacement, limit: limit)
    #expect(Array(result.utf8) == Array(expected.utf8))
  }

  @Test(arguments: [
    ("a b c", " ", -1, ["a", "b", "c"]), ("a b c", " ", 0, []), ("a b c", " ", 1, ["a b c"]),
    ("a b c", " ", 2, ["a", "b c"]), ("a b c", " ", 9, ["a", "b", "c"]), ("", ",", -1, [""]),
    ("", "", -1, []), ("©αT", "", -1, ["©", "α", "T"]), ("©αT", "", 2, ["©", "αT"]),
    (",a,", ",", -1, ["", "a", ""]), ("aaa", "aa", -1, ["", "a"]),
  ])
  func `split cuts at separators`(
    text: String, separator: String, limit: Int, expected: [String]
  ) {
    #expect(TextLibrary.split(text, separator, limit: limit) == expected)
  }

  @Test(arguments: [
    (4, nil, "cat"), (7, nil, ""), (0, 4, "taco"), (4, 4, ""), (0, 7, "tacocat"),
  ])
  func `substring takes what lies between`(start: Int, end: Int?, expected: String) throws {
    #expect(try TextLibrary.substring("tacocat", start, end) == expected)
  }

  @Test func `A range that ends before it begins is a fault`() {
    #expect(throws: TextFault.reversedRange(4, 2)) { try TextLibrary.substring("tacocat", 4, 2) }
  }

  @Test(arguments: [
    (" \u{9}\u{B}\u{85}\u{A0}\u{1680}text\u{2000}\u{2028}\u{3000} ", "text"), (" \n", ""), ("", ""),
    ("\u{180E}\u{200B}text\u{2060}\u{FEFF}", "\u{180E}\u{200B}text\u{2060}\u{FEFF}"),
  ])
  func `trim takes away white space alone`(text: String, expected: String) {
    #expect(Array(TextLibrary.trim(text).utf8) == Array(expected.utf8))
  }

  @Test func `Case changes for ASCII alone`() {
    #expect(TextLibrary.lowerAscii("TacoCÆt [Xii]") == "tacocÆt [xii]")
    #expect(TextLibrary.upperAscii("tacoCæt {Xii}") == "TACOCæT {XII}")
  }

  @Test func `reverse and join keep code points whole`() {
    #expect(TextLibrary.reverse("Ta©oCαt") == "tαCo©aT")
    #expect(TextLibrary.reverse("") == "")
    #expect(TextLibrary.join(["x", "y"]) == "xy")
    #expect(TextLibrary.join(["x", "y"], "-") == "x-y")
    #expect(TextLibrary.join([], "-") == "")
  }

  @Test(arguments: [
    ("", #""""#), ("first\nsecond", #""first\nsecond""#), ("a\"b", #""a\"b""#),
    ("\u{7}\u{8}\u{C}\r\t\u{B}\\", #""\a\b\f\r\t\v\\""#), ("😀 πέντε '", #""😀 πέντε '""#),
  ])
  func `quote escapes what would not read back`(text: String, expected: String) {
    #expect(TextLibrary.quote(text) == expected)
  }

  @Test(arguments: [
    ("foobar", "foo", true, true, false), ("foobar", "bar", true, false, true),
    ("foobar", "", true, true, true), ("", "foo", false, false, false),
    ("abababc", "ababc", true, false, true), ("e\u{301}", "e", true, true, false),
    ("\u{E9}", "e\u{301}", false, false, false),
  ])
  func `Parts are found code point by code point`(
    text: String, part: String, within: Bool, first: Bool, last: Bool
  ) {
    #expect(TextLibrary.contains(text, part) == within)
    #expect(TextLibrary.startsWith(text, part) == first)
    #expect(TextLibrary.endsWith(text, part) == last)
  }
}

import Foundation
import Testing

/// The house rules that no compiler checks, as a test.
///
/// Each rule says what to do instead, so that failing it teaches it.
@Suite("The source tree")
struct TidyTests {
  @Test("is found at all")
  func exists() {
    #expect(SourceTree.sources.count > 50)
    #expect(SourceTree.tests.count > 20)
  }

  @Test("keeps files under 400 lines", arguments: SourceTree.sources + SourceTree.tests)
  func fileLength(_ file: SourceFile) throws {
    let count = try file.lines.count - 1
    #expect(count <= 400, "split \(file.path) where its subjects part: Type+Aspect.swift")
  }

  static let banned: [(needle: String, instead: String, exceptIn: Set<String>)] = [
    ("Task.detached", "a child task in a Service", []),
    ("Date()", "an Instant passed in", ["bellwether", "bench"]),
    ("Date.now", "an Instant passed in", ["bellwether"]),
    (
      " print(", "the logger, or a command's output",
      ["bellwether", "bench", "chaos", "cel-conformance"]
    ),
    ("try!", "a typed error", []),
    (" as! ", "a conditional cast, and a precondition with a sentence", []),
    ("fatalError(", "a precondition with a sentence, or a typed error", []),
    ("DispatchSemaphore", "an actor, or a Mutex around a value", []),
    ("NSLock", "an actor, or a Mutex around a value", []),
    ("set_config(", "SET LOCAL: it reaches every server of the database", ["bellwether"]),
    ("pg_advisory", "a lease, or a lock on a row", []),
    ("pg_try_advisory", "a lease, or a lock on a row", []),
    ("String(format:", "a table of digits, or FormatStyle: it is slow", []),
    ("setenv(", "an argument: all threads share the environment", []),
  ]

  @Test("avoids what we replaced", arguments: SourceTree.sources)
  func bannedWords(_ file: SourceFile) throws {
    for (number, line) in try file.code {
      for ban in Self.banned
      where !ban.exceptIn.contains(file.target) && line.contains(ban.needle) {
        Issue.record("\(file.path):\(number): \(line): use \(ban.instead)")
      }
    }
  }

  @Test("does not leave work for later unsaid", arguments: SourceTree.sources + SourceTree.tests)
  func leftovers(_ file: SourceFile) throws {
    // Put together, so that this file is not one of those it finds.
    let words = ["FIX" + "ME", "TO" + "DO", "XX" + "X", "HA" + "CK"]
    for (number, line) in try file.lines {
      for word in words where line.contains(word) {
        Issue.record("\(file.path):\(number): do it, or say what is missing without \(word)")
      }
      let isBanner = ["====", "----", "****"].contains { line.contains("// " + $0) }
      #expect(!isBanner, "\(file.path):\(number): MARK is all the banner there is")
    }
  }

  @Test("proves what the compiler is told to believe", arguments: SourceTree.sources)
  func unchecked(_ file: SourceFile) throws {
    let lines = try file.lines
    for (number, line) in lines
    where line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") {
      let before = lines[max(0, number - 6)..<(number - 1)]
      #expect(
        before.contains { $0.text.contains("//") },
        "\(file.path):\(number): say above it why no two threads can meet there")
    }
  }

  @Test("writes SQL as SQL, so that no value becomes text", arguments: SourceTree.sources)
  func trustedSQL(_ file: SourceFile) throws {
    // Planning numbers its own columns and aliases; nothing of a user's is in those.
    guard file.target != "Planning" else { return }
    for (number, line) in try file.code where line.contains("SQL(trusted: \"") {
      #expect(
        !line.contains("\\("),
        "\(file.path):\(number): interpolate into an SQL literal, which binds and quotes")
    }
  }

  /// Looked for anywhere in a name, whatever its case.
  static let businessWords = [
    "wine", "vintage", "customer", "dormant", "dormancy", "salesrep", "sales_rep", "invoice",
  ]

  @Test("leaves the business to the rules", arguments: SourceTree.sources)
  func businessWords(_ file: SourceFile) throws {
    // Comments give examples; a command's help names the rules that come with the product, and
    // other engines were measured with the predicates that ours is.
    guard file.target != "bellwether", file.target != "bench" else { return }
    for (number, line) in try file.code {
      let folded = line.lowercased()
      for word in Self.businessWords where folded.contains(word) {
        Issue.record("\(file.path):\(number): '\(word)' belongs in rules/, not in Swift")
      }
    }
  }

  @Test("explains every error code on a page", .enabled(if: hasErrorPages))
  func errorPages() throws {
    let codes = try SourceTree.sources.flatMap { file in
      try file.code.filter { $0.text.contains("\"E") || $0.text.contains("\"W") }.flatMap {
        $0.text.matches(of: /"([EW]\d{4})"/).map { String($0.output.1) }
      }
    }
    #expect(Set(codes).count == codes.count, "a code stands for one mistake")
    let pages = SourceTree.files(in: "docs/errors", ending: [".md"])
    let explained = Set(
      pages.compactMap { $0.path.firstMatch(of: /[EW]\d{4}/).map { String($0.output) } })
    let missing = Set(codes).subtracting(explained).sorted()
    #expect(missing == [], "write docs/errors/….md: what it means, an example, the remedy")
    for code in explained.subtracting(codes).sorted() {
      Issue.record("docs/errors/\(code).md explains a code that nothing reports")
    }
  }

  static var hasErrorPages: Bool {
    FileManager.default.fileExists(atPath: SourceTree.root.appending(path: "docs/errors").path)
  }
}

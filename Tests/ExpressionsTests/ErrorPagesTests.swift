import Diagnostics
import Expressions
import Foundation
import Testing

@Suite("Pages of the documentation")
struct ErrorPagesTests {
  /// Codes whose example would be too large for a page.
  private static let withoutExample: Set<ExpressionCode> = [.empty, .tooLong, .tooDeep, .tooLarge]

  @Test(
    "about errors show a mistake that is told under their code", arguments: ExpressionCode.allCases)
  func wrong(code: ExpressionCode) throws {
    guard !Self.withoutExample.contains(code) else { return }
    let example = try #require(try Self.example("Wrong", of: code))
    #expect(Self.check(example, code).contains { $0.code == code.code }, "\(example)")
  }

  @Test("about errors show what is right", arguments: ExpressionCode.allCases)
  func right(code: ExpressionCode) throws {
    guard let example = try Self.example("Right", of: code) else { return }
    #expect(Self.check(example, code) == [])
  }

  @Test("name every function and macro")
  func reference() throws {
    let text = try Self.page("language.md")
    for name in Function.allCases.map(\.rawValue) + Loop.Kind.allCases.map(\.rawValue) {
      #expect(text.contains("`\(name)") || text.contains(".\(name)("), "\(name)")
    }
  }

  private static func check(_ text: String, _ code: ExpressionCode) -> [Diagnostic] {
    let scope = code == .severityUnavailable ? Scope.test : .action
    return Checker(scope: scope).check(text, expecting: .condition).diagnostics
  }

  /// The first block of code after a heading.
  private static func example(_ heading: String, of code: ExpressionCode) throws -> String? {
    let text = try page("errors/\(code.rawValue).md")
    guard let start = text.range(of: "\(heading):\n\n```\n"),
      let end = text.range(of: "\n```\n", range: start.upperBound..<text.endIndex)
    else { return nil }
    return String(text[start.upperBound..<end.lowerBound])
  }

  private static func page(_ path: String) throws -> String {
    let page = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/\(path)")
    return try String(contentsOf: page, encoding: .utf8)
  }
}

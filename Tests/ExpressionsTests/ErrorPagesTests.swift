import Diagnostics
import Expressions
import Foundation
import Testing

@Suite("Pages about errors")
struct ErrorPagesTests {
  /// Codes whose example would be too large for a page.
  private static let withoutExample: Set<ExpressionCode> = [.empty, .tooLong, .tooDeep, .tooLarge]

  @Test("show a mistake that is told under their code", arguments: ExpressionCode.allCases)
  func wrong(code: ExpressionCode) throws {
    guard !Self.withoutExample.contains(code) else { return }
    let example = try #require(try Self.example("Wrong", of: code))
    #expect(Self.check(example, code).contains { $0.code == code.code }, "\(example)")
  }

  @Test("show what is right", arguments: ExpressionCode.allCases)
  func right(code: ExpressionCode) throws {
    guard let example = try Self.example("Right", of: code) else { return }
    #expect(Self.check(example, code) == [])
  }

  private static func check(_ text: String, _ code: ExpressionCode) -> [Diagnostic] {
    let scope = code == .severityUnavailable ? Scope.test : .action
    return Checker(scope: scope).check(text, expecting: .condition).diagnostics
  }

  /// The first block of code after a heading.
  private static func example(_ heading: String, of code: ExpressionCode) throws -> String? {
    let page = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/errors/\(code.rawValue).md")
    let text = try String(contentsOf: page, encoding: .utf8)
    guard let start = text.range(of: "\(heading):\n\n```\n"),
      let end = text.range(of: "\n```\n", range: start.upperBound..<text.endIndex)
    else { return nil }
    return String(text[start.upperBound..<end.lowerBound])
  }
}

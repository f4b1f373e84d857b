import Foundation
import Testing

/// The repository's files, as the tidy tests read them.
enum SourceTree {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL

  /// Every Swift file of the product.
  static let sources = files(in: "Sources", ending: [".swift"])

  /// Every Swift file of the tests.
  static let tests = files(in: "Tests", ending: [".swift"])

  /// The files below a folder whose names end in one of `endings`, by path.
  static func files(in folder: String, ending endings: [String]) -> [SourceFile] {
    let found = FileManager.default.enumerator(
      at: root.appending(path: folder), includingPropertiesForKeys: nil)
    return (found?.compactMap { $0 as? URL } ?? [])
      .filter { url in endings.contains { url.lastPathComponent.hasSuffix($0) } }
      .map { SourceFile(path: String($0.standardizedFileURL.path.dropFirst(root.path.count + 1))) }
      .sorted { $0.path < $1.path }
  }

  /// The text of a file at the repository's root.
  static func text(of path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }
}

/// One file of the repository.
struct SourceFile: Sendable, CustomTestStringConvertible {
  /// Below the repository's root.
  var path: String

  var testDescription: String { path }

  /// The target: the folder below `Sources` or `Tests`.
  var target: String {
    path.split(separator: "/").dropFirst().first.map(String.init) ?? ""
  }

  /// The lines, with their numbers.
  var lines: [(number: Int, text: Substring)] {
    get throws {
      try SourceTree.text(of: path).split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated().map { ($0 + 1, $1) }
    }
  }

  /// The lines without their comments.
  ///
  /// A line inside a literal that looks like a comment goes with them.
  var code: [(number: Int, text: Substring)] {
    get throws {
      try lines.map { number, line in
        let isComment = line.drop { $0 == " " }.hasPrefix("//")
        let trailing = line.firstRange(of: " // ")?.lowerBound ?? line.endIndex
        return (number, isComment ? "" : line[..<trailing])
      }
    }
  }

  /// The modules that the file imports.
  var imports: [String] {
    get throws {
      try lines.filter { $0.text.contains("import ") }.compactMap { _, line in
        line.wholeMatch(
          of: /(?:@testable |package |public |private )*import (?:\w+ )?(\w+)(\.\w+)?/
        )
        .map { String($0.output.1) }
      }
    }
  }
}

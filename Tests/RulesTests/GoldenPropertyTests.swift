import Diagnostics
import Foundation
import Rules
import Support
import Testing

@Suite("What is said about wrong files, as a whole")
struct GoldenPropertyTests {
  @Test("is recorded for at least 160 mistakes")
  func size() { #expect(GoldenTests.cases.count >= 160) }

  @Test("always has a place in the file and, for an error, a fix", arguments: GoldenTests.cases)
  func placeAndFix(_ name: String) throws {
    for file in try #require(GoldenTests.diagnostics[name]) {
      for diagnostic in file.diagnostics {
        let bounds = 0...file.source.bytes.count
        #expect(bounds.contains(diagnostic.span.lowerBound), "\(diagnostic)")
        #expect(bounds.contains(diagnostic.span.upperBound), "\(diagnostic)")
        #expect(diagnostic.help?.isEmpty == false, "\(diagnostic)")
        #expect(!diagnostic.message.contains("\n") && !diagnostic.message.hasSuffix("."))
      }
    }
  }

  @Test("is said once in a place", arguments: GoldenTests.cases)
  func once(_ name: String) throws {
    for file in try #require(GoldenTests.diagnostics[name]) {
      var spans: Set<Range<Int>> = []
      for diagnostic in file.diagnostics where diagnostic.severity == .error {
        // A rule that lacks several keys has but one place for all of them.
        guard diagnostic.code.name != "E0102" else { continue }
        #expect(spans.insert(diagnostic.span).inserted, "\(name): \(diagnostic)")
      }
    }
  }

  @Test("suggests names that are right", arguments: GoldenTests.cases)
  func suggestions(_ name: String) throws {
    let files = try GoldenTests.files(name)
    for file in try #require(GoldenTests.diagnostics[name]) {
      for diagnostic in file.diagnostics {
        guard let meant = diagnostic.help?.firstMatch(of: /^did you mean `?([^?`]+)`?\?$/),
          let index = files.firstIndex(where: { $0.path == file.source.path })
        else { continue }
        var bytes = files[index].bytes
        bytes.replaceSubrange(diagnostic.span, with: String(meant.output.1).utf8)
        var mended = files
        mended[index] = SourceText(path: files[index].path, bytes: bytes)
        let left = Fixture.load(mended).diagnostics.flatMap(\.diagnostics)
        #expect(
          !left.contains {
            $0.code == diagnostic.code && $0.span.lowerBound == diagnostic.span.lowerBound
          },
          "\(name): `\(meant.output.1)` is not right either")
      }
    }
  }

  @Test("tells every mistake of a file at once")
  func severalAtOnce() throws {
    for (name, count) in [("several-in-one-pass", 7), ("several-in-expressions", 7)] {
      let found = try #require(GoldenTests.diagnostics[name]).flatMap(\.diagnostics)
      #expect(found.count { $0.severity == .error } == count, "\(name)")
    }
  }
}

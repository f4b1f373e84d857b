import ArgumentParser
import Foundation

@main
struct CELConformance: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cel-conformance",
    abstract: "Runs conformance cases of the Common Expression Language.",
    discussion: """
      Exits with 0 if all cases in scope pass, with 1 if some fail, and with 2 if the cases cannot \
      be read.
      """)

  @Argument(help: "The cases, one JSON object a line.")
  var path: String

  @Flag(help: "List the cases that fail.")
  var verbose = false

  func run() throws {
    let cases: [ConformanceCase]
    do {
      cases = try ConformanceCase.read(path)
    } catch {
      FileHandle.standardError.write(Data("cel-conformance: \(error.message)\n".utf8))
      throw ExitCode(2)
    }
    var counts: [String: (passed: Int, total: Int)] = [:]
    for test in cases where !ConformanceCase.outOfScope.contains(test.file) {
      let (hasPassed, got) = test.run()
      counts[test.file, default: (0, 0)].total += 1
      if hasPassed {
        counts[test.file, default: (0, 0)].passed += 1
      } else if verbose {
        print("\(test.id)\n  \(test.expression)\n  expected \(test.expected)\n  got \(got)")
      }
    }
    for (file, count) in counts.sorted(by: { $0.key < $1.key }) {
      print("\(file) \(count.passed)/\(count.total)")
    }
    let passed = counts.values.reduce(0) { $0 + $1.passed }
    let total = counts.values.reduce(0) { $0 + $1.total }
    print("passed \(passed) of \(total) in scope")
    guard passed == total else { throw ExitCode(1) }
  }
}

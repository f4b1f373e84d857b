import ArgumentParser
import Expressions
import Foundation

/// Nanoseconds of this thread's time that an evaluation takes.
struct ExpressionsBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "expressions",
    abstract: "Evaluates predicates of rules row by row: nanoseconds per evaluation.",
    discussion: """
      Each predicate is compiled once and evaluated over rows whose values are at hand. Every
      result is compared with that of the same predicate in Swift. The figure is the thread's CPU
      time over the evaluations, the best of some repetitions.

      EXAMPLES:
        swift run -c release bench expressions
        swift run -c release bench expressions --json
      """)

  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    var warm: [(key: String, nanoseconds: Double)] = []
    var distinct: [(key: String, nanoseconds: Double)] = []
    var random = Seeded(seed: 20_240_607)
    let facts = (0..<100_000).map { _ in Facts(using: &random) }
    let rows = facts.map(\.row)
    for predicate in Predicate.all {
      let program = try predicate.compiled()
      let expected = facts.map(predicate.plain)
      for (index, row) in rows.enumerated()
      where program.value(of: row) != .bool(expected[index]) {
        throw BenchError(description: "\(predicate.key) is wrong for \(facts[index])")
      }
      let pool = Array(rows.prefix(1000))
      warm.append((predicate.key, try best(program, pool, expected, loops: 100)))
      distinct.append((predicate.key, try best(program, rows, expected, loops: 1)))
    }
    if json {
      print("{\"warm_ns\":\(object(warm)),\"distinct_ns\":\(object(distinct))}")
      return
    }
    print("ns per evaluation  warm 1,000  distinct 100,000")
    for (index, predicate) in Predicate.all.enumerated() {
      let columns = [warm, distinct].map { column in
        String(repeating: " ", count: 12) + text(column[index].nanoseconds)
      }
      print("\(predicate.key)    \(columns.map { $0.suffix(10) }.joined(separator: "        "))")
    }
    print("\n" + Predicate.all.map { "\($0.key)  \($0.text)" }.joined(separator: "\n"))
  }

  /// The best of ten passes, each of which evaluates all rows `loops` times.
  private func best(
    _ program: Program, _ rows: [Facts.Row], _ expected: [Bool], loops: Int
  ) throws -> Double {
    let wanted = expected.prefix(rows.count).count { $0 } * loops
    var best = Double.infinity
    for _ in 0..<10 {
      let start = threadNanoseconds()
      var found = 0
      for _ in 0..<loops {
        for row in rows {
          if case .bool(true) = program.value(of: row) { found += 1 }
        }
      }
      let time = threadNanoseconds() - start
      guard found == wanted else { throw BenchError(description: "\(found) hold, not \(wanted)") }
      best = min(best, Double(time) / Double(rows.count * loops))
    }
    return best
  }

  /// The CPU time this thread has used, which other processes do not add to.
  private func threadNanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }

  private func object(_ figures: [(key: String, nanoseconds: Double)]) -> String {
    "{" + figures.map { "\"\($0.key)\":\(text($0.nanoseconds))" }.joined(separator: ",") + "}"
  }

  private func text(_ nanoseconds: Double) -> String { "\((nanoseconds * 10).rounded() / 10)" }
}

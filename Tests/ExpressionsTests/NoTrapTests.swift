import Diagnostics
import Expressions
import Support
import Testing

@Suite("Whatever comes in")
struct NoTrapTests {
  @Test(
    "every term has a value of its type, is missing or failed", arguments: 0..<6 as Range<UInt64>)
  func evaluation(seed: UInt64) throws {
    var invented = RandomTerm(seed: seed)
    let context = EvaluationContext(now: TestRow.now, zone: try zone("Europe/Berlin"))
    var decided = 0
    for _ in 0..<100 {
      let type = invented.type()
      let term = invented.term(type)
      let program = Program(term, slots: RandomTerm.slots, context: context)
      for _ in 0..<4 {
        let value = program.value(of: invented.row(), severity: .medium)
        #expect(has(value, type), "\(term.text) is \(value)")
        if case .missing = value { continue }
        if case .error(let error) = value {
          if case .wrongType = error { Issue.record("\(term.text) is \(value)") }
          continue
        }
        decided += 1
      }
    }
    #expect(decided > 100)
  }

  private func has(_ value: Value, _ type: ValueType) -> Bool {
    switch (value, type) {
    case (.missing, _), (.error, _), (.bool, .bool), (.number, .number), (.text, .text),
      (.instant, .instant), (.duration, .duration):
      true
    case (.list(let values), .list(let element)): values.allSatisfy { has($0, element) }
    default: false
    }
  }

  /// Each of the roundings is near a whole number, and would be decided anew for all around it.
  @Test(
    "nested roundings end", .timeLimit(.minutes(1)),
    arguments: ["floor(0.9 + 0.1 * ", "ceil(1.1 - ", "round(0.1 + ", "1.3 + 7.7 % (0.1 + "])
  func nesting(piece: String) throws {
    let text = String(repeating: piece, count: 18) + "0.3" + String(repeating: ")", count: 18)
    #expect(try evaluate("\(text) is missing") == "false")
  }

  @Test("every expression that can be written is checked", arguments: 0..<6 as Range<UInt64>)
  func checking(seed: UInt64) {
    var invented = RandomSyntax(.rule, seed: seed)
    let checker = Checker(scope: .action)
    for _ in 0..<500 {
      let text = invented.next().text()
      let (expression, diagnostics) = checker.check(text)
      #expect((expression == nil) == diagnostics.contains { $0.severity == .error }, "\(text)")
      #expect(diagnostics.allSatisfy { $0.span.upperBound <= text.utf8.count }, "\(text)")
    }
  }

  @Test(
    "long and deep texts are read or refused",
    arguments: [
      "(", "[", "{1:", "!", "-", "- ", "not ", "a.", "a[", "f(", "a ? ", "a ? b : ", "1 + ",
      "a && ",
      "a and ", "80% of ", "\"", "`", "a in ", "a == not ", "x between ", "9", "9_", "a%",
      "m[30d, ",
      "\u{E9}", "a ago ", "\"x\" + ", "{a ? ", "a{b: ", "b'", "// ", "\n", "1u ", ".5", "e9",
      "r\"\\",
    ])
  func repetition(piece: String) {
    for count in [3, 200, 16_384 / piece.utf8.count, 40_000] {
      for end in ["", "1", "a)"] {
        let text = String(repeating: piece, count: count) + end
        for dialect in [Dialect.rule, .cel] {
          if let tree = try? Parser.parse(text, dialect: dialect) {
            #expect(!tree.text(in: dialect).isEmpty)
          }
        }
        let checked = Checker(scope: .action).check(text)
        #expect(checked.diagnostics.allSatisfy { $0.span.upperBound <= text.utf8.count })
      }
    }
  }
}

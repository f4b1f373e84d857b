import Expressions
import Support
import Testing

/// Random expressions with macros, tables and functions: whatever they are, they give a value.
@Suite("Random macros")
struct LoopPropertyTests {
  @Test("never trap, and read back as themselves", arguments: 0..<6 as Range<UInt64>)
  func readBack(seed: UInt64) throws {
    var writer = Writer(random: SeededGenerator(seed: seed))
    let checker = Checker(scope: .test)
    var checked = 0
    for _ in 0..<100 {
      let text = writer.condition(depth: 5, variables: [])
      guard let term = checker.check(text).expression?.term else { continue }
      checked += 1
      #expect(checker.check(term.text).expression?.term == term, "\(text)\n\(term.text)")
      #expect(try evaluate(text) == evaluate(term.text), "\(text)")
      for name in ["customer.scores", "customer.tags"] {
        #expect(try !evaluate(text, with: [name: .missing]).isEmpty)
        #expect(try !evaluate(text, with: [name: .list([.missing, .error(.overflow)])]).isEmpty)
      }
    }
    #expect(checked > 40)
  }

  /// `exists` is an `or` and `all` an `and` over the elements, known or not.
  @Test("are Kleene's quantifiers", arguments: 0..<6 as Range<UInt64>)
  func laws(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<60 {
      let elements = (0..<Int.random(in: 0..<5, using: &random)).map { _ in
        [1, 2, 3, nil].randomElement(using: &random) ?? nil
      }
      let bodies = ["E > 1", "E == 2", "E < 3 or E > 9", "E is missing", "not (E == 1)"]
      let body = bodies.randomElement(using: &random) ?? ""
      let test = body.replacing("E", with: "x")
      let each = elements.map { element in
        "(\(body.replacing("E", with: element.map { "\($0)" } ?? "revenue[7d]")))"
      }
      let list = Value.list(elements.map { $0.map { .number(Double($0)) } ?? .missing })
      func value(_ text: String) throws -> String {
        try evaluate(text, with: ["customer.scores": list])
      }
      #expect(
        try value("customer.scores.exists(x, \(test))")
          == value(each.isEmpty ? "false" : each.joined(separator: " or ")))
      #expect(
        try value("customer.scores.all(x, \(test))")
          == value(each.isEmpty ? "true" : each.joined(separator: " and ")))
    }
  }

  /// Writes expressions of a wanted kind; some of them have mistakes.
  private struct Writer {
    var random: SeededGenerator

    mutating func pick(_ options: [String]) -> String {
      options.randomElement(using: &random) ?? "1"
    }

    mutating func condition(depth: Int, variables: [String]) -> String {
      guard depth > 0 else { return pick(["true", "customer.vip", "revenue[7d] > 1"]) }
      let next = depth - 1
      switch Int.random(in: 0..<9, using: &random) {
      case 0:
        return "(\(condition(depth: next, variables: variables))) \(pick(["and", "or"])) "
          + "(\(condition(depth: next, variables: variables)))"
      case 1: return "not (\(condition(depth: next, variables: variables)))"
      case 2...4:
        let name = "v\(variables.count)"
        let macro = pick(["all", "exists", "existsOne"])
        return "(\(list(depth: next, variables: variables))).\(macro)(\(name), "
          + "\(condition(depth: next, variables: variables + [name])))"
      case 5:
        return "(\(number(depth: next, variables: variables))) in "
          + "(\(list(depth: next, variables: variables)))"
      case 6: return "has(\(number(depth: next, variables: variables)))"
      default:
        return "\(number(depth: next, variables: variables)) \(pick(["==", "<", ">=", "!="])) "
          + number(depth: next, variables: variables)
      }
    }

    mutating func number(depth: Int, variables: [String]) -> String {
      guard depth > 0 else {
        return pick(
          ["1", "0.1", "-2.5", "revenue[7d]", "revenue[30d]", "customer.balance"] + variables)
      }
      let next = depth - 1
      switch Int.random(in: 0..<8, using: &random) {
      case 0, 1:
        return "(\(number(depth: next, variables: variables)) \(pick(["+", "-", "*", "/"])) "
          + "\(number(depth: next, variables: variables)))"
      case 2: return "\(pick(["sum", "size", "max"]))(\(list(depth: next, variables: variables)))"
      case 3: return "(\(list(depth: next, variables: variables)))[\(pick(["0", "1", "7"]))]"
      case 4:
        return "(\(number(depth: next, variables: variables))).orValue("
          + "\(number(depth: next, variables: variables)))"
      case 5:
        return "{1: \(number(depth: next, variables: variables)), 2: 3}"
          + "[\(number(depth: next, variables: variables))]"
      case 6:
        let name = "b\(variables.count)"
        return "cel.bind(\(name), \(number(depth: next, variables: variables)), "
          + "\(number(depth: next, variables: variables + [name])))"
      default: return number(depth: 0, variables: variables)
      }
    }

    mutating func list(depth: Int, variables: [String]) -> String {
      guard depth > 0 else { return pick(["customer.scores", "[1, 2.5]", "[]", "lists.range(3)"]) }
      let next = depth - 1
      let name = "v\(variables.count)"
      switch Int.random(in: 0..<7, using: &random) {
      case 0:
        return "(\(list(depth: next, variables: variables))).filter(\(name), "
          + "\(condition(depth: next, variables: variables + [name])))"
      case 1:
        return "(\(list(depth: next, variables: variables))).map(\(name), "
          + "\(number(depth: next, variables: variables + [name])))"
      case 2:
        return "(\(list(depth: next, variables: variables))).transformList(i\(name), \(name), "
          + "\(number(depth: next, variables: variables + [name, "i\(name)"])))"
      case 3:
        return "(\(list(depth: next, variables: variables)))"
          + pick([".sort()", ".distinct()", ".reverse()", ".slice(0, 1)"])
      case 4:
        return "(\(list(depth: next, variables: variables)) + "
          + "\(list(depth: next, variables: variables)))"
      default: return list(depth: 0, variables: variables)
      }
    }
  }
}

import Expressions
import Postgres
import SQLText
import Support
import Testing

@Suite("Comparisons near a tie")
struct DecimalTests {
  /// Both sides are computed by PostgreSQL with 45 digits after the point; none of the differences
  /// is as small as 30 digits and yet none.
  @Test("come out as they do in PostgreSQL's numeric", arguments: 0..<4 as Range<UInt64>)
  func differential(seed: UInt64) async throws {
    var maker = FormulaMaker(seed: seed)
    let pairs = (0..<900).map { _ in maker.pair() }
    let differences = pairs.map { "sign(round(\($0.left.sql) - \($0.right.sql), 30))::int" }
    let rows = try await withTestDatabase { database in
      try await database.connection.query(
        SQL(trusted: "SELECT unnest(ARRAY[\(differences.joined(separator: ",\n"))])"))
    }
    #expect(rows.count == pairs.count)
    for (pair, row) in zip(pairs, rows) {
      let sign = row.first?.flatMap { $0 }.flatMap { Int($0) }
      for (comparison, holds) in Self.comparisons {
        let text = "\(pair.left.rule) \(comparison) \(pair.right.rule)"
        let expected = sign.map { Value.bool(holds($0)) } ?? .missing
        let found = try Self.evaluate(text, pair.inputs)
        #expect(found == expected, "\(text), inputs \(pair.inputs)")
      }
    }
    let ties = rows.count { $0.first == "0" }
    #expect(ties > pairs.count / 5 && ties < pairs.count * 4 / 5, "\(ties) of \(pairs.count) tie")
  }

  private static let comparisons: [(String, @Sendable (Int) -> Bool)] = [
    ("==", { $0 == 0 }), ("!=", { $0 != 0 }), ("<", { $0 < 0 }), ("<=", { $0 <= 0 }),
    (">", { $0 > 0 }), (">=", { $0 >= 0 }),
  ]

  private static func evaluate(_ text: String, _ inputs: [String]) throws -> Value {
    var scope = Scope()
    var slots: [Input: Int] = [:]
    for index in inputs.indices {
      let (name, input) = ("x\(index)", Input.field(path: ["x\(index)"]))
      scope.names[name] = NamedTerm(name: name, type: .number, term: .input(input, .number))
      slots[input] = index
    }
    let checked = Checker(scope: scope).check(text)
    let term = try #require(checked.expression, "\(text): \(checked.diagnostics)").term
    let context = EvaluationContext(now: TestRow.now, zone: .utc)
    let row = TestRow(values: inputs.map { Double($0).map { .number($0) } ?? .missing })
    return Program(term, slots: slots, context: context).value(of: row)
  }
}

/// A number as a rule computes it and as PostgreSQL does.
private struct Formula {
  var rule: String
  var sql: String

  static func + (a: Formula, b: Formula) -> Formula { a.joined("+", b) }
  static func - (a: Formula, b: Formula) -> Formula { a.joined("-", b) }
  static func * (a: Formula, b: Formula) -> Formula { a.joined("*", b) }

  /// The quotient; missing, and NULL, if the divisor is zero.
  static func / (a: Formula, b: Formula) -> Formula {
    let divisor = "(\(b.sql) / NULLIF(abs(sign(round(\(b.sql), 30))), 0))"
    return Formula(rule: "(\(a.rule) / \(b.rule))", sql: "(\(a.sql) / \(divisor))")
  }

  private func joined(_ sign: String, _ other: Formula) -> Formula {
    Formula(rule: "(\(rule) \(sign) \(other.rule))", sql: "(\(sql) \(sign) \(other.sql))")
  }
}

/// Makes pairs of formulas that are often equal, or nearly so.
private struct FormulaMaker {
  private var random: SeededGenerator

  /// What the names x0, x1 and so on stand for.
  private var inputs: [String] = []

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func pair() -> (left: Formula, right: Formula, inputs: [String]) {
    inputs = []
    let (left, right) = sides()
    return (left, right, inputs)
  }

  private mutating func sides() -> (left: Formula, right: Formula) {
    let (a, b, c, d) = (money(), money(), money(), money())
    switch Int.random(in: 0..<9, using: &random) {
    case 0:
      return (a + b - c, near(a + b - c))
    case 1:
      return (a - b - a + b, near(number(0)))
    case 2:
      let percent = percent(Int.random(in: 1..<200, using: &random))
      return (a * percent, near(percent * a))
    case 3:
      return share()
    case 4:
      return (a / b * b, near(a))
    case 5:
      return (a / b + c / b, near((a + c) / b))
    case 6:
      return ((a - b) / c * d, near((a * d - b * d) / c))
    case 7:
      return (a / (b - c) * (b - c) + d, near(d + a))
    default:
      return (tree(2), tree(2))
    }
  }

  /// A share of what was before that is, or nearly is, a whole percentage.
  private mutating func share() -> (left: Formula, right: Formula) {
    let percentage = Int.random(in: 1..<100, using: &random)
    let hundreds = Int.random(in: 1..<100_000, using: &random)
    let previous = number(hundreds * 100)
    let nudge = Int.random(in: 0..<3, using: &random) == 0 ? 1 : 0
    let current = number(hundreds * (100 - percentage) + nudge)
    return ((previous - current) / previous, percent(percentage))
  }

  /// The same, or the same but for a hundredth or a part in ten thousand million.
  private mutating func near(_ formula: Formula) -> Formula {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: formula + number(1)
    case 1: formula - literal("0.0000001")
    default: formula
    }
  }

  private mutating func tree(_ depth: Int) -> Formula {
    guard depth > 0 else { return money() }
    let (a, b) = (tree(depth - 1), tree(depth - 1))
    return switch Int.random(in: 0..<4, using: &random) {
    case 0: a + b
    case 1: a - b
    case 2: a * b
    default: a / b
    }
  }

  private mutating func money() -> Formula {
    let size = [10, 1000, 100_000, 10_000_000].randomElement(using: &random) ?? 10
    return number(Int.random(in: 1...size, using: &random))
  }

  private func percent(_ percentage: Int) -> Formula {
    Formula(rule: "\(percentage)%", sql: "(\(percentage)::numeric(80, 45) / 100)")
  }

  /// Hundredths, written out or read from the row.
  private mutating func number(_ hundredths: Int) -> Formula {
    let (whole, rest) = hundredths.quotientAndRemainder(dividingBy: 100)
    let text = "\(whole).\(rest < 10 ? "0" : "")\(rest)"
    guard Bool.random(using: &random) || hundredths == 0 else { return literal(text) }
    inputs.append(text)
    return Formula(rule: "x\(inputs.count - 1)", sql: literal(text).sql)
  }

  private func literal(_ text: String) -> Formula {
    Formula(rule: text, sql: "\(text)::numeric(80, 45)")
  }
}

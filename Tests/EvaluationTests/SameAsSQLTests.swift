import Evaluation
import Expressions
import Postgres
import SQLText
import Support
import Testing

@Suite("Conditions that SQL can say too")
struct SameAsSQLTests {
  @Test(
    "come to the same in a batch, for a row alone and in PostgreSQL, whose numbers are decimals",
    arguments: 0..<3)
  func threeWays(seed: Int) async throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let statements = SQLRows.statements(rows: 100, using: &random)
    let conditions = (0..<40).map { _ in Condition.random(depth: 3, using: &random) }
    try await withTestDatabase { database in
      for statement in statements { _ = try await database.connection.query(statement) }
      let batch = try await SQLRows.fetch(from: database.connection)
      #expect(batch.rowCount == 100)
      var evaluation = BatchProgram(
        conditions.map(\.term), slots: SQLRows.slots, context: SQLRows.context
      ).evaluate(batch)
      var seen: Set<Value> = []
      for (number, condition) in conditions.enumerated() {
        let outcome = evaluation.outcome(of: number)
        let program = Program(condition.term, slots: SQLRows.slots, context: SQLRows.context)
        let answers = try await database.connection.query(
          "SELECT \(condition.sql) FROM thing ORDER BY id")
        for (row, answer) in answers.enumerated() {
          let expected: Value = answer[0].map { .bool($0 == "t") } ?? .missing
          let alone = program.value(of: batch.row(row))
          let inBatch: Value =
            outcome.isTrue[row] ? .bool(true) : outcome.isFalse[row] ? .bool(false) : .missing
          seen.insert(expected)
          guard alone != expected || inBatch != expected else { continue }
          Issue.record(
            """
            row \(row): PostgreSQL says \(expected), the row evaluator \(alone), the batch \
            \(inBatch): \(condition.term.text)
            """)
          return
        }
        #expect(outcome.errors.isEmpty)
      }
      #expect(seen == [.bool(true), .bool(false), .missing])
    }
  }
}

/// A table whose values come near to each other, and meet, and are missing.
private enum SQLRows {
  static let amount = Input.field(path: ["thing", "amount"])
  static let other = Input.field(path: ["thing", "other"])
  static let flag = Input.field(path: ["thing", "flag"])
  static let kind = Input.field(path: ["thing", "kind"])
  static let slots = [amount: 1, other: 2, flag: 3, kind: 4]
  static let context = EvaluationContext(now: Instant(microseconds: 0), zone: .utc)
  static let numbers = [
    "0", "0.1", "0.2", "0.3", "0.7", "1", "1.5", "3", "7", "10", "12.5", "33.33", "66.67", "99.99",
    "-0.3", "-1", "-12.5",
  ]
  static let texts = ["", "a", "A", "ä", "a\u{308}", "it's", "something longer"]

  static func statements(rows: Int, using random: inout SeededGenerator) -> [SQL] {
    let values = (0..<rows).map { id -> SQL in
      let amount = ([nil] + numbers).randomElement(using: &random) ?? nil
      let other = ([nil] + numbers).randomElement(using: &random) ?? nil
      let flag: Bool? = [nil, true, false].randomElement(using: &random) ?? nil
      let kind = ([nil] + texts).randomElement(using: &random) ?? nil
      return """
        (\(bind: id)::int, \(bind: amount)::numeric, \(bind: other)::numeric,
          \(bind: flag)::boolean, \(bind: kind))
        """
    }
    return [
      "CREATE TABLE thing (id int, amount numeric, other numeric, flag boolean, kind text)",
      "INSERT INTO thing VALUES \(values.joined(separator: ", "))",
    ]
  }

  static func fetch(from connection: Connection) async throws -> ColumnBatch {
    var builder = try await connection.copyOut(
      "SELECT id::text, amount::float8, other::float8, flag, kind FROM thing ORDER BY thing.id",
      into: ColumnBatchBuilder(types: [.text, .number, .number, .bool, .text])
    ) { try $0.append(copyRow: $1) }
    return builder.finish()
  }
}

/// A term and the SQL that should come to the same.
private struct Condition: Sendable {
  var term: Term
  var sql: SQL

  private static let relations: [(Operation, SQL)] = [
    (.equal, "="), (.notEqual, "<>"), (.less, "<"), (.lessOrEqual, "<="), (.greater, ">"),
    (.greaterOrEqual, ">="),
  ]

  static func random(depth: Int, using random: inout SeededGenerator) -> Condition {
    func part() -> Condition { Self.random(depth: depth - 1, using: &random) }
    func number() -> Condition { Self.number(depth: 2, using: &random) }
    switch Int.random(in: depth > 0 ? 0..<9 : 4..<9, using: &random) {
    case 0: return joined(.and, " AND ", [part(), part(), part()])
    case 1: return joined(.or, " OR ", [part(), part()])
    case 2:
      let negated = part()
      return Condition(term: .apply(.not, [negated.term]), sql: "(NOT \(negated.sql))")
    case 3:
      let tested = Bool.random(using: &random) ? part() : number()
      return Bool.random(using: &random)
        ? Condition(term: .apply(.isMissing, [tested.term]), sql: "(\(tested.sql) IS NULL)")
        : Condition(term: .apply(.isPresent, [tested.term]), sql: "(\(tested.sql) IS NOT NULL)")
    case 4: return Condition(term: .input(SQLRows.flag, .bool), sql: "flag")
    case 5: return text(using: &random)
    case 6:
      let (value, low, high) = (number(), number(), number())
      return Condition(
        term: .apply(.between, [value.term, low.term, high.term]),
        sql: "(\(value.sql) BETWEEN \(low.sql) AND \(high.sql))")
    default:
      let (operation, sign) = relations.randomElement(using: &random) ?? (.equal, "=")
      return joined(operation, " \(sign) ", [number(), number()])
    }
  }

  private static func joined(_ operation: Operation, _ sign: SQL, _ parts: [Condition]) -> Condition
  {
    Condition(
      term: .apply(operation, parts.map(\.term)),
      sql: "(\(parts.map(\.sql).joined(separator: sign)))")
  }

  private static func text(using random: inout SeededGenerator) -> Condition {
    let kind = Term.input(SQLRows.kind, .text)
    let texts = Array(SQLRows.texts.shuffled(using: &random).prefix(2))
    let terms = texts.map { Term.constant(.text($0)) }
    let column: SQL = #"kind COLLATE "C""#
    return switch Int.random(in: 0..<3, using: &random) {
    case 0:
      Condition(term: .apply(.equal, [kind, terms[0]]), sql: "(\(column) = \(bind: texts[0]))")
    case 1:
      Condition(
        term: .apply(.notEqual, [terms[0], kind]), sql: "(\(bind: texts[0]) <> \(column))")
    default:
      Condition(
        term: .apply(.isIn, [kind, .apply(.list, terms)]),
        sql: "(\(column) = ANY (\(bind: texts)::text[]))")
    }
  }

  /// A calculation that is exact in decimals of few digits: divisions end.
  private static func number(depth: Int, using random: inout SeededGenerator) -> Condition {
    guard depth > 0 else {
      switch Int.random(in: 0..<3, using: &random) {
      case 0: return Condition(term: .input(SQLRows.amount, .number), sql: "amount")
      case 1: return Condition(term: .input(SQLRows.other, .number), sql: "other")
      default: return constant(SQLRows.numbers.randomElement(using: &random) ?? "0")
      }
    }
    func part() -> Condition { number(depth: depth - 1, using: &random) }
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return joined(.add, " + ", [part(), part()])
    case 1: return joined(.subtract, " - ", [part(), part()])
    case 2: return joined(.multiply, " * ", [part(), part()])
    case 3:
      let divisor = constant(["2", "4", "0.5", "-8", "10"].randomElement(using: &random) ?? "2")
      return joined(.divide, " / ", [part(), divisor])
    case 4:
      let operand = part()
      return Condition(term: .apply(.negate, [operand.term]), sql: "(- \(operand.sql))")
    case 5:
      let operand = part()
      return Condition(
        term: .apply(.function(.abs), [operand.term]), sql: "abs(\(operand.sql))")
    case 6:
      // Neither side counts while it is unknown which.
      let (test, then, otherwise) = (Self.random(depth: 0, using: &random), part(), part())
      return Condition(
        term: .apply(.conditional, [test.term, then.term, otherwise.term]),
        sql: "(CASE \(test.sql) WHEN true THEN \(then.sql) WHEN false THEN \(otherwise.sql) END)")
    default: return number(depth: 0, using: &random)
    }
  }

  private static func constant(_ digits: String) -> Condition {
    Condition(
      term: .constant(.number(Double(digits) ?? 0)), sql: "\(bind: digits)::numeric")
  }
}

import Evaluation
import Expressions
import Support
import Testing

@Suite("Programs over batches")
struct BatchProgramTests {
  @Test("agree with the row evaluator on whatever conditions and rows", arguments: 0..<40)
  func differential(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let batch = try RandomBatch.make(rows: 131, using: &random)
    let terms = (0..<60).map { _ in RandomTerm.condition(depth: 4, using: &random) }
    var evaluation = Self.program(terms).evaluate(batch)
    for (number, term) in terms.enumerated() {
      let outcome = evaluation.outcome(of: number)
      let reference = Program(term, slots: RandomBatch.slots, context: RandomBatch.context)
      for row in 0..<batch.rowCount {
        let value = reference.value(of: batch.row(row))
        let error = outcome.errors.first { $0.row == row }?.error
        let found: Value =
          outcome.isTrue[row]
          ? .bool(true) : outcome.isFalse[row] ? .bool(false) : error.map(Value.error) ?? .missing
        guard found != value else { continue }
        Issue.record("row \(row): \(term.text) gives \(found), not \(value)")
        return
      }
    }
  }

  @Test("compute once what conditions share")
  func sharing() {
    let amount = Term.input(RandomBatch.amount, .number)
    let share = Term.apply(.multiply, [amount, .constant(.number(0.7))])
    let isLess = Term.apply(.less, [share, .constant(.number(3))])
    let named = Term.apply(.less, [.named("share", share), .constant(.number(3))])
    let isMore = Term.apply(.greater, [share, .constant(.number(3))])
    let alone = Self.program([isLess]).stepCount
    #expect(Self.program([isLess, named]).stepCount == alone)
    #expect(Self.program([isLess, named, isMore]).stepCount == alone + 1)
  }

  @Test("leave ties to the decimals")
  func ties() throws {
    let rows = [(10.0, 7.0), (10, 7.000_000_1), (0.3, 0.1)]
    var builder = ColumnBatchBuilder(types: RandomBatch.types)
    for (amount, other) in rows {
      try RandomBatch.append(
        .init(amount: amount, other: other), to: &builder)
    }
    let batch = builder.finish()
    let amount = Term.input(RandomBatch.amount, .number)
    let other = Term.input(RandomBatch.other, .number)
    let drop = Term.apply(.divide, [.apply(.subtract, [amount, other]), amount])
    let condition = Term.apply(.greaterOrEqual, [drop, .constant(.number(0.3))])
    var evaluation = Self.program([condition]).evaluate(batch)
    #expect(Array(evaluation.outcome(of: 0).isTrue.setIndices) == [0, 2])
  }

  /// PostgreSQL's infinite times are before and after all others, whatever is added to them.
  @Test("never trap on infinite times", arguments: [Int64.min, .max])
  func infiniteTimes(time: Int64) throws {
    var builder = ColumnBatchBuilder(types: RandomBatch.types)
    try RandomBatch.append(.init(time: time), to: &builder)
    let batch = builder.finish()
    func outcome(_ term: Term) -> BatchOutcome {
      var evaluation = Self.program([term]).evaluate(batch)
      return evaluation.outcome(of: 0)
    }
    let input = Term.input(RandomBatch.time, .instant)
    #expect(outcome(.apply(.greater, [input, .now])).isTrue[0] == (time > 0))
    for function in [Function.since, .until] {
      let days = Term.apply(.function(.days), [.apply(.function(function), [input])])
      let found = outcome(.apply(.greater, [days, .constant(.number(1))]))
      #expect(found.isTrue[0] || found.isFalse[0] || !found.errors.isEmpty)
    }
    for function in [Function.weekday, .month, .hour] {
      let part = Term.apply(.function(function), [input])
      let found = outcome(.apply(.greater, [part, .constant(.number(1))]))
      #expect(found.isTrue[0] || found.isFalse[0] || !found.errors.isEmpty)
    }
    let sum = Term.apply(.add, [input, .constant(.duration(Period(months: 1, days: 40)))])
    #expect(outcome(.apply(.greater, [sum, .now])).isTrue[0] == (time > 0))
  }

  private static func program(_ conditions: [Term]) -> BatchProgram {
    BatchProgram(conditions, slots: RandomBatch.slots, context: RandomBatch.context)
  }
}

import Evaluation
import Expressions
import Support
import Testing

@Suite struct BatchConditionTests {
  static let number = Input.field(path: ["thing", "number"])
  static let flag = Input.field(path: ["thing", "flag"])
  static let time = Input.field(path: ["thing", "time"])
  static let slots = [number: 1, flag: 2, time: 3]
  static let context = EvaluationContext(
    now: Instant(microseconds: 1_773_158_400_000_000),
    zone: Zone(identifier: "America/New_York") ?? .utc)

  /// `thing.number > 10 and thing.flag`.
  static let condition = Term.apply(
    .and,
    [
      .apply(.greater, [.input(number, .number), .constant(.number(10))]),
      .input(flag, .bool),
    ])

  @Test func everySelectedRowIsInOneSet() throws {
    let batch = try batch([
      (11, true, 0), (9, true, 0), (nil, true, 0), (nil, false, 0), (11, nil, 0), (9, nil, 0),
      (.nan, true, 0), (.nan, false, 0),
    ])
    let outcome = evaluate(Self.condition, batch)
    #expect(Array(outcome.isTrue.setIndices) == [0])
    #expect(Array(outcome.isFalse.setIndices) == [1, 3, 5, 7])
    #expect(Array(outcome.isUnknown.setIndices) == [2, 4])
    #expect(Array(outcome.isError.setIndices) == [6])
    #expect(outcome.errors == [.init(row: 6, error: .outOfRange("nan"))])
  }

  @Test func rowsOutsideTheSelectionAreInNone() throws {
    let batch = try batch([(11, true, 0), (12, true, 0), (nil, true, 0), (.nan, true, 0)])
    var selection = Bitmap(count: 4)
    selection[1] = true
    let outcome = evaluate(Self.condition, batch, in: selection)
    #expect(outcome.isTrue == selection)
    #expect(outcome.isFalse.setCount + outcome.isUnknown.setCount + outcome.isError.setCount == 0)
    #expect(outcome.errors.isEmpty)
  }

  /// PostgreSQL's infinite times are before and after all others, whatever is added to them.
  @Test(arguments: [Int64.min, .max])
  func infiniteTimesNeverTrap(time: Int64) throws {
    let batch = try batch([(1, true, time)])
    let input = Term.input(Self.time, .instant)
    let later = Term.apply(.greater, [input, .now])
    #expect(evaluate(later, batch).isTrue[0] == (time > 0))
    for function in [Function.since, .until] {
      let days = Term.apply(.function(.days), [.apply(.function(function), [input])])
      let outcome = evaluate(.apply(.greater, [days, .constant(.number(1))]), batch)
      #expect(outcome.isTrue[0] || outcome.isFalse[0] || outcome.isError[0])
    }
    for function in [Function.weekday, .month, .hour] {
      let part = Term.apply(.function(function), [input])
      let outcome = evaluate(.apply(.greater, [part, .constant(.number(1))]), batch)
      #expect(!outcome.isUnknown[0])
    }
    let sum = Term.apply(.add, [input, .constant(.duration(Period(months: 1, days: 40)))])
    #expect(evaluate(.apply(.greater, [sum, .now]), batch).isTrue[0] == (time > 0))
  }

  @Test func batchesAreEvaluatedAsTheirRowsAre() throws {
    var random = SeededGenerator(seed: 5)
    let rows = (0..<300).map { _ in
      (
        [nil, 9, 10, 10.5, 11, .infinity].randomElement(using: &random) ?? nil,
        [nil, true, false].randomElement(using: &random) ?? nil, Int64(0)
      )
    }
    let batch = try batch(rows)
    let outcome = evaluate(Self.condition, batch)
    let program = Program(Self.condition, slots: Self.slots, context: Self.context)
    for index in 0..<batch.rowCount {
      let value = program.value(of: batch.row(index))
      #expect(outcome.isTrue[index] == (value == .bool(true)))
      #expect(outcome.isFalse[index] == (value == .bool(false)))
      #expect(outcome.isUnknown[index] == (value == .missing))
    }
  }

  private func evaluate(
    _ term: Term, _ batch: ColumnBatch, in selection: Bitmap? = nil
  ) -> BatchOutcome {
    BatchCondition(term, slots: Self.slots, context: Self.context)
      .evaluate(batch, in: selection)
  }

  private func batch(_ rows: [(Double?, Bool?, Int64)]) throws -> ColumnBatch {
    var builder = ColumnBatchBuilder(types: [.text, .number, .bool, .instant])
    for (number, flag, time) in rows {
      let bytes = CopyRow.bytes { row in
        row.text("k")
        if let number { row.number(number) } else { row.null() }
        if let flag { row.bool(flag) } else { row.null() }
        row.integer(time)
      }
      try bytes.withUnsafeBytes { try builder.append(copyRow: $0) }
    }
    return builder.finish()
  }
}

import Evaluation
import Expressions
import Planning
import Postgres

/// What a plan fetched, by key.
struct FetchedRows: Sendable {
  /// The keys of the rows as they came.
  private(set) var keys: [String] = []
  private(set) var labels: [String: Value] = [:]
  let batches: [ColumnBatch]
  private var rows: [String: ColumnBatch.Row] = [:]
  private let slots: [Input: Int]

  /// Runs a plan as a run does: in a transaction, under the tenant's zone, by COPY.
  init(_ plan: FetchPlan, from connection: Connection) async throws {
    slots = plan.slots
    batches = try await connection.transaction { connection in
      let zone = try await connection.quoted(plan.zone.identifier)
      try await connection.execute(script: "SET LOCAL TimeZone = \(zone)")
      return try await connection.copyOut(
        plan.query, into: Batches(types: plan.types, seriesLengths: plan.seriesLengths)
      ) {
        try $0.append($1)
      }.finished()
    }
    for batch in batches {
      for index in 0..<batch.rowCount {
        let row = batch.row(index)
        guard case .text(let key) = row.value(at: 0) else { continue }
        keys.append(key)
        labels[key] = row.value(at: 1)
        rows[key] = row
      }
    }
  }

  /// One value, `nil` if there is no such row or input.
  subscript(key: String, input: Input) -> Value? {
    slots[input].flatMap { rows[key]?.value(at: $0) }
  }

  private struct Batches: Sendable {
    var full: [ColumnBatch] = []
    var builder: ColumnBatchBuilder

    init(types: [ValueType], seriesLengths: [Int: Int]) {
      builder = ColumnBatchBuilder(types: types, seriesLengths: seriesLengths)
    }

    mutating func append(_ row: UnsafeRawBufferPointer) throws {
      try builder.append(copyRow: row)
      if builder.isFull { full.append(builder.finish()) }
    }

    consuming func finished() -> [ColumnBatch] { full + [builder.finish()] }
  }
}

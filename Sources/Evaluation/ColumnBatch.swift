package import Expressions

/// Rows as typed columns, decoded straight from PostgreSQL's binary COPY.
package struct ColumnBatch: Sendable {
  package let rowCount: Int

  /// One row's values by slot; slot 0 is the key and slot 1 the label.
  package func row(_ index: Int) -> Row { Row() }

  /// One row of a batch, as the evaluator reads it.
  package struct Row: RowSource {
    package func value(at slot: Int) -> Value { .missing }
  }
}

/// Fills batches from the rows of a binary COPY.
package struct ColumnBatchBuilder: Sendable {
  package static let batchSize = 8192

  /// Creates a builder; `types` are those of all columns of the query, in order.
  package init(types: [ValueType]) {}

  /// How many rows stand in the unfinished batch.
  package var rowCount: Int { 0 }

  /// Decodes one row: a field count and the fields, as in a CopyData message.
  package mutating func append(copyRow: UnsafeRawBufferPointer) throws(ColumnError) {}

  /// Hands out the rows so far as a batch and starts the next.
  package mutating func finish() -> ColumnBatch { ColumnBatch(rowCount: 0) }
}

/// The query sent something else than its plan said.
package struct ColumnError: Error, Sendable, Hashable {
  package var message: String
}

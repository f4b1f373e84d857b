package import Expressions

/// Rows as typed columns, decoded straight from PostgreSQL's binary COPY.
package struct ColumnBatch: Sendable, Hashable {
  package let rowCount: Int

  /// The columns by slot; slot 0 is the key and slot 1 the label.
  package let columns: [Column]

  /// One row's values by slot.
  package func row(_ index: Int) -> Row {
    precondition(index < rowCount, "A row's place is below the batch's row count.")
    return Row(columns: columns, index: index)
  }

  /// One row of a batch, as the evaluator reads it.
  package struct Row: RowSource {
    let columns: [Column]
    package let index: Int

    package func value(at slot: Int) -> Value { columns[slot].value(at: index) }
  }
}

/// The query sent something else than its plan said.
package struct ColumnError: Error, Sendable, Hashable {
  package var message: String

  /// Creates an error.
  package init(message: String) { self.message = message }
}

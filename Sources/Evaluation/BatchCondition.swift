package import Expressions

/// A condition compiled for batches of one layout.
package struct BatchCondition: Sendable {
  private let program: Program

  /// Compiles a condition; `slots` are the places of the plan's columns in a batch.
  package init(_ term: Term, slots: [Input: Int], context: EvaluationContext) {
    program = Program(term, slots: slots, context: context)
  }

  /// Evaluates the condition for the selected rows, for all if `selection` is `nil`.
  package func evaluate(_ batch: ColumnBatch, in selection: Bitmap? = nil) -> BatchOutcome {
    var outcome = BatchOutcome(rowCount: batch.rowCount)
    let rows = selection ?? Bitmap(repeating: true, count: batch.rowCount)
    for index in rows.setIndices {
      switch program.value(of: batch.row(index)) {
      case .bool(true): outcome.isTrue[index] = true
      case .bool(false): outcome.isFalse[index] = true
      case .missing: outcome.isUnknown[index] = true
      case .error(let error):
        outcome.isError[index] = true
        outcome.errors.append(.init(row: index, error: error))
      case .number, .text, .instant, .duration, .list:
        preconditionFailure("A checked condition is true, false or unknown.")
      }
    }
    return outcome
  }
}

/// What a condition came to for each row of a batch: every row that was selected is in exactly
/// one of the four sets.
package struct BatchOutcome: Sendable, Hashable {
  package var isTrue: Bitmap
  package var isFalse: Bitmap

  /// Rows for which the condition hangs on something missing.
  package var isUnknown: Bitmap

  /// Rows that could not be evaluated.
  package var isError: Bitmap

  /// Why, in the order of the rows.
  package var errors: [RowError]

  /// What went wrong in one row.
  package struct RowError: Sendable, Hashable {
    package var row: Int
    package var error: EvaluationError

    /// Creates an error.
    package init(row: Int, error: EvaluationError) {
      self.row = row
      self.error = error
    }
  }

  /// Creates an outcome that has no row in any set.
  package init(rowCount: Int) {
    isTrue = Bitmap(count: rowCount)
    isFalse = isTrue
    isUnknown = isTrue
    isError = isTrue
    errors = []
  }
}

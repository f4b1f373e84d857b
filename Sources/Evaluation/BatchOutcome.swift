package import Expressions

/// What a condition came to for each row of a batch: a row is in one of the sets or unknown.
package struct BatchOutcome: Sendable, Hashable {
  package private(set) var isTrue: Bitmap
  package private(set) var isFalse: Bitmap

  /// Rows that could not be evaluated, and why, in their order.
  package private(set) var errors: [RowError] = []

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

  init(isTrue: Bitmap, isFalse: Bitmap) {
    self.isTrue = isTrue
    self.isFalse = isFalse
  }

  /// Adds what the reference evaluator found for a row.
  mutating func take(_ value: Value, row: Int) {
    switch value {
    case .bool(true): isTrue[row] = true
    case .bool(false): isFalse[row] = true
    case .error(let error): errors.append(RowError(row: row, error: error))
    default: break
    }
  }
}

/// What a step of a batch program gives for every row of a batch.
enum Vector: Sendable {
  case truths(Truths)
  case numbers(Quantities<Double>)

  /// Points in time or lengths of time, in microseconds.
  case times(Quantities<Int64>)
}

/// Truth values of the rows; a row in none of the sets is unknown.
struct Truths: Sendable {
  var isTrue: Bitmap
  var isFalse: Bitmap

  /// Rows that the reference evaluator must decide: they are in no other set.
  var doubt: Bitmap?
}

/// Numbers or times of the rows, with a zero where a value is missing.
struct Quantities<Element: Sendable>: Sendable {
  var values: [Element]

  /// Rows that have a value; `nil` for all of them.
  var validity: Bitmap?

  /// Rows whose value the reference evaluator must find, because of an error or a near tie.
  var doubt: Bitmap?

  /// Rows whose value can be used as it is.
  func usable(_ count: Int) -> Bitmap {
    let valid = validity ?? Bitmap(repeating: true, count: count)
    return doubt.map { valid & ~$0 } ?? valid
  }
}

extension Optional where Wrapped == Bitmap {
  /// The rows in either; no bitmap is an empty one.
  static func union(_ left: Bitmap?, _ right: Bitmap?) -> Bitmap? {
    guard let left else { return right }
    return right.map { left | $0 } ?? left
  }
}

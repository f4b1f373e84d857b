import Expressions

/// One computation over a whole batch; operands are the numbers of earlier steps.
///
/// Equal steps are made once, whichever rule asks for them.
enum Step: Sendable, Hashable {
  // Columns and constants.
  case bools(slot: Int)
  case numbers(slot: Int)
  case times(slot: Int)
  case number(Double)
  case time(Int64)

  case compareNumbers(Relation, Int, Int, Tolerance)
  case compareTimes(Relation, Int, Int)

  /// Whether a text column holds one of a few texts, by their codes among the column's constants.
  case textIsOneOf(slot: Int, codes: [Int])
  case isMissing(Int)
  case and([Int])
  case or([Int])
  case not(Int)
  case arithmetic(Calculation, Int, Int)
  case negate(Int)
  case select(condition: Int, then: Int, otherwise: Int)

  /// The magnitude of a number, which near ties are judged by.
  case magnitude(Int)
  case larger(Int, Int)

  /// A divisor of which, next to its scale, little but rounding errors may be left.
  case nonzero(Int, scale: Int)

  /// What has no kernel: evaluated row by row, once a batch for all that share it.
  case rows(Term, RowKind)

  enum Relation: Sendable { case equal, less, lessOrEqual }
  enum Calculation: Sendable { case add, subtract, multiply, divide }
  enum RowKind: Sendable { case truth, number, time }

  /// How near two numbers may be before their decimals must decide.
  enum Tolerance: Sendable, Hashable {
    /// Read or written as they are: the order of Doubles is that of their decimals.
    case exact

    /// Next to each other.
    case relative

    /// Next to the numbers that they are sums or differences of.
    case scaled(Int, Int)
  }
}

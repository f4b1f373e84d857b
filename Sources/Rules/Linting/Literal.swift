import Expressions

/// What a condition comes down to where it can be taken apart no further.
enum Literal: Hashable {
  /// A number or length of time lies in an interval.
  case bounded(Term, Interval)

  /// A number or length of time is not exactly this.
  case differs(Term, Double)

  /// A text is this, or is not.
  case word(Term, String, isEqual: Bool)

  /// A condition that says nothing about a constant.
  case opaque(Term, isTrue: Bool)

  /// Reads a condition that is true, or one that is false.
  init(_ term: Term, isTrue: Bool) {
    self = Self.comparison(term, isTrue: isTrue) ?? .opaque(term.withoutNames, isTrue: isTrue)
  }

  private static func comparison(_ term: Term, isTrue: Bool) -> Literal? {
    guard case .apply(let operation, let operands) = term, operands.count == 2,
      var relation = Relation(operation)
    else { return nil }
    if !isTrue { relation = relation.negated }
    var (quantity, constant) = (operands[0].withoutNames, operands[1].withoutNames)
    if quantity.inputs.isEmpty {
      swap(&quantity, &constant)
      relation = relation.mirrored
    }
    if case .constant(.text(let word)) = constant {
      switch relation {
      case .equal: return .word(quantity, word, isEqual: true)
      case .notEqual: return .word(quantity, word, isEqual: false)
      default: return nil
      }
    }
    // `t before 45d ago` and `since(t) > 45d` are the same.
    if case .apply(.subtract, let parts) = constant, parts.count == 2, parts[0] == .now {
      quantity = .apply(.function(.since), [quantity])
      constant = parts[1]
      relation = relation.mirrored
    }
    guard let range = constant.constantRange else { return nil }
    if relation == .notEqual {
      return range.lowerBound == range.upperBound ? .differs(quantity, range.lowerBound) : nil
    }
    return .bounded(quantity, Interval(relation, range))
  }

  /// What the literal speaks of.
  var quantity: Term {
    switch self {
    case .bounded(let term, _), .differs(let term, _), .word(let term, _, _),
      .opaque(let term, _):
      term
    }
  }
}

/// How two things compare.
private enum Relation {
  case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual

  init?(_ operation: Operation) {
    switch operation {
    case .less: self = .less
    case .lessOrEqual: self = .lessOrEqual
    case .greater: self = .greater
    case .greaterOrEqual: self = .greaterOrEqual
    case .equal: self = .equal
    case .notEqual: self = .notEqual
    default: return nil
    }
  }

  var negated: Relation {
    switch self {
    case .less: .greaterOrEqual
    case .lessOrEqual: .greater
    case .greater: .lessOrEqual
    case .greaterOrEqual: .less
    case .equal: .notEqual
    case .notEqual: .equal
    }
  }

  var mirrored: Relation {
    switch self {
    case .less: .greater
    case .lessOrEqual: .greaterOrEqual
    case .greater: .less
    case .greaterOrEqual: .lessOrEqual
    case .equal, .notEqual: self
    }
  }
}

/// The numbers between two ends; a length of time counts in microseconds, its months as 30 days.
struct Interval: Hashable {
  var lower = -Double.infinity
  var upper = Double.infinity
  var includesLower = false
  var includesUpper = false

  var isEmpty: Bool { lower > upper || (lower == upper && !(includesLower && includesUpper)) }

  func contains(_ number: Double) -> Bool {
    (lower < number || (lower == number && includesLower))
      && (number < upper || (number == upper && includesUpper))
  }

  func intersection(_ other: Interval) -> Interval {
    var result = self
    if other.lower > lower || (other.lower == lower && !other.includesLower) {
      (result.lower, result.includesLower) = (other.lower, other.includesLower)
    }
    if other.upper < upper || (other.upper == upper && !other.includesUpper) {
      (result.upper, result.includesUpper) = (other.upper, other.includesUpper)
    }
    return result
  }
}

extension Interval {
  /// What literals that all hold leave for one quantity.
  init(of quantity: Term, in literals: [Literal]) {
    self = literals.reduce(Interval()) { interval, literal in
      guard case .bounded(quantity, let bounds) = literal else { return interval }
      return interval.intersection(bounds)
    }
  }

  /// The numbers that stand so to some number of a range.
  fileprivate init(_ relation: Relation, _ range: ClosedRange<Double>) {
    switch relation {
    case .less: upper = range.upperBound
    case .lessOrEqual: (upper, includesUpper) = (range.upperBound, true)
    case .greater: lower = range.lowerBound
    case .greaterOrEqual: (lower, includesLower) = (range.lowerBound, true)
    case .equal, .notEqual:
      (lower, upper) = (range.lowerBound, range.upperBound)
      (includesLower, includesUpper) = (true, true)
    }
  }
}

extension Term {
  /// What a number or length of time can be that no row decides, overrides included.
  var constantRange: ClosedRange<Double>? {
    switch self {
    case .constant(.number(let number)): return number...number
    case .constant(.duration(let period)):
      let days = Double(period.months) * 30 + Double(period.days)
      let length = days * 86_400_000_000 + Double(period.microseconds)
      return length...length
    case .named(_, let inner): return inner.constantRange
    case .apply(.conditional, let operands) where operands.count == 3:
      guard let first = operands[1].constantRange, let second = operands[2].constantRange else {
        return nil
      }
      return min(first.lowerBound, second.lowerBound)...max(first.upperBound, second.upperBound)
    default: return nil
    }
  }
}

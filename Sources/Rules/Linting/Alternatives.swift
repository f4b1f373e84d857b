import Expressions

/// A condition as a choice between lists of literals: it holds where all of one list hold.
struct Alternatives {
  private(set) var lists: [[Literal]]

  /// More would take longer to compare than the answer is worth.
  private static let maximum = 64

  /// Takes a condition apart; `nil` where that leads too far.
  init?(_ term: Term?, isTrue: Bool = true) {
    guard let term else {
      lists = [[]]
      return
    }
    guard let lists = Self.lists(of: term, isTrue: isTrue) else { return nil }
    self.lists = lists
  }

  private static func lists(of term: Term, isTrue: Bool) -> [[Literal]]? {
    switch term {
    case .named(_, let inner): return lists(of: inner, isTrue: isTrue)
    case .apply(.not, let operands) where operands.count == 1:
      return lists(of: operands[0], isTrue: !isTrue)
    case .apply(let operation, let operands) where operation == .and || operation == .or:
      let parts = operands.map { lists(of: $0, isTrue: isTrue) }
      return parts.reduce([[Literal]]?.none) { joined, part in
        guard let part else { return [] }
        guard let joined else { return part }
        return (operation == .and) == isTrue ? product(joined, part) : joined + part
      }.flatMap { $0.isEmpty || $0.count > maximum ? nil : $0 }
    case .apply(.between, let operands) where operands.count == 3:
      let low = Term.apply(.greaterOrEqual, [operands[0], operands[1]])
      let high = Term.apply(.lessOrEqual, [operands[0], operands[2]])
      return lists(of: .apply(.and, [low, high]), isTrue: isTrue)
    default: return [[Literal(term, isTrue: isTrue)]]
    }
  }

  private static func product(_ left: [[Literal]], _ right: [[Literal]]) -> [[Literal]] {
    guard left.count * right.count <= maximum else { return [] }
    return left.flatMap { first in right.map { first + $0 } }
  }

  /// Whether it is plain that the conditions never hold together.
  static func exclude(_ conditions: [Alternatives]) -> Bool {
    let all = conditions.reduce([[]]) { joined, next in
      joined.isEmpty ? [] : product(joined, next.lists)
    }
    return !all.isEmpty && all.allSatisfy(contradict)
  }

  private static func contradict(_ literals: [Literal]) -> Bool {
    Dictionary(grouping: literals, by: \.quantity).contains { quantity, about in
      let interval = Interval(of: quantity, in: about)
      return interval.isEmpty
        || about.contains { literal in
          switch literal {
          case .bounded: false
          case .differs(_, let number): interval.isOnly(number)
          case .word(let term, let word, let isEqual):
            about.contains { other in
              guard case .word(term, let second, let isSecondEqual) = other else { return false }
              return isEqual && (isSecondEqual ? word != second : word == second)
            }
          case .opaque(let term, let isTrue): about.contains(.opaque(term, isTrue: !isTrue))
          }
        }
    }
  }

  /// Whether it is plain that some values of what a condition speaks of satisfy another one too.
  func admit(_ other: Alternatives) -> Bool {
    lists.contains { first in
      other.lists.contains { second in
        !Self.contradict(first + second)
          && second.allSatisfy { literal in first.contains { $0.quantity == literal.quantity } }
          && first.allSatisfy { Self.isIndependent($0, of: second) }
      }
    }
  }

  /// What has but one value where this and another condition hold, though either leaves it many:
  /// `x` in `x <= 10` and `x >= 10`; `nil` if that never comes about in scope.
  func quantityLeftOnlyItsBound(by other: Alternatives, in scope: Alternatives) -> Term? {
    for first in lists {
      for second in other.lists
      where !scope.lists.allSatisfy({ Self.contradict(first + second + $0) }) {
        for quantity in first.map(\.quantity) {
          let own = Interval(of: quantity, in: first)
          let others = Interval(of: quantity, in: second)
          if own.intersection(others).isPoint, !own.isPoint, !others.isPoint { return quantity }
        }
      }
    }
    return nil
  }

  /// Whether no literal speaks of the same inputs in another form.
  private static func isIndependent(_ literal: Literal, of others: [Literal]) -> Bool {
    others.allSatisfy { other in
      literal.quantity == other.quantity
        || literal.quantity.inputs.isDisjoint(with: other.quantity.inputs)
    }
  }
}

extension Interval {
  fileprivate var isPoint: Bool { lower == upper && !isEmpty }

  fileprivate func isOnly(_ number: Double) -> Bool { lower == number && upper == number }
}

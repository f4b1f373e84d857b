import Expressions

/// One small change to a term, such as a slip of the pen would make.
struct TermChange {
  /// The condition that is different, before and after.
  var old: Term
  var new: Term

  /// The whole term after the change.
  var whole: Term

  /// A test that would notice.
  var hint: String
}

extension Term {
  /// Every change to the term that is not trivially the same; names are not looked into.
  ///
  /// A comparison loses or gains its limit, or is turned round. A number or length of time in a
  /// comparison is one step off, either way. `and` and `or` change places or lose a part, `not` goes.
  func changes(isCompared: Bool = false) -> [TermChange] {
    switch self {
    case .constant(let value): isCompared ? shifts(of: value) : []
    case .input, .now, .today, .severity, .parameter, .named: []
    case .apply(.conditional, let operands):
      override(operands).map { changes(ofOverride: $0, operands, isCompared) }
        ?? changes(inside: .conditional, operands, isCompared)
    case .apply(let operation, let operands):
      changes(of: operation, operands) + changes(inside: operation, operands, isCompared)
    }
  }

  // MARK: Parts

  private func changes(
    inside operation: Operation, _ operands: [Term], _ isCompared: Bool
  ) -> [TermChange] {
    operands.indices.flatMap { index -> [TermChange] in
      // How many places a number is rounded to is a matter of looks.
      if operation == .function(.round), index > 0 { return [] }
      let isCompared = isCompared || operation.isRelation
      return operands[index].changes(isCompared: isCompared).map { change in
        var after = operands
        after[index] = change.whole
        var outer = change
        outer.whole = .apply(operation, after)
        guard operation.isRelation, let other = other(of: operands, than: index) else {
          return outer
        }
        outer.old = self
        outer.new = outer.whole
        outer.hint = .noneNear(other, operands[index], change.whole)
        return outer
      }
    }
  }

  private func other(of operands: [Term], than index: Int) -> Term? {
    index == 0 ? operands.dropFirst().first : operands.first
  }

  /// The condition of a param's override, of which the loader has made sure that it is known.
  private func override(_ operands: [Term]) -> Term? {
    guard case .apply(.and, let both)? = operands.first, both.count == 2,
      both[0] == .apply(.isPresent, [both[1]])
    else { return nil }
    return both[1]
  }

  private func changes(
    ofOverride condition: Term, _ operands: [Term], _ isCompared: Bool
  ) -> [TermChange] {
    let ofCondition = condition.changes().map { change in
      var outer = change
      let holds = Term.apply(.and, [.apply(.isPresent, [change.whole]), change.whole])
      outer.whole = .apply(.conditional, [holds] + operands.dropFirst())
      return outer
    }
    // What stands before the values of the override and of everybody else is done.
    return ofCondition
      + [1, 2].flatMap { index in
        operands[index].changes(isCompared: isCompared).map { change in
          var after = operands
          after[index] = change.whole
          var outer = change
          outer.whole = .apply(.conditional, after)
          return outer
        }
      }
  }

  // MARK: Operations

  private func changes(of operation: Operation, _ operands: [Term]) -> [TermChange] {
    switch operation {
    case .and, .or: changes(ofLogic: operation, operands)
    case .not: [change(to: operands[0], "no test depends on the `not`")]
    case .isIn:
      [change(to: .apply(.not, [self]), "no test depends on `\(operands[0].text)`")]
    case .isMissing:
      [change(to: .apply(.isPresent, operands), "no test depends on `\(operands[0].text)`")]
    case .isPresent:
      [change(to: .apply(.isMissing, operands), "no test depends on `\(operands[0].text)`")]
    case .between:
      [
        change(
          to: .apply(
            .and,
            [
              .apply(.greater, [operands[0], operands[1]]),
              .apply(.lessOrEqual, [operands[0], operands[2]]),
            ]),
          .noneAt(operands[0], operands[1])),
        change(
          to: .apply(
            .and,
            [
              .apply(.greaterOrEqual, [operands[0], operands[1]]),
              .apply(.less, [operands[0], operands[2]]),
            ]),
          .noneAt(operands[0], operands[2])),
      ]
    default:
      operation.flipped.map { flipped in
        [
          change(
            to: .apply(flipped, operands),
            operation == .equal || operation == .notEqual
              ? "no test depends on `\(operands[0].text)`" : .noneAt(operands[0], operands[1]))
        ]
      } ?? []
    }
  }

  private func changes(ofLogic operation: Operation, _ operands: [Term]) -> [TermChange] {
    let isAnd = operation == .and
    let swapped = change(
      to: .apply(isAnd ? .or : .and, operands), "no test has one part hold and another not")
    guard operands.count > 1 else { return [] }
    let dropped = operands.indices.map { index in
      var rest = operands
      rest.remove(at: index)
      return change(
        to: rest.count == 1 ? rest[0] : .apply(operation, rest),
        "no test \(isAnd ? "fails" : "holds") because of `\(operands[index].text)` alone")
    }
    return ([swapped] + dropped).filter { $0.whole != self }
  }

  private func change(to other: Term, _ hint: String) -> TermChange {
    TermChange(old: self, new: other, whole: other, hint: hint)
  }

  // MARK: Steps

  private func shifts(of value: Value) -> [TermChange] {
    let others: [Value] =
      switch value {
      case .number(let number): [-1, 1].map { .number(number.step($0)) }
      case .duration(let period): [-1, 1].map { .duration(period.step($0)) }
      default: []
      }
    return others.map { other in
      let new = Term.constant(other)
      return change(to: new, "no test is so near that \(text) and \(new.text) differ")
    }
  }
}

extension Operation {
  /// Whether it compares.
  var isRelation: Bool { self == .between || self == .isIn || flipped != nil }

  /// The comparison that differs at the limit alone, or is the opposite.
  fileprivate var flipped: Operation? {
    switch self {
    case .less: .lessOrEqual
    case .lessOrEqual: .less
    case .greater: .greaterOrEqual
    case .greaterOrEqual: .greater
    case .equal: .notEqual
    case .notEqual: .equal
    default: nil
    }
  }
}

extension Double {
  /// The next number as people count: 1 further for whole ones, else 0.01, or as many places as
  /// the number has.
  fileprivate func step(_ direction: Double) -> Double {
    if self == rounded() { return self + direction }
    var scale = 100.0
    while scale < 1e9, abs((self * scale).rounded() - self * scale) > 1e-6 { scale *= 10 }
    return ((self * scale).rounded() + direction) / scale
  }
}

extension Period {
  /// One of its smallest unit more or less.
  fileprivate func step(_ direction: Int) -> Period {
    var period = self
    if microseconds != 0 {
      let units: [Int64] = [3_600_000_000, 60_000_000, 1_000_000]
      period.microseconds += Int64(direction) * (units.first { microseconds % $0 == 0 } ?? 1)
    } else if days != 0 || months == 0 {
      period.days += direction
    } else {
      period.months += direction * (months % 12 == 0 ? 12 : 1)
    }
    return period
  }
}

extension String {
  fileprivate static func noneAt(_ value: Term, _ limit: Term) -> String {
    "no test has `\(value.text)` at exactly `\(limit.text)`"
  }

  static func noneNear(_ value: Term, _ limit: Term, _ other: Term) -> String {
    "no test has `\(value.text)` so near to `\(limit.text)` that `\(other.text)` would matter"
  }
}

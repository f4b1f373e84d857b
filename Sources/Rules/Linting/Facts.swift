import Expressions

/// What holds wherever a part of a condition can still make a difference.
///
/// In `a and b` the part `b` only matters where `a` is true, in `a or b` where `a` is false.
struct Facts {
  private var literals: [Literal] = []

  /// The facts with one more.
  func adding(_ term: Term?, isTrue: Bool) -> Facts {
    guard let term else { return self }
    var facts = self
    facts.add(term, isTrue: isTrue)
    return facts
  }

  private mutating func add(_ term: Term, isTrue: Bool) {
    switch term {
    case .named(_, let inner): add(inner, isTrue: isTrue)
    case .apply(.not, let operands): for operand in operands { add(operand, isTrue: !isTrue) }
    case .apply(.and, let operands) where isTrue, .apply(.or, let operands) where !isTrue:
      for operand in operands { add(operand, isTrue: isTrue) }
    case .apply(.between, let operands) where isTrue && operands.count == 3:
      add(.apply(.greaterOrEqual, [operands[0], operands[1]]), isTrue: true)
      add(.apply(.lessOrEqual, [operands[0], operands[2]]), isTrue: true)
    default: literals.append(Literal(term, isTrue: isTrue))
    }
  }

  /// Visits a term and its parts, each with what holds where it matters.
  func walk(_ term: Term, _ visit: (Term, Facts) -> Void) {
    visit(term, self)
    switch term {
    case .apply(let operation, let operands) where operation == .and || operation == .or:
      for index in operands.indices {
        var facts = self
        for other in operands.indices where other != index {
          facts.add(operands[other], isTrue: operation == .and)
        }
        facts.walk(operands[index], visit)
      }
    case .apply(.conditional, let operands) where operands.count == 3:
      walk(operands[0], visit)
      adding(operands[0], isTrue: true).walk(operands[1], visit)
      adding(operands[0], isTrue: false).walk(operands[2], visit)
    default: for operand in term.parts { walk(operand, visit) }
    }
  }
}

// MARK: - What follows from them

extension Facts {
  /// The values that the facts leave for a number or a length of time.
  func interval(of term: Term) -> Interval {
    Interval(of: term.withoutNames, in: literals)
  }

  private func isSaidNotToBeZero(_ term: Term) -> Bool {
    let zero = Literal.differs(term.withoutNames, 0)
    return literals.contains(zero) || !interval(of: term).contains(0)
  }

  /// Whether a number may well be 0: a total, a count, a field, and what is computed from such,
  /// unless the facts exclude it.
  func canBeZero(_ term: Term, in catalog: Catalog) -> Bool {
    if isSaidNotToBeZero(term) { return false }
    switch term {
    case .named(_, let inner): return canBeZero(inner, in: catalog)
    case .constant(let value): return value == .number(0)
    case .input(.field, let type): return type == .number
    case .input(.metric(let name, _), let type):
      return type == .number && catalog.metrics[name]?.canBeZero == true
    case .apply(let operation, let operands): return canBeZero(operation, operands, in: catalog)
    case .input(.series, _), .now, .today, .severity, .parameter, .variable, .loop: return false
    }
  }

  private func canBeZero(
    _ operation: Operation, _ operands: [Term], in catalog: Catalog
  ) -> Bool {
    func any(_ terms: some Sequence<Term>) -> Bool {
      terms.contains { canBeZero($0, in: catalog) }
    }
    switch operation {
    case .multiply, .negate, .function(.abs), .function(.round), .function(.floor),
      .function(.sqrt), .function(.min):
      return any(operands)
    case .function(.ceil), .divide: return any(operands.prefix(1))
    case .add, .function(.max): return operands.allSatisfy { canBeZero($0, in: catalog) }
    case .function(.clamp): return operands.count == 3 && any(operands[1...])
    case .subtract: return any(operands)
    case .conditional where operands.count == 3:
      return adding(operands[0], isTrue: true).canBeZero(operands[1], in: catalog)
        || adding(operands[0], isTrue: false).canBeZero(operands[2], in: catalog)
    default: return false
    }
  }
}

extension Metric {
  /// Whether a window may well come to 0.
  fileprivate var canBeZero: Bool {
    switch aggregate {
    case .countRows, .countDistinct: true
    default: empty == 0
    }
  }
}

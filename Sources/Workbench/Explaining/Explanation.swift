package import Expressions

/// What became of a condition for one row, and of the conditions that it is made of.
///
/// Every outcome and every value is the evaluator's own.
package struct Explanation: Sendable, Hashable {
  package var term: Term
  package var outcome: Outcome

  /// What the operands of a comparison came to, in order; empty for what is no comparison.
  package var operands: [Value] = []

  /// What an unknown comparison lacks: inputs that are missing, or what cannot be computed.
  package var causes: [Term] = []

  /// The conditions that `and`, `or`, `not`, a choice or a name hold together.
  package var parts: [Explanation] = []

  /// What a condition comes to.
  package enum Outcome: Sendable, Hashable {
    case yes, no, unknown
    case failed(EvaluationError)

    init(_ value: Value) {
      switch value {
      case .bool(let isTrue): self = isTrue ? .yes : .no
      case .missing: self = .unknown
      case .error(let error): self = .failed(error)
      case .number, .text, .instant, .duration, .list:
        preconditionFailure("A checked condition is true, false or unknown.")
      }
    }

    /// `yes`, `no`, `unknown` or `failed`.
    package var word: String {
      switch self {
      case .yes: "yes"
      case .no: "no"
      case .unknown: "unknown"
      case .failed: "failed"
      }
    }
  }

  /// Everything that left the condition unknown, without repeats; nothing if it is decided.
  package var allCauses: [Term] {
    outcome == .unknown ? (causes + parts.flatMap(\.allCauses)).withoutRepeats : []
  }
}

/// Explains terms for one row.
struct Explainer {
  let row: RowOfValues
  let context: EvaluationContext
  var severity: Severity?

  func value(of term: Term) -> Value {
    Program(term, slots: row.slots, context: context).value(of: row, severity: severity)
  }

  func explain(_ term: Term) -> Explanation {
    var explanation = Explanation(term: term, outcome: .init(value(of: term)))
    switch term {
    case .named(_, .constant): break
    case .named(_, let inner): explanation.parts = [explain(inner)]
    case .apply(.and, let operands), .apply(.or, let operands), .apply(.not, let operands):
      explanation.parts = operands.map(explain)
    case .apply(.conditional, let operands) where operands.count == 3:
      let test = explain(operands[0])
      explanation.parts = [test]
      if test.outcome == .yes { explanation.parts.append(explain(operands[1])) }
      if test.outcome == .no { explanation.parts.append(explain(operands[2])) }
    case .apply(_, let operands): explanation.operands = operands.map(value)
    case .constant, .input, .now, .today, .severity, .parameter: break
    }
    if explanation.outcome == .unknown, explanation.parts.isEmpty {
      explanation.causes = causes(of: term)
    }
    return explanation
  }

  /// The innermost terms that are missing, where the term is.
  private func causes(of term: Term) -> [Term] {
    switch term {
    case .named(_, .constant): return [term]
    case .named(_, let inner): return causes(of: inner)
    case .apply(.conditional, let operands) where operands.count == 3:
      switch value(of: operands[0]) {
      case .bool(true): return causes(of: operands[1])
      case .bool(false): return causes(of: operands[2])
      default: return causes(of: operands[0])
      }
    case .apply(_, let operands):
      let missing = operands.filter { value(of: $0) == .missing }
      return missing.isEmpty ? [term] : missing.flatMap(causes).withoutRepeats
    case .constant, .input, .now, .today, .severity, .parameter: return [term]
    }
  }
}

extension Array where Element: Hashable {
  /// The elements in order, each once.
  var withoutRepeats: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}

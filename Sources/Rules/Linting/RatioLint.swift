import Diagnostics
import Expressions

/// Shares of a metric that small numbers take far up or down.
///
/// `revenue[30d] < 70% of revenue[30d, ending 30d ago]` is true of three orders after five.
enum RatioLint: Lint {
  static func findings(in subject: LintSubject) -> [Diagnostic] {
    guard subject.decides(where: { Ratio($0) != nil }) else { return [] }
    return subject.decidingParts.flatMap { findings(in: $0, of: subject.catalog) }
  }

  private static func findings(
    in part: ConditionPart, of catalog: Catalog
  ) -> [Diagnostic] {
    var found: [Diagnostic] = []
    part.facts.walk(part.term) { term, facts in
      guard let ratio = Ratio(term), !facts.bound(ratio), let place = part.place(of: term) else {
        return
      }
      let base = ratio.base.text
      let minimum = ratio.isMoney(in: catalog) ? "1_000" : "20"
      found.append(
        .warning(
          .ratioWithoutMinimum,
          "where `\(base)` is small, a little more or less is a large share of it", at: place,
          help: "ask for a minimum too: `\(base) >= \(minimum) and …`"))
    }
    return found
  }

  /// Whether a division is part of a comparison that is reported here, and would be mended with it.
  static func reports(_ division: Term, in condition: Term) -> Bool {
    condition.contains { Ratio($0)?.division == division }
  }
}

/// A metric compared with a share of another, or of itself over another window.
private struct Ratio {
  /// What is divided by, or taken a share of.
  let base: Term

  /// What is held against it.
  let compared: Term

  /// The division, where there is one.
  var division: Term?

  /// Reads a comparison.
  init?(_ comparison: Term) {
    guard case .apply(let operation, let sides) = comparison, sides.count == 2,
      [.less, .lessOrEqual, .greater, .greaterOrEqual].contains(operation)
    else { return nil }
    for (side, other) in [(sides[0], sides[1]), (sides[1], sides[0])] {
      if other.constantRange != nil, let division = side.division {
        (compared, base) = division.parts
        self.division = division.term
        return
      }
      if other.withoutNames.isMetric, let share = side.share {
        (compared, base) = (other, share)
        return
      }
    }
    return nil
  }

  func isMoney(in catalog: Catalog) -> Bool {
    guard case .input(.metric(let name, _), _) = base.withoutNames else { return false }
    return catalog.metrics[name]?.unit == "money"
  }
}

extension Facts {
  /// Whether one side of a ratio, or the difference of both, cannot be small.
  fileprivate func bound(_ ratio: Ratio) -> Bool {
    let base = ratio.base.withoutNames
    let compared = ratio.compared.withoutNames
    var metrics = compared.inputs.map { Term.input($0, .number) }
    metrics += [base, compared, .apply(.subtract, [base, compared])]
    return metrics.contains { interval(of: $0).lower > 0 }
  }
}

extension Term {
  /// Whether the term is a metric's number.
  fileprivate var isMetric: Bool {
    if case .input(.metric, .number) = self { true } else { false }
  }

  /// What the term is a share of: `m` in `70% of m`.
  fileprivate var share: Term? {
    switch self {
    case .named(_, let inner): return inner.share
    case .apply(.multiply, let operands) where operands.count == 2:
      let (first, second) = (operands[0], operands[1])
      if first.constantRange != nil, second.withoutNames.isMetric { return second }
      if second.constantRange != nil, first.withoutNames.isMetric { return first }
      return nil
    default: return nil
    }
  }

  /// A division of metrics by a metric, perhaps rounded or taken from a constant.
  fileprivate var division: (term: Term, parts: (compared: Term, base: Term))? {
    switch self {
    case .named(_, let inner): return inner.division
    case .apply(.divide, let operands) where operands.count == 2:
      guard operands[1].withoutNames.isMetric,
        operands[0].contains(where: { $0.isMetric })
      else { return nil }
      return (self, (operands[0], operands[1]))
    case .apply(.add, let operands), .apply(.subtract, let operands),
      .apply(.multiply, let operands), .apply(.function, let operands):
      let others = operands.filter { $0.constantRange == nil }
      return others.count == 1 ? others[0].division : nil
    default: return nil
    }
  }
}

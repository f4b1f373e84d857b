import Diagnostics
import Expressions

/// Divisions in conditions by something that can be 0.
enum DivisionLint: Lint {
  static func findings(in subject: LintSubject) -> [Diagnostic] {
    let divides: (Term) -> Bool = { $0.divisor != nil }
    guard subject.decides(where: divides) else { return [] }
    return subject.decidingParts.filter { $0.term.contains(where: divides) }
      .flatMap { findings(in: $0, of: subject) }
  }

  private static func findings(
    in part: ConditionPart, of subject: LintSubject
  ) -> [Diagnostic] {
    var found: [Diagnostic] = []
    part.facts.walk(part.term) { term, facts in
      guard let divisor = term.divisor, facts.canBeZero(divisor, in: subject.catalog),
        !RatioLint.reports(term, in: part.term), let place = part.place(of: term)
      else { return }
      let sign = divisor.isNeverNegative(in: subject.catalog) ? ">" : "!="
      let diagnostic = Diagnostic.warning(
        .divisionByZeroPossible,
        "`\(divisor.text)` can be 0: the result is then missing and the condition unknown",
        at: place, help: "say what holds in that case: `\(divisor.text) \(sign) 0 and …`")
      if !found.contains(diagnostic) { found.append(diagnostic) }
    }
    return found
  }
}

extension Term {
  /// What a number is divided by.
  fileprivate var divisor: Term? {
    switch self {
    case .apply(.divide, let operands), .apply(.modulo, let operands):
      operands.count == 2 && operands[1].constantRange == nil ? operands[1] : nil
    default: nil
    }
  }

  /// Whether the term is a count or the like, which 0 is the least of.
  fileprivate func isNeverNegative(in catalog: Catalog) -> Bool {
    switch self {
    case .named(_, let inner): inner.isNeverNegative(in: catalog)
    case .input(.metric(let name, _), _): catalog.metrics[name]?.empty == 0
    case .constant(.number(let number)): number >= 0
    case .apply(.divide, let operands), .apply(.multiply, let operands),
      .apply(.add, let operands):
      operands.allSatisfy { $0.isNeverNegative(in: catalog) }
    default: false
    }
  }
}

import Diagnostics
import Expressions
import YAML

/// A `resolve_when` that cannot do what it stands there for.
///
/// An open alert asks it only while `when` is false.
enum ResolveLint: Lint {
  static func findings(in subject: LintSubject) -> [Diagnostic] {
    guard let rule = subject.rule, let over = rule.lifecycle.resolveWhen,
      let entry = subject.root["lifecycle"]?.entry("resolve_when")
    else { return [] }
    if let finding = reach(of: over, rule, entry) { return [finding] }
    return missingInput(of: over, rule, entry).map { [$0] } ?? []
  }

  private static func reach(
    of over: Term, _ rule: Rule, _ entry: Node.Entry
  ) -> Diagnostic? {
    guard let isOver = Alternatives(over), let inScope = Alternatives(rule.scope),
      let matches = Alternatives(rule.when),
      let matchesNot = Alternatives(rule.when, isTrue: false)
    else { return nil }
    if Alternatives.exclude([isOver, matchesNot, inScope]) {
      return .warning(
        .resolveNeverAsked,
        "`resolve_when` never holds while `when` is false: the alert stays open",
        at: entry.value.span, help: "turn the comparison round, or leave `resolve_when` out")
    }
    // With overrides it depends on the row which of the bounds apply.
    let hasOverrides = [over, rule.when].contains { term in
      term.contains { if case .apply(.conditional, _) = $0 { true } else { false } }
    }
    if hasOverrides { return nil }
    if matches.admit(isOver) {
      return .warning(
        .resolveOverlaps,
        "`resolve_when` also holds where `when` holds, and the alert stays open there",
        at: entry.value.span,
        help: "choose a bound on the other side of the one in `when`, or leave `resolve_when` out")
    }
    guard let isNotOver = Alternatives(over, isTrue: false),
      let quantity = matchesNot.quantityLeftOnlyItsBound(by: isNotOver, in: inScope)
    else { return nil }
    return .warning(
      .resolveLeavesBoundOut,
      "where `\(quantity.text)` is exactly the bound, `when` and `resolve_when` are both false: "
        + "the alert stays open",
      at: entry.value.span,
      help: "let `resolve_when` hold there too, with `<=` or `>=`, or leave it out")
  }

  /// An input that `when` asks to be there, and `resolve_when` takes for granted.
  private static func missingInput(
    of over: Term, _ rule: Rule, _ entry: Node.Entry
  ) -> Diagnostic? {
    let handled = over.inputsAskedFor.union(rule.scope?.inputsAskedFor ?? [])
    let guarded = rule.when.inputsAskedFor.intersection(over.inputs).subtracting(handled)
    guard let input = guarded.map(\.description).min() else { return nil }
    return .warning(
      .resolveStaysUnknown,
      "without `\(input)` nothing can be said about `resolve_when`: the alert stays open",
      at: entry.value.span, help: "say what then holds: `\(input) is missing or …`")
  }
}

extension Term {
  /// The inputs that stand under `is missing` or `is not missing`.
  fileprivate var inputsAskedFor: Set<Input> {
    switch self {
    case .apply(.isMissing, let operands), .apply(.isPresent, let operands):
      operands.reduce(into: []) { $0.formUnion($1.inputs) }
    default: parts.reduce(into: []) { $0.formUnion($1.inputsAskedFor) }
    }
  }
}

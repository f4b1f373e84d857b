package import Expressions
import Rules

extension RuleExplanation {
  /// Something the rule reads to decide, and what it is for the row.
  package struct Datum: Sendable, Hashable {
    package var text: String
    package var value: Value

    /// The stretch of time a metric looks at; `nil` for fields.
    package var bounds: TimeBounds?
  }

  /// What the rule reads to decide and to show, by name; what only its texts need is left out.
  package var data: [Datum] {
    let terms =
      [rule.scope, rule.when, rule.lifecycle.resolveWhen].compactMap { $0 }
      + rule.values.map(\.term) + rule.severity.steps.map(\.when)
      + rule.computedTerms
    return terms.flatMap(\.inputTerms).withoutRepeats.sorted { $0.text < $1.text }.map { term in
      Datum(
        text: term.text, value: explainer.value(of: term),
        bounds: term.inputWindow?.bounds(at: context.now, in: context.zone))
    }
  }

  /// The data below each other, with the days that each metric looks at.
  package func dataText(indent: Int = 0) -> String {
    let lines = data.map { datum in
      ExplanationLine(
        depth: 1, text: datum.text, outcome: datum.value.shown(in: context.zone),
        why: datum.bounds.map(context.zone.shown) ?? "")
    }
    return ExplanationLine.render([ExplanationLine(depth: 0, text: "data")] + lines, indent: indent)
  }
}

extension Term {
  /// What the term reads from a row, as terms.
  fileprivate var inputTerms: [Term] {
    if case .input = self { [self] } else { parts.flatMap(\.inputTerms) }
  }

  fileprivate var inputWindow: Window? {
    switch self {
    case .input(.metric(_, let window), _), .input(.series(_, let window, _), _): window
    default: nil
    }
  }
}

extension Zone {
  /// A stretch of time on the wall clock; whole days by the first and the last.
  package func shown(_ bounds: TimeBounds) -> String {
    guard let start = bounds.start, start > .earliest else { return "up to \(shown(bounds.end))" }
    guard start < bounds.end else { return "no day yet" }
    guard startOfDay(start) == start, startOfDay(bounds.end) == bounds.end else {
      return "\(shown(start)) to \(shown(bounds.end))"
    }
    let first = date(start)
    let last = CivilDate(daysSinceEpoch: date(bounds.end).daysSinceEpoch - 1)
    return first == last ? first.iso8601 : "\(first.iso8601) to \(last.iso8601)"
  }
}

import Expressions
import Rules

extension RuleExplanation {
  /// The named values, and each line of `where`, `when` and the severity with what became of it.
  package func text(indent: Int = 0) -> String {
    var lines: [ExplanationLine] = []
    if let scope { lines += section("where", scope) }
    if rule.opensAlerts {
      lines += section("when", when)
      lines += severityLines
    } else {
      lines += setLines
    }
    if let resolveWhen { lines += section("resolve_when", resolveWhen) }
    return ExplanationLine.render(nameLines, indent: indent)
      + ExplanationLine.render(lines, indent: indent)
  }

  /// What each field becomes, with the lines of its ladder down to the one that holds.
  private var setLines: [ExplanationLine] {
    guard case .matches = observation else { return [] }
    var lines = [ExplanationLine(depth: 0, text: "set")]
    for (setting, found) in zip(rule.metric?.settings ?? [], settings) {
      lines.append(
        ExplanationLine(
          depth: 1, text: setting.field, outcome: found.value.shown(in: context.zone)))
      for step in setting.value.ladder.steps {
        let condition = explainer.explain(step.when.withoutGuards)
        var stepLines = condition.lines(depth: 2, zone: context.zone)
        stepLines[0].text = "\(step.value.shown(in: context.zone)): \(stepLines[0].text)"
        lines += stepLines
        if condition.outcome == .yes { break }
      }
    }
    return lines
  }

  private var nameLines: [ExplanationLine] {
    guard !names.isEmpty else { return [] }
    let lines = names.map { named in
      ExplanationLine(
        depth: 1,
        text: named.term.isConstant ? named.name : "\(named.name) = \(named.expression)",
        outcome: named.value.shown(in: context.zone))
    }
    return [ExplanationLine(depth: 0, text: "values")] + lines
  }

  private func section(_ title: String, _ explanation: Explanation) -> [ExplanationLine] {
    let title = ExplanationLine(depth: 0, text: title, outcome: explanation.outcome.word)
    return [title] + explanation.conjuncts.flatMap { $0.lines(depth: 1, zone: context.zone) }
  }

  /// The ladder down to the step that won; nothing where nothing matches or there is no choice.
  private var severityLines: [ExplanationLine] {
    guard !severity.isEmpty, case .matches(let won) = observation else { return [] }
    var lines = [ExplanationLine(depth: 0, text: "severity", outcome: won.rawValue)]
    for step in severity {
      var stepLines = step.condition.lines(depth: 1, zone: context.zone)
      stepLines[0].text = "\(step.severity.rawValue): \(stepLines[0].text)"
      lines += stepLines
      if step.condition.outcome == .yes { return lines }
    }
    let last = "\(rule.severity.otherwise.rawValue): otherwise"
    return lines + [ExplanationLine(depth: 1, text: last, outcome: "yes")]
  }
}

extension Explanation {
  /// A line for the condition and, further in, one for each of its parts.
  fileprivate func lines(depth: Int, zone: Zone) -> [ExplanationLine] {
    if case .apply(.not, _) = term, let part = parts.first, part.parts.isEmpty {
      let why = part.why(in: zone)
      return [
        ExplanationLine(
          depth: depth, text: term.text, outcome: outcome.word,
          why: why.isEmpty ? "it is \(part.outcome.word)" : why)
      ]
    }
    let line = ExplanationLine(
      depth: depth, text: heading, outcome: outcome.word, why: why(in: zone))
    return [line] + parts.flatMap { $0.lines(depth: depth + 1, zone: zone) }
  }

  /// The parts of a list and of the lists in it, where all must hold; else the condition itself.
  fileprivate var conjuncts: [Explanation] {
    if case .apply(.and, _) = term { parts.flatMap(\.conjuncts) } else { [self] }
  }

  private var heading: String {
    switch term {
    case .apply(.and, _): "all of"
    case .apply(.or, _): "any of"
    case .apply(.not, _): "not"
    case .apply(.conditional, _): "depending on"
    default: term.text
    }
  }
}

/// A line of three columns.
struct ExplanationLine {
  var depth: Int
  var text: String
  var outcome = ""
  var why = ""

  /// The lines below each other, their columns aligned.
  static func render(_ lines: [ExplanationLine], indent: Int) -> String {
    let textWidth = lines.map { 2 * $0.depth + $0.text.count }.max() ?? 0
    let outcomeWidth = lines.filter { !$0.why.isEmpty }.map(\.outcome.count).max() ?? 0
    return lines.map { line in
      var row = String(repeating: " ", count: indent + 2 * line.depth) + line.text
      if !line.outcome.isEmpty {
        row = row.padded(to: indent + textWidth + 2) + line.outcome
      }
      if !line.why.isEmpty {
        row = row.padded(to: indent + textWidth + 2 + outcomeWidth + 2) + line.why
      }
      return row + "\n"
    }.joined()
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}

import Expressions
package import Rules
import Templates

/// A rule as plain sentences, for whoever decides whether it is right.
package struct RuleDescription: Sendable, Hashable {
  package var rule: String
  package var title: String
  package var about: String?
  package var sections: [Section]

  /// A heading and the lines below it, which are sentences or bullets.
  package struct Section: Sendable, Hashable {
    package var heading: String
    package var lines: [String] = []
  }

  /// Describes a rule.
  package init(_ rule: Rule) {
    self.rule = rule.name
    title = rule.title
    about = rule.about?.split(whereSeparator: \.isNewline).joined(separator: " ")
    let words = RuleWords(rule: rule)
    guard rule.metric == nil else {
      sections = [words.scope] + words.settings + [words.names, words.standing].compactMap { $0 }
      return
    }
    if let rollup = rule.rollup {
      sections = words.figures(rollup) + [words.names, words.standing].compactMap { $0 }
      return
    }
    sections = [
      words.scope, words.opening, words.names, words.severity, words.closing, words.holding,
      words.limits, words.actions, words.reminding, words.resolvedActions, words.standing,
    ].compactMap { $0 }
  }

  /// The sentences below each other.
  package var text: String {
    var text = "\(title) (\(rule))\n"
    if let about { text += "\n\(about)\n" }
    for section in sections {
      text += "\n\(section.heading)\n"
      for line in section.lines { text += line.isEmpty ? "\n" : "  \(line)\n" }
    }
    return text
  }
}

/// The sections of a rule's description.
struct RuleWords {
  let rule: Rule
  let terms = TermWords()

  init(rule: Rule) { self.rule = rule }

  private var entity: String { rule.entity.words }

  var scope: RuleDescription.Section {
    guard let scope = rule.scope?.withoutGuards else {
      return .init(heading: "Looks at every \(entity).")
    }
    return .init(heading: "Looks at every \(entity) for which", lines: terms.lines(scope))
  }

  /// What a metric rule writes, field by field.
  var settings: [RuleDescription.Section] {
    guard let metric = rule.metric else { return [] }
    let stamp = metric.stamp.map {
      RuleDescription.Section(
        heading: "Where something really changes, \($0.words) becomes the run's time.")
    }
    return metric.settings.map { setting in
      let name = setting.field.words
      let ladder = setting.value.ladder
      guard !ladder.steps.isEmpty else {
        return .init(
          heading: "Sets \(name) to", lines: ["- \(terms.definition(setting.value.withoutGuards))"])
      }
      let steps = ladder.steps.map {
        "- \($0.value.shown(in: .utc)) when \(terms.clause($0.when.withoutGuards))"
      }
      return .init(
        heading: "Sets \(name), by the first line that holds",
        lines: steps + ["- \(terms.definition(ladder.otherwise)) otherwise"])
    } + [stamp].compactMap { $0 }
  }

  var opening: RuleDescription.Section {
    let checks = rule.lifecycle.openAfter
    let heading =
      checks == 1
      ? "An alert opens when" : "An alert opens when, at \(checks) checks in a row,"
    return .init(heading: heading, lines: terms.lines(rule.when.withoutGuards))
  }

  /// What the names stand for; a param that is one number is written where it is used.
  var names: RuleDescription.Section? {
    let lines = rule.namedTerms.filter { !$0.term.isConstant }.map { name, term in
      "- \(name.words): \(terms.definition(term.withoutGuards))"
    }
    return lines.isEmpty ? nil : .init(heading: "In this", lines: lines)
  }

  var severity: RuleDescription.Section {
    let ladder = rule.severity
    guard !ladder.steps.isEmpty else {
      return .init(heading: "It is always \(ladder.otherwise.rawValue).")
    }
    let steps = ladder.steps.map { "- \($0.severity.rawValue) when \(terms.clause($0.when))" }
    return .init(
      heading: "How severe it is, by the first line that holds",
      lines: steps + ["- \(ladder.otherwise.rawValue) otherwise"])
  }

  var closing: RuleDescription.Section {
    let lifecycle = rule.lifecycle
    var lines =
      lifecycle.resolveWhen.map { terms.lines($0) } ?? ["- the condition no longer holds"]
    if lifecycle.resolveAfter > 1 {
      lines[lines.count - 1] += ", at \(lifecycle.resolveAfter) checks in a row"
    }
    lines.append("- or the \(entity) is no longer one of those looked at")
    if let length = lifecycle.expireAfter {
      lines.append("- or it has been open for \(length.words)")
    }
    if let pause = lifecycle.reopenWithin {
      lines.append(
        "If the condition holds again within \(pause.words) of that, the same alert goes on and "
          + "nothing is done anew.")
    }
    if let cooldown = lifecycle.cooldown {
      lines.append("After it closed, no new alert opens for \(cooldown.words).")
    }
    return .init(heading: "The alert closes when", lines: lines)
  }

  /// What keeps the rule or its alerts back.
  var holding: RuleDescription.Section? {
    var lines: [String] = []
    if let fresh = rule.needsFresh {
      lines.append(
        "- a run leaves the rule out unless rows of \(fresh.source.words) arrived within "
          + "\(fresh.within.words)")
    }
    if !rule.suppressedBy.isEmpty {
      let others = rule.suppressedBy.map(\.words).joined(separator: " or ")
      lines.append(
        "- an open alert of \(others) for the same \(entity) holds this one back: it does not "
          + "open, and if it is open nobody is told more")
    }
    return lines.isEmpty ? nil : .init(heading: "Held back", lines: lines)
  }

  var reminding: RuleDescription.Section? {
    guard let reminder = rule.lifecycle.remind else { return nil }
    let most = reminder.atMost.map { $0 == 1 ? ", once" : ", at most \($0) times" } ?? ""
    return .init(
      heading: "While it stays open",
      lines: ["- sends its mails and webhooks again every \(reminder.every.words)\(most)"])
  }

  var limits: RuleDescription.Section? {
    let limits = rule.limits
    var lines: [String] = []
    if let rate = limits.perRecipient {
      lines.append("- one recipient hears of at most \(rate.words)")
    }
    if let rate = limits.perRule { lines.append("- at most \(rate.words) may act") }
    if !lines.isEmpty {
      let over =
        switch limits.overflow {
        case .nextWindow:
          "waits for the next "
            + [limits.perRecipient, limits.perRule].compactMap { $0?.unit.rawValue }
            .withoutRepeats.joined(separator: " or ")
        case .digest: "goes into its recipient's next digest if it is an email, and waits else"
        case .drop: "is dropped"
        }
      lines.append("- what is more than that \(over); the most severe go first")
    }
    switch limits.maxMatches {
    case .count(let count):
      lines.append("- if more than \(count) match in one run, every action is held back")
    case .share(let share):
      let percent = Value.number((share * 1e8).rounded() / 1e6).shown(in: .utc)
      lines.append(
        "- if more than \(percent) % of those looked at match in one run, every action is held back"
      )
    case nil: break
    }
    return lines.isEmpty ? nil : .init(heading: "Limits", lines: lines)
  }

  var actions: RuleDescription.Section {
    guard !rule.actions.isEmpty else { return .init(heading: "When it opens, nothing is done.") }
    return .init(
      heading: "When it opens, and once more when it becomes more severe",
      lines: rule.actions.flatMap(terms.lines))
  }

  var resolvedActions: RuleDescription.Section? {
    guard !rule.resolvedActions.isEmpty else { return nil }
    let lines = rule.resolvedActions.flatMap { action in
      switch action {
      case .closeTasks: ["- closes its tasks"]
      case .act(let action): terms.lines(action)
      }
    }
    return .init(heading: "When it closes", lines: lines)
  }

  var standing: RuleDescription.Section {
    var lines = [rule.schedule.map { "Runs \($0.words)." } ?? "It has no schedule."]
    switch rule.mode {
    case .live: break
    case .dryRun:
      lines.append(
        rule.opensAlerts
          ? "It is on trial: nothing is done; what would be is recorded once for each alert."
          : "It is on trial: nothing is written.")
    case .paused: lines.append("It is paused.")
    }
    lines.append(
      rule.owner.map { "\($0) is told when the rule itself is ill." } ?? "Nobody owns it.")
    if !rule.tags.isEmpty { lines.append("Tags: \(rule.tags.joined(separator: ", ")).") }
    let tests =
      switch rule.tests.count {
      case 0: "No test holds it to its word."
      case 1: "1 test holds it to its word."
      default: "\(rule.tests.count) tests hold it to its word."
      }
    lines.append(tests)
    return .init(heading: "About the rule", lines: lines)
  }
}

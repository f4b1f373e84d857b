import Expressions
package import Rules

/// What a run would make of the alert that is kept for a thing.
package struct AlertForecast: Sendable, Hashable {
  /// The alert as it stands.
  package let before: AlertState

  /// The alert as the run would leave it.
  package let after: AlertState
  package let effect: AlertEffect?

  private let observation: Observation
  private let causes: [Term]
  private let mode: Rule.Mode
  private let lifecycle: Lifecycle
  private let context: EvaluationContext

  /// Lets an alert, or none, take what an explanation found.
  package init(_ explanation: RuleExplanation, alert: AlertState?) {
    let rule = explanation.rule
    let before = alert ?? AlertState()
    var after = before
    effect = after.observe(
      explanation.observation, at: explanation.context.now, conditionHash: rule.conditionHash,
      lifecycle: rule.lifecycle, zone: explanation.context.zone)
    self.before = before
    self.after = after
    observation = explanation.observation
    causes = explanation.causes
    mode = rule.mode
    lifecycle = rule.lifecycle
    context = explanation.context
  }

  /// Whether a run would act at all; a rule that is paused or on trial does not.
  package var acts: Bool { mode == .live && effect != nil && effect != .reopened }

  /// How the alert stands, in one sentence without its end.
  package var standing: String {
    switch before.phase {
    case .inactive: "none"
    case .pending(let checks): "not yet open: matched at \(checks) of \(lifecycle.openAfter) checks"
    case .open(let since, let overChecks):
      "open since \(shown(since)), episode \(before.episode), \(before.severity.rawValue)"
        + (overChecks > 0 ? ", over at \(overChecks) of \(lifecycle.resolveAfter) checks" : "")
    case .closed(let at, let reason, _):
      "closed on \(shown(at)), \(reason.words); episode \(before.episode)"
        + (cooldownEnd.map { ", cooldown until \(shown($0))" } ?? "")
    }
  }

  /// What a run would do, and if it is nothing, why.
  package var verdict: String {
    switch mode {
    case .live: break
    case .paused: return "nothing: the rule is paused"
    case .dryRun: return "nothing: the rule is on trial; otherwise \(liveVerdict)"
    }
    return liveVerdict
  }

  private var liveVerdict: String {
    if let checked = before.observedAt, checked >= context.now {
      return "nothing: the alert was checked for \(shown(checked)) already"
    }
    return switch effect {
    case .opened: "opens an alert, \(after.severity.rawValue)"
    case .reopened: "goes on with the alert that was closed; nothing is done anew"
    case .severityRose: "raises the alert to \(after.severity.rawValue)"
    case .closed(let reason): "closes the alert: \(reason.words)"
    case nil: inaction
    }
  }

  private var inaction: String {
    switch (observation, after.phase) {
    case (.isOutOfScope, _): "nothing: `where` does not hold, so the rule does not look at it"
    case (.isUnknown, _):
      "nothing: it cannot be decided"
        + (causes.isEmpty ? "" : ", " + causes.map(\.lack).joined(separator: ", "))
    case (.matches, .open): "nothing: the alert is open already"
    case (.matches, .pending(let checks)):
      "waits: matched at \(checks) of \(lifecycle.openAfter) checks"
    case (.matches, .closed(_, let reason, true)):
      "nothing: the alert was closed, \(reason.words), and the condition has held ever since"
    case (.matches, _):
      "nothing: the cooldown lasts until \(cooldownEnd.map { shown($0) } ?? "later")"
    case (.isOver, .open(_, let overChecks)):
      "keeps the alert open: over at \(overChecks) of \(lifecycle.resolveAfter) checks"
    case (.isBetween, .open): "keeps the alert open: `resolve_when` does not hold"
    case (.isOver, _), (.isBetween, _): "nothing: `when` does not hold"
    }
  }

  /// When a closed alert's cooldown ends, if it has not.
  private var cooldownEnd: Instant? {
    guard case .closed(let at, _, _) = before.phase, let cooldown = lifecycle.cooldown else {
      return nil
    }
    let end = context.zone.adding(cooldown, to: at)
    return end > context.now ? end : nil
  }

  private func shown(_ instant: Instant) -> String { context.zone.shown(instant) }
}

extension AlertState.CloseReason {
  /// The reason in words.
  var words: String {
    switch self {
    case .resolved: "the condition no longer held"
    case .outOfScope: "it was no longer one of those looked at"
    case .expired: "it had been open for too long"
    case .ruleChanged: "the rule had changed"
    }
  }
}

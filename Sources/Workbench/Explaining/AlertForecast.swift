import Expressions
package import Rules

/// What a run would make of the alert that is kept for a thing.
package struct AlertForecast: Sendable, Hashable {
  /// The alert as it stands.
  package let before: AlertState

  /// The alert as the run would leave it.
  package let after: AlertState
  package let effect: AlertEffect?

  /// The rules whose open alert holds this one back.
  private let suppressors: [String]

  /// Why a run would leave the rule out, as the end of a sentence.
  private let skipped: String?
  private let observation: Observation
  private let causes: [Term]
  private let mode: Rule.Mode
  private let lifecycle: Lifecycle
  private let context: EvaluationContext

  /// Lets an alert, or none, take what an explanation found.
  ///
  /// `suppressors` are the rules whose open alert holds this one back; `skipped` says, as the end
  /// of a sentence, why a run would leave the rule out.
  package init(
    _ explanation: RuleExplanation, alert: AlertState?, suppressors: [String] = [],
    skipped: String? = nil
  ) {
    let rule = explanation.rule
    let before = alert ?? AlertState()
    var after = before
    effect =
      skipped != nil
      ? nil
      : after.observe(
        explanation.observation, at: explanation.context.now, conditionHash: rule.conditionHash,
        lifecycle: rule.lifecycle, zone: explanation.context.zone,
        isSuppressed: !suppressors.isEmpty)
    self.suppressors = suppressors
    self.skipped = skipped
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
    case .pending(let checks) where checks >= lifecycle.openAfter: "held back, not yet open"
    case .pending(let checks): "not yet open: matched at \(checks) of \(lifecycle.openAfter) checks"
    case .open(let since, let overChecks):
      "open since \(shown(since)), episode \(before.episode), \(before.severity.rawValue)"
        + (overChecks > 0 ? ", over at \(overChecks) of \(lifecycle.resolveAfter) checks" : "")
        + (before.reminders > 0 ? ", \(before.reminders.times) reminded" : "")
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
    if let skipped { return "nothing: the rule is left out, as \(skipped)" }
    if let checked = before.observedAt, checked >= context.now {
      return "nothing: the alert was checked for \(shown(checked)) already"
    }
    return switch effect {
    case .opened: "opens an alert, \(after.severity.rawValue)"
    case .reopened: "goes on with the alert that was closed; nothing is done anew"
    case .severityRose: "raises the alert to \(after.severity.rawValue)"
    case .reminded(let number): "reminds of the alert, for the \(number.ordinal) time"
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
    case (.matches, .open):
      "nothing: the alert is open already" + (isHeldBack ? ", \(holding)" : "")
    case (.matches, .closed(_, let reason, true)):
      "nothing: the alert was closed, \(reason.words), and the condition has held ever since"
    case (.matches, _) where isHeldBack && cooldownEnd == nil: "nothing: \(holding)"
    case (.matches, .pending(let checks)):
      "waits: matched at \(checks) of \(lifecycle.openAfter) checks"
    case (.matches, _):
      "nothing: the cooldown lasts until \(cooldownEnd.map { shown($0) } ?? "later")"
    case (.isOver, .open(_, let overChecks)):
      "keeps the alert open: over at \(overChecks) of \(lifecycle.resolveAfter) checks"
    case (.isBetween, .open): "keeps the alert open: `resolve_when` does not hold"
    case (.isOver, _), (.isBetween, _): "nothing: `when` does not hold"
    }
  }

  private var isHeldBack: Bool { !suppressors.isEmpty }

  private var holding: String {
    let rules = suppressors.map { "`\($0)`" }.joined(separator: " and ")
    return "an open alert of \(rules) holds it back"
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

extension Int {
  /// `once`, `2 times`.
  fileprivate var times: String { self == 1 ? "once" : "\(self) times" }

  /// `1st`, `12th`.
  fileprivate var ordinal: String {
    switch (self % 10, self % 100) {
    case (1, let last) where last != 11: "\(self)st"
    case (2, let last) where last != 12: "\(self)nd"
    case (3, let last) where last != 13: "\(self)rd"
    default: "\(self)th"
    }
  }
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

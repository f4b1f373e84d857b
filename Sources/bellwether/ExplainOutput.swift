import Engine
import Expressions
import Foundation
import Rules
import Store
import Workbench

/// What `explain` found out about one thing.
struct ExplainedEntity {
  let rule: Rule
  let tenant: Tenant
  let now: Instant
  let look: EntityLook
  let explanation: RuleExplanation
  let forecast: AlertForecast

  init(rule: Rule, tenant: Tenant, now: Instant, look: EntityLook) {
    self.rule = rule
    self.tenant = tenant
    self.now = now
    self.look = look
    explanation = RuleExplanation(
      rule: rule, inputs: look.inputs,
      context: EvaluationContext(now: now, zone: tenant.zone))
    forecast = AlertForecast(
      explanation, alert: look.alert?.state, suppressors: look.suppressors,
      skipped: look.stale?.words(in: tenant.zone))
  }

  /// What a run would do, in one sentence without its end.
  var verdict: String {
    guard let metric = rule.metric else { return forecast.verdict }
    switch rule.mode {
    case .live: break
    case .paused: return "nothing: the rule is paused"
    case .dryRun: return "nothing: the rule is on trial"
    }
    switch explanation.observation {
    case .matches: break
    case .isOutOfScope: return "nothing: `where` does not hold, so the rule does not look at it"
    case .isUnknown, .isOver, .isBetween: return "nothing: it cannot be decided"
    }
    let changes = zip(metric.settings, explanation.settings).compactMap { setting, found in
      let old = look.inputs[rule.target(setting)] ?? .missing
      guard old != found.value else { return nil as String? }
      return "\(setting.field): \(old.shown(in: tenant.zone)) -> "
        + found.value.shown(in: tenant.zone)
    }
    return changes.isEmpty
      ? "nothing: what it sets is so already" : "sets \(changes.joined(separator: ", "))"
  }

  /// What a run would carry out: nothing if the rule is paused or on trial.
  var actions: [EntityLook.ExpectedAction] { forecast.acts ? look.actions : [] }
}

/// What `explain` prints.
enum ExplainOutput {
  static func text(_ explained: ExplainedEntity) -> String {
    let (rule, look, zone) = (explained.rule, explained.look, explained.tenant.zone)
    let name = look.label == look.key ? look.key : "\(look.label) (\(look.key))"
    var text = "\(rule.title) (\(rule.name)): \(rule.entity.replacing("_", with: " ")) \(name)\n"
    text += "\(explained.tenant.name) (\(explained.tenant.slug)), "
    text += "a run at \(zone.shown(explained.now)) \(zone.identifier)\n\n"
    text += explained.explanation.dataText()
    text += explained.explanation.text()
    if rule.metric != nil {
      return text + "a run now\n  \(explained.verdict)"
    }
    text += "alert\n  \(explained.forecast.standing)\n"
    if let alert = look.alert, alert.state.episode > 0 {
      let opened = KeptValues.text(alert.openedValues ?? "", of: rule, zone)
      if !opened.isEmpty { text += "  when it opened: \(opened)\n" }
    }
    text += "a run now\n  \(explained.forecast.verdict)\n"
    for action in explained.actions { text += "    \(line(action))\n" }
    if let hint = explained.limitHint { text += "  \(hint)\n" }
    return text.trimmingCharacters(in: .newlines)
  }

  private static func line(_ action: EntityLook.ExpectedAction) -> String {
    let recipient = action.recipient.map { " for \($0)" } ?? ""
    let what =
      switch action.kind {
      case .task: "task\(recipient): \(action.text)"
      case .email: "email to \(action.recipient ?? "nobody")"
      case .webhook: "webhook to \(action.text)"
      case .update: "update: \(action.text)"
      case .closeTask: "closes its tasks"
      }
    if let failure = action.failure { return "\(what); fails: \(failure)" }
    guard let reason = action.heldBy else { return what }
    if reason.hasPrefix("silence:") { return "\(what); not sent, \(reason)" }
    return "\(what); waits, `\(reason)` is used up"
  }
}

extension ExplainedEntity {
  /// What the outcome for one thing alone cannot tell.
  var limitHint: String? {
    guard actions.contains(where: { $0.kind != .update && $0.kind != .closeTask }) else {
      return nil
    }
    let limits = rule.limits
    var names: [String] = []
    if limits.perRecipient != nil { names.append("`per_recipient`") }
    if limits.perRule != nil { names.append("`per_rule`") }
    if limits.maxMatches != nil { names.append("`max_matches`") }
    guard !names.isEmpty else { return nil }
    return "unless a limit holds it back (\(names.joined(separator: ", "))): others may come first"
  }
}

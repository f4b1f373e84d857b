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
    forecast = AlertForecast(explanation, alert: look.alert?.state)
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
    text += "alert\n  \(explained.forecast.standing)\n"
    if let alert = look.alert, alert.state.episode > 0 {
      let opened = openedValues(alert, of: rule, zone)
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

  /// The values kept with an alert, in the rule's order, as people read them.
  private static func openedValues(_ alert: StoredAlert, of rule: Rule, _ zone: Zone) -> String {
    let kept =
      (try? JSONSerialization.jsonObject(with: Data((alert.openedValues ?? "").utf8)))
      as? [String: Any]
    return rule.values.compactMap { named in
      kept?[named.name].map { value in
        "\(named.name) \(Value(json: value, type: named.type, zone: zone).shown(in: zone))"
      }
    }.joined(separator: ", ")
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

extension Value {
  /// Reads a value as alerts keep it; what cannot be read is shown as the text it is.
  fileprivate init(json: Any, type: ValueType, zone: Zone) {
    switch (type, json) {
    case (_, is NSNull): self = .missing
    case (.bool, let flag as Bool): self = .bool(flag)
    case (.number, let number as Double): self = .number(number)
    case (.instant, let text as String):
      self = Instant(text, in: zone).map(Value.instant) ?? .text(text)
    case (.duration, let text as String):
      self = Period(iso8601: text).map(Value.duration) ?? .text(text)
    default: self = .text("\(json)")
    }
  }
}

extension Period {
  /// Reads days and seconds, `P1DT3600S`, as alerts keep them.
  fileprivate init?(iso8601 text: String) {
    guard
      let match = text.wholeMatch(of: /P(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(-?\d+(?:\.\d+)?)S)?/)
    else { return nil }
    self.init(
      months: match.1.flatMap { Int($0) } ?? 0, days: match.2.flatMap { Int($0) } ?? 0,
      microseconds: match.3.flatMap { Double($0) }.map { Int64($0 * 1_000_000) } ?? 0)
  }
}

import Expressions
import Rules
import Store

/// Applies a rule's limits to its actions and keeps the books of what was granted.
struct ActionDecisions {
  let rule: Rule
  let tenant: Tenant
  let now: Instant
  let limits: LimitStore

  /// Sorts actions into those to carry out and those to hold or drop, and takes grants.
  ///
  /// `fresh` are new; `held` wait since an earlier run and come first among equals.
  func decide(
    fresh: [PlannedAction], held: [PlannedAction], counts: RuleCounts
  ) async throws -> (now: [PlannedAction], waiting: [PlannedAction]) {
    let ordered = (held + fresh).enumerated().sorted { left, right in
      let (a, b) = (left.element.record, right.element.record)
      if a.severity != b.severity { return a.severity > b.severity }
      if a.decidedAt != b.decidedAt { return a.decidedAt < b.decidedAt }
      if a.entityKey != b.entityKey { return a.entityKey < b.entityKey }
      return left.offset < right.offset
    }.map(\.element)
    guard !ordered.isEmpty else { return ([], []) }

    let ruleRate = rule.limits.perRule.map { window($0) }
    let recipientRate = rule.limits.perRecipient.map { window($0) }
    let recipients = Set(ordered.compactMap(\.record.recipient)).sorted().map(subject)
    var ruleWindow = ruleRate
    if let window = ruleRate {
      let used = try await limits.used(.rule, of: [rule.name], windowStart: window.start)
      ruleWindow = RateWindow(
        start: window.start, capacity: window.capacity, used: used[rule.name] ?? 0)
    }
    let usedByRecipient =
      if let window = recipientRate {
        try await limits.used(.recipient, of: recipients, windowStart: window.start)
      } else { [String: Int]() }
    let exceeds =
      rule.limits.maxMatches?.isExceeded(by: counts.matched, inScope: counts.inScope) ?? false
    var limiter = RateLimiter(
      rule: ruleWindow, recipientWindow: recipientRate, usedByRecipient: usedByRecipient,
      holdsEverything: exceeds)

    var going: [PlannedAction] = []
    var waiting: [PlannedAction] = []
    for var action in ordered {
      if action.record.outcome == .failed {
        going.append(action)
      } else if let reason = limiter.reasonToHold(action.record) {
        let isDropped = reason != "max_matches" && rule.limits.overflow == .drop
        action.record.outcome = isDropped ? .dropped : .held
        action.record.reason = reason
        action.record.payload = isDropped ? nil : action.payload
        waiting.append(action)
      } else {
        going.append(action)
      }
    }
    try await takeGrants(
      limiter, ruleUsed: ruleWindow?.used ?? 0, usedByRecipient: usedByRecipient)
    return (going, waiting)
  }

  /// A recipient's budget is the rule's own: what others send does not use it up.
  private func subject(_ recipient: String) -> String { DedupeKey.join(rule.name, recipient) }

  private func window(_ rate: Limits.Rate) -> RateWindow {
    RateWindow(
      start: rate.unit.windowStart(at: now, in: tenant.zone), capacity: rate.count, used: 0)
  }

  private func takeGrants(
    _ limiter: RateLimiter, ruleUsed: Int, usedByRecipient: [String: Int]
  ) async throws {
    if let window = limiter.rule {
      try await limits.add(
        [rule.name: window.used - ruleUsed], to: .rule, windowStart: window.start)
    }
    if let start = limiter.recipients.values.first?.start {
      try await limits.add(
        limiter.recipients.reduce(into: [:]) { grants, recipient in
          grants[recipient.key] = recipient.value.used - (usedByRecipient[recipient.key] ?? 0)
        }, to: .recipient, windowStart: start)
    }
  }
}

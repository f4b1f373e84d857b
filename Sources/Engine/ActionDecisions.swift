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

    let before = try await limiter(for: ordered, counts: counts)
    var limiter = before
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
    try await takeGrants(from: before, to: limiter)
    return (going, waiting)
  }

  /// A limiter that knows what the actions' windows have granted before.
  func limiter(for actions: [PlannedAction], counts: RuleCounts) async throws -> RateLimiter {
    var ruleWindow = rule.limits.perRule.map { window($0) }
    let recipientWindow = rule.limits.perRecipient.map { window($0) }
    if let window = ruleWindow {
      let used = try await limits.used(.rule, of: [rule.name], windowStart: window.start)
      ruleWindow = RateWindow(
        start: window.start, capacity: window.capacity, used: used[rule.name] ?? 0)
    }
    let recipients = Set(actions.compactMap(\.record.recipient)).sorted().map(subject)
    let usedByRecipient =
      if let window = recipientWindow {
        try await limits.used(.recipient, of: recipients, windowStart: window.start)
      } else { [String: Int]() }
    let exceeds =
      rule.limits.maxMatches?.isExceeded(by: counts.matched, inScope: counts.inScope) ?? false
    return RateLimiter(
      rule: ruleWindow, recipientWindow: recipientWindow, usedByRecipient: usedByRecipient,
      holdsEverything: exceeds)
  }

  /// A recipient's budget is the rule's own: what others send does not use it up.
  private func subject(_ recipient: String) -> String { DedupeKey.join(rule.name, recipient) }

  private func window(_ rate: Limits.Rate) -> RateWindow {
    RateWindow(
      start: rate.unit.windowStart(at: now, in: tenant.zone), capacity: rate.count, used: 0)
  }

  private func takeGrants(from before: RateLimiter, to after: RateLimiter) async throws {
    if let window = after.rule {
      try await limits.add(
        [rule.name: window.used - (before.rule?.used ?? 0)], to: .rule, windowStart: window.start)
    }
    if let start = after.recipients.values.first?.start {
      try await limits.add(
        after.recipients.reduce(into: [:]) { grants, recipient in
          let used = before.recipients[recipient.key]?.used ?? 0
          grants[recipient.key] = recipient.value.used - used
        }, to: .recipient, windowStart: start)
    }
  }
}

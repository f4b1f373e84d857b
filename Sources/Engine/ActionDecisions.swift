import Expressions
import Rules
import Store

/// Applies a rule's limits to its actions.
///
/// Pure: what was granted before comes in, what is granted now goes out.
struct ActionDecisions {
  let rule: Rule
  let tenant: Tenant
  let now: Instant

  /// What becomes of a rule's actions.
  struct Outcome {
    var going: [PlannedAction] = []

    /// Held or dropped, as their records say.
    var waiting: [PlannedAction] = []
    var grants: [LimitStore.Key: Int] = [:]
  }

  /// The windows whose use `decide` must know.
  func windows(of actions: some Sequence<PlannedAction>) -> Set<LimitStore.Key> {
    var windows = Set(ruleKey.map { [$0] } ?? [])
    if rule.limits.perRecipient != nil {
      for recipient in Set(actions.compactMap(\.record.recipient)) {
        windows.formUnion(recipientKey(of: subject(recipient)).map { [$0] } ?? [])
      }
    }
    return windows
  }

  /// Sorts actions into those to carry out and those to hold or drop, and takes grants.
  ///
  /// `fresh` are new; `held` wait since an earlier run and come first among equals. `used` holds
  /// what was used of ``windows(of:)``.
  func decide(
    fresh: [PlannedAction], held: [PlannedAction], counts: RuleCounts,
    used: [LimitStore.Key: Int]
  ) -> Outcome {
    var outcome = Outcome()
    var limiter = limiter(counts: counts, used: used)
    for var action in inOrder(held + fresh) {
      if action.record.outcome == .failed {
        outcome.going.append(action)
      } else if let reason = limiter.reasonToHold(action) {
        if reason != "max_matches", rule.limits.overflow == .digest, let line = action.digestLine {
          action.effect = .digest(line)
          action.record.reason = reason
          outcome.going.append(action.waitingForDigest(of: rule, after: now, in: tenant.zone))
          continue
        }
        let isDropped = reason != "max_matches" && rule.limits.overflow == .drop
        action.record.outcome = isDropped ? .dropped : .held
        action.record.reason = reason
        action.record.payload = isDropped ? nil : action.payload
        outcome.waiting.append(action)
      } else {
        outcome.going.append(action.waitingForDigest(of: rule, after: now, in: tenant.zone))
      }
    }
    if let key = ruleKey, let window = limiter.rule {
      outcome.grants[key] = window.used - (used[key] ?? 0)
    }
    for (subject, window) in limiter.recipients {
      guard let key = recipientKey(of: subject) else { continue }
      outcome.grants[key] = window.used - (used[key] ?? 0)
    }
    return outcome
  }

  /// Most severe first, then oldest, then by key.
  private func inOrder(_ actions: [PlannedAction]) -> [PlannedAction] {
    // Places are sorted, because actions are large.
    actions.indices.sorted { left, right in
      let (a, b) = (actions[left].record, actions[right].record)
      if a.severity != b.severity { return a.severity > b.severity }
      if a.decidedAt != b.decidedAt { return a.decidedAt < b.decidedAt }
      if a.entityKey != b.entityKey { return a.entityKey < b.entityKey }
      return left < right
    }.map { actions[$0] }
  }

  /// A limiter that knows what the actions' windows have granted before.
  func limiter(counts: RuleCounts, used: [LimitStore.Key: Int]) -> RateLimiter {
    let exceeds =
      rule.limits.maxMatches?.isExceeded(by: counts.matched, inScope: counts.inScope) ?? false
    let recipients = used.filter { $0.key.scope == .recipient }
    return RateLimiter(
      rule: rule.limits.perRule.map { window($0, used: ruleKey.flatMap { used[$0] } ?? 0) },
      recipientWindow: rule.limits.perRecipient.map { window($0, used: 0) },
      usedByRecipient: recipients.reduce(into: [:]) { $0[$1.key.subject] = $1.value },
      holdsEverything: exceeds)
  }

  /// A recipient's budget is the rule's own: what others send does not use it up.
  private func subject(_ recipient: String) -> String { DedupeKey.join(rule.name, recipient) }

  private var ruleKey: LimitStore.Key? {
    rule.limits.perRule.map {
      LimitStore.Key(scope: .rule, subject: rule.name, windowStart: window($0, used: 0).start)
    }
  }

  private func recipientKey(of subject: String) -> LimitStore.Key? {
    rule.limits.perRecipient.map {
      LimitStore.Key(scope: .recipient, subject: subject, windowStart: window($0, used: 0).start)
    }
  }

  private func window(_ rate: Limits.Rate, used: Int) -> RateWindow {
    RateWindow(
      start: rate.unit.windowStart(at: now, in: tenant.zone), capacity: rate.count, used: used)
  }
}

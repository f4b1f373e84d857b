import Expressions
import Rules
import Store

/// Decides what becomes of the actions of several rules: silences first, then limits.
///
/// Pure: what was granted before comes in, what is granted now goes out.
struct ActionDecisions {
  let tenant: Tenant
  let now: Instant
  var tenantLimits = TenantLimits()
  var silences: [Silence] = []

  /// The actions of one rule.
  struct RuleActions {
    var rule: Rule

    /// Whether more match than the rule expects, so that every action waits.
    var holdsEverything = false
    var fresh: [PlannedAction] = []

    /// What waits since an earlier run; it comes first among equals.
    var held: [PlannedAction] = []
  }

  /// What becomes of actions.
  struct Outcome {
    var going: [PlannedAction] = []

    /// Held, dropped or skipped, as their records say.
    var staying: [PlannedAction] = []
    var grants: [LimitStore.Key: Int] = [:]
  }

  /// The windows whose use `decide` must know.
  func windows(of rules: [RuleActions]) -> Set<LimitStore.Key> {
    rules.reduce(into: []) { windows, actions in
      let budgets = self.budgets(of: actions.rule)
      for action in [actions.held, actions.fresh].joined() {
        for budget in budgets.budgets(of: action) { windows.insert(budget.key) }
      }
    }
  }

  /// Sorts actions into those to carry out and those that stay, and takes grants; `used` holds
  /// what was used of ``windows(of:)``.
  func decide(_ rules: [RuleActions], used: [LimitStore.Key: Int]) -> Outcome {
    var outcome = Outcome()
    var limiter = RateLimiter(used: used)
    let bounds = rules.map { self.bounds(of: $0) }
    for (place, action) in inOrder(rules) {
      var action = action
      let rule = rules[place].rule
      guard action.record.outcome != .skipped else {
        outcome.staying.append(action)
        continue
      }
      guard action.record.outcome != .failed, let stop = bounds[place].stop(action, &limiter)
      else {
        outcome.going.append(action.waitingForDigest(of: rule, after: now, in: tenant.zone))
        continue
      }
      if stop.outcome == .digest, let line = action.digestLine {
        action.effect = .digest(line)
        action.record.reason = stop.reason
        outcome.going.append(action.waitingForDigest(of: rule, after: now, in: tenant.zone))
        continue
      }
      action.record.outcome = stop.outcome
      // What waits for a rate goes on by itself once no more match than expected.
      if action.heldFor == nil || stop.reason != maxMatches { action.record.reason = stop.reason }
      action.record.payload = stop.outcome == .held ? action.payload : nil
      outcome.staying.append(action)
    }
    outcome.grants = limiter.grants
    return outcome
  }

  /// Why an action of a rule would not be carried out, given what was used of its windows.
  func reasons(for actions: RuleActions, used: [LimitStore.Key: Int]) -> [String?] {
    var limiter = RateLimiter(used: used)
    let bounds = self.bounds(of: actions)
    return actions.fresh.map { action in
      action.record.outcome == .failed ? nil : bounds.stop(action, &limiter)?.reason
    }
  }

  private func bounds(of actions: RuleActions) -> Bounds {
    Bounds(
      budgets: budgets(of: actions.rule),
      silences: silences.filter { $0.concerns(actions.rule, at: now) },
      holdsEverything: actions.holdsEverything, overflow: actions.rule.limits.overflow)
  }

  private func budgets(of rule: Rule) -> RuleBudgets {
    RuleBudgets(rule, tenantLimits, of: tenant, at: now)
  }

  /// Most severe first, then oldest, then by key; each with the place of its rule.
  private func inOrder(_ rules: [RuleActions]) -> [(place: Int, action: PlannedAction)] {
    let actions = rules.enumerated().flatMap { place, actions in
      (actions.held + actions.fresh).map { (place: place, action: $0) }
    }
    // Places are sorted, because actions are large.
    return actions.indices.sorted { left, right in
      let (a, b) = (actions[left].action.record, actions[right].action.record)
      if a.severity != b.severity { return a.severity > b.severity }
      if a.decidedAt != b.decidedAt { return a.decidedAt < b.decidedAt }
      if a.entityKey != b.entityKey { return a.entityKey < b.entityKey }
      return left < right
    }.map { actions[$0] }
  }
}

/// What `max_matches` is called where it holds something back.
let maxMatches = "max_matches"

/// What stands between one rule's actions and the world.
private struct Bounds {
  var budgets: RuleBudgets
  var silences: [Silence]
  var holdsEverything: Bool
  var overflow: Limits.Overflow

  /// What stops an action; `nil` if nothing does, and then its grants are taken.
  func stop(
    _ action: PlannedAction, _ limiter: inout RateLimiter
  ) -> (outcome: ActionRecord.Outcome, reason: String)? {
    guard action.record.kind.isHeard else { return nil }
    if let silence = silences.first(where: { $0.covers(action.record.entityKey) }) {
      return (.skipped, SilenceStore.reason(silence.id))
    }
    if holdsEverything { return (.held, maxMatches) }
    return limiter.reasonToHold(budgets.budgets(of: action)).map { reason in
      switch overflow {
      case .nextWindow: (.held, reason)
      case .digest: (action.digestLine == nil ? .held : .digest, reason)
      case .drop: (.dropped, reason)
      }
    }
  }
}

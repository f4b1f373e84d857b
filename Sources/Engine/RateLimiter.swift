import Expressions
import Rules
import Store

/// What calendar windows admit in one run.
///
/// Pure: what was used comes in, decisions and grants go out.
struct RateLimiter {
  /// A calendar window that an action must fit into.
  struct Budget {
    var key: LimitStore.Key
    var capacity: Int

    /// What the window is called where it holds something back.
    var reason: String

    /// Actions with the same claim are granted once: those of one alert.
    var claim: String
  }

  private let used: [LimitStore.Key: Int]
  private var windows: [LimitStore.Key: RateWindow] = [:]
  private var claims: [LimitStore.Key: Set<String>] = [:]

  /// A limiter that knows what was used of the windows before.
  init(used: [LimitStore.Key: Int]) { self.used = used }

  /// Why the action must wait, or `nil` if it may go; takes from every budget or from none.
  ///
  /// Ask most severe first, then oldest.
  mutating func reasonToHold(_ budgets: [Budget]) -> String? {
    let needed = budgets.filter { claims[$0.key]?.contains($0.claim) != true }
    if let full = needed.first(where: { !window($0).hasRoom }) { return full.reason }
    for budget in needed {
      var window = window(budget)
      _ = window.admit()
      windows[budget.key] = window
      claims[budget.key, default: []].insert(budget.claim)
    }
    return nil
  }

  /// What was taken of each window.
  var grants: [LimitStore.Key: Int] { claims.mapValues(\.count) }

  private func window(_ budget: Budget) -> RateWindow {
    windows[budget.key]
      ?? RateWindow(
        start: budget.key.windowStart, capacity: budget.capacity, used: used[budget.key] ?? 0)
  }
}

/// The windows that a rule's actions must fit into: the rule's own, then the tenant's.
///
/// The unit is an alert: `per_rule` and `per_tenant` count alerts that act, `per_recipient` counts
/// alerts that somebody hears of, however many actions each has. Field updates and the closing of
/// tasks are state and never wait.
struct RuleBudgets {
  private let rule: Rule
  private let limits: [Limit]

  private struct Limit {
    var scope: LimitStore.Scope
    var capacity: Int
    var start: Instant
    var reason: String

    /// Tells windows of different lengths from each other that begin at the same time.
    var unit: String
  }

  /// The windows that `now` falls into.
  init(_ rule: Rule, _ tenantLimits: TenantLimits, of tenant: Tenant, at now: Instant) {
    self.rule = rule
    let rates: [(LimitStore.Scope, Limits.Rate?, String)] = [
      (.rule, rule.limits.perRule, "per_rule"),
      (.recipient, rule.limits.perRecipient, "per_recipient"),
      (.tenant, tenantLimits.perTenant, "per_tenant"),
      (.tenantRecipient, tenantLimits.perRecipient, "tenant_per_recipient"),
    ]
    limits = rates.compactMap { scope, rate, reason in
      rate.map { rate in
        Limit(
          scope: scope, capacity: rate.count,
          start: rate.unit.windowStart(at: now, in: tenant.zone), reason: reason,
          unit: rate.unit.rawValue)
      }
    }
  }

  /// The budgets of one action; none for state.
  ///
  /// A line of a digest is no message of its own, so it takes nothing of its recipient's.
  func budgets(of planned: PlannedAction) -> [RateLimiter.Budget] {
    let action = planned.record
    guard !limits.isEmpty, action.kind.isHeard else { return [] }
    let recipient = planned.isDigestLine ? nil : action.recipient
    let alert = DedupeKey.join(rule.name, action.entityKey, "\(action.episode)")
    return limits.compactMap { limit in
      let subject: String
      switch limit.scope {
      case .rule: subject = rule.name
      case .tenant: subject = limit.unit
      // A recipient's budget is the rule's own: what others send does not use it up.
      case .recipient:
        guard let recipient else { return nil }
        subject = DedupeKey.join(rule.name, recipient)
      case .tenantRecipient:
        guard let recipient else { return nil }
        subject = recipient
      }
      return RateLimiter.Budget(
        key: LimitStore.Key(scope: limit.scope, subject: subject, windowStart: limit.start),
        capacity: limit.capacity, reason: limit.reason, claim: alert)
    }
  }
}

extension ActionRecord.Kind {
  /// Whether people or systems hear of it, so that limits and silences are about it.
  var isHeard: Bool {
    switch self {
    case .task, .email, .webhook: true
    case .update, .closeTask: false
    }
  }
}

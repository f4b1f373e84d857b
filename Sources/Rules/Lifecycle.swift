package import Expressions

/// How an alert opens and closes; times are scheduled times.
package struct Lifecycle: Sendable, Hashable {
  /// Consecutive checks that must match before an alert opens.
  package var openAfter: Int

  /// When an open alert is over; `nil` means as soon as `when` is false.
  package var resolveWhen: Term?

  /// Consecutive checks that must be over before an alert closes.
  package var resolveAfter: Int

  /// A match this soon after closing continues the episode, without acting again.
  package var reopenWithin: Period?

  /// No new episode this soon after closing.
  package var cooldown: Period?

  /// An alert that stays open this long is closed.
  package var expireAfter: Period?

  /// Creates a lifecycle.
  package init(
    openAfter: Int = 1, resolveWhen: Term? = nil, resolveAfter: Int = 1,
    reopenWithin: Period? = nil, cooldown: Period? = nil, expireAfter: Period? = nil
  ) {
    self.openAfter = openAfter
    self.resolveWhen = resolveWhen
    self.resolveAfter = resolveAfter
    self.reopenWithin = reopenWithin
    self.cooldown = cooldown
    self.expireAfter = expireAfter
  }
}

/// How many actions a rule may take.
package struct Limits: Sendable, Hashable {
  /// Alerts of the rule that one recipient hears of.
  package var perRecipient: Rate?

  /// Alerts of the rule that may act.
  package var perRule: Rate?

  /// More matches than this in one run hold every action.
  package var maxMatches: MaxMatches?

  /// What becomes of actions over a rate.
  package var overflow: Overflow

  /// Whether the rule's actions share a budget.
  package var hasRates: Bool { perRecipient != nil || perRule != nil }

  /// `15 per day`: a calendar window of the tenant's zone.
  package struct Rate: Sendable, Hashable {
    package var count: Int
    package var unit: Unit

    /// The windows people are promised.
    package enum Unit: String, Sendable, Hashable, CaseIterable { case minute, hour, day, week }

    /// Creates a rate.
    package init(count: Int, per unit: Unit) {
      self.count = count
      self.unit = unit
    }
  }

  /// A number of matches, or a share of everyone in scope.
  package enum MaxMatches: Sendable, Hashable {
    case count(Int)

    /// Between 0 and 1.
    case share(Double)
  }

  /// What becomes of actions over a rate.
  package enum Overflow: String, Sendable, Hashable, CaseIterable {
    case nextWindow = "next_window"
    case digest
    case drop
  }

  /// Creates limits.
  package init(
    perRecipient: Rate? = nil, perRule: Rate? = nil, maxMatches: MaxMatches? = nil,
    overflow: Overflow = .nextWindow
  ) {
    self.perRecipient = perRecipient
    self.perRule = perRule
    self.maxMatches = maxMatches
    self.overflow = overflow
  }
}

/// How many alerts may act across all rules of a tenant.
package struct TenantLimits: Sendable, Hashable {
  /// Alerts that act at all.
  package var perTenant: Limits.Rate?

  /// Alerts that one recipient hears of.
  package var perRecipient: Limits.Rate?

  /// Whether all rules of a tenant share a budget.
  package var hasRates: Bool { perTenant != nil || perRecipient != nil }

  /// Creates limits.
  package init(perTenant: Limits.Rate? = nil, perRecipient: Limits.Rate? = nil) {
    self.perTenant = perTenant
    self.perRecipient = perRecipient
  }
}

/// `10 per second`: how quickly an endpoint is called, in bursts of at most `count`.
package struct Throughput: Sendable, Hashable {
  package var count: Int
  package var unit: Unit

  /// The times that a number of calls may be spread over.
  package enum Unit: String, Sendable, Hashable, CaseIterable { case second, minute, hour }

  /// Creates a throughput.
  package init(count: Int, per unit: Unit) {
    self.count = count
    self.unit = unit
  }

  /// The mean number of calls a second.
  package var perSecond: Double {
    switch unit {
    case .second: Double(count)
    case .minute: Double(count) / 60
    case .hour: Double(count) / 3600
    }
  }
}

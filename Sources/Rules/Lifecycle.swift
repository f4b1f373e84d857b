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

  /// When an open alert acts again; never if not said.
  package var remind: Reminder?

  /// Creates a lifecycle.
  package init(
    openAfter: Int = 1, resolveWhen: Term? = nil, resolveAfter: Int = 1,
    reopenWithin: Period? = nil, cooldown: Period? = nil, expireAfter: Period? = nil,
    remind: Reminder? = nil
  ) {
    self.openAfter = openAfter
    self.resolveWhen = resolveWhen
    self.resolveAfter = resolveAfter
    self.reopenWithin = reopenWithin
    self.cooldown = cooldown
    self.expireAfter = expireAfter
    self.remind = remind
  }
}

/// `every 14d, at most 3 times`: how often an alert that stays open acts again.
package struct Reminder: Sendable, Hashable {
  /// Longer than nothing; by the calendar of the tenant's zone, counted from the opening.
  package var every: Period

  /// How many reminders an episode has at most.
  package var atMost: Int?

  /// Creates a reminder.
  package init(every: Period, atMost: Int? = nil) {
    self.every = every
    self.atMost = atMost
  }

  /// The first time after `last` that is a whole number of periods after `start`, one at least.
  ///
  /// What no run could tell in time is told late and once, and those after it keep their times.
  package func due(since start: Instant, after last: Instant, in zone: Zone) -> Instant {
    // The times are not walked but halved, as the last reminder may be many of them ago.
    var high = 1
    while time(high, since: start, in: zone) <= last {
      guard high < 1 << 40 else { return .latest }
      high *= 2
    }
    var low = high / 2
    while high - low > 1 {
      let middle = (low + high) / 2
      if time(middle, since: start, in: zone) <= last { low = middle } else { high = middle }
    }
    return time(high, since: start, in: zone)
  }

  /// The end of time where it would be later than that.
  private func time(_ count: Int, since start: Instant, in zone: Zone) -> Instant {
    every.multiplied(by: Double(count)).map { zone.adding($0, to: start) } ?? .latest
  }
}

/// `orders within 26h`: how recent a source must be for a rule to run.
package struct Freshness: Sendable, Hashable {
  /// A source that says when its rows arrived.
  package var source: String
  package var within: Period

  /// Creates a demand.
  package init(source: String, within: Period) {
    self.source = source
    self.within = within
  }

  /// Whether rows that arrived last at `loadedAt` are recent enough at `now`; none never are.
  package func isMet(by loadedAt: Instant?, at now: Instant, in zone: Zone) -> Bool {
    loadedAt.map { now <= zone.adding(within, to: $0) } ?? false
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

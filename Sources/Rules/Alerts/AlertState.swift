package import Expressions

/// What one alert is doing, as of its last check.
///
/// The state machine is pure: time comes in as a value and effects go out as values, so every
/// transition is a line in a table test. All times are scheduled times.
package struct AlertState: Sendable, Hashable {
  /// Where the alert stands.
  package enum Phase: Sendable, Hashable {
    /// Nothing is known, or what was known is over and forgotten.
    case inactive

    /// The condition matched at `checks` consecutive checks, too few to open.
    case pending(checks: Int)

    /// People were told; the condition was over at the last `overChecks` checks.
    case open(since: Instant, overChecks: Int)

    /// The episode ended. `stillMatching` is set when it expired while the condition held, and
    /// until the condition is over no new episode begins.
    case closed(at: Instant, reason: CloseReason, stillMatching: Bool)
  }

  /// Why an episode ended.
  package enum CloseReason: String, Sendable, Hashable, CaseIterable {
    case resolved
    case outOfScope = "out_of_scope"
    case expired
    case ruleChanged = "rule_changed"
  }

  package var phase: Phase

  /// How often the alert has opened; an episode runs from open to closed.
  package var episode: Int

  /// The highest severity of the episode.
  package var severity: Severity

  /// The condition that was checked last.
  package var conditionHash: String

  /// When the alert was checked last.
  package var observedAt: Instant?

  /// Creates a state.
  package init(
    phase: Phase = .inactive, episode: Int = 0, severity: Severity = .medium,
    conditionHash: String = "", observedAt: Instant? = nil
  ) {
    self.phase = phase
    self.episode = episode
    self.severity = severity
    self.conditionHash = conditionHash
    self.observedAt = observedAt
  }

  /// Whether people were told and the matter is not over.
  package var isOpen: Bool {
    if case .open = phase { true } else { false }
  }
}

/// What one check found out about one thing.
package enum Observation: Sendable, Hashable {
  /// The condition holds.
  case matches(Severity)

  /// The condition does not hold, and `resolve_when` does.
  case isOver

  /// Neither the condition nor `resolve_when` holds: an open alert stays open.
  case isBetween

  /// An input was missing, or evaluation failed: nothing opens and nothing closes.
  case isUnknown

  /// The thing is no longer one that the rule looks at.
  case isOutOfScope
}

/// What follows from a check, beyond the new state.
package enum AlertEffect: Sendable, Hashable {
  /// An episode begins: act.
  case opened

  /// The same episode goes on after a pause: nobody is told again.
  case reopened

  /// The severity is higher than ever in this episode: act once more.
  case severityRose

  /// The episode ended.
  case closed(AlertState.CloseReason)
}

extension AlertState {
  /// Takes one check's outcome and says what follows from it.
  ///
  /// A check at or before the last one changes nothing, so a repeated run is harmless.
  package mutating func observe(
    _ observation: Observation, at now: Instant, conditionHash: String, lifecycle: Lifecycle,
    zone: Zone
  ) -> AlertEffect? {
    if let observedAt, now <= observedAt { return nil }
    observedAt = now
    let ruleChanged = !self.conditionHash.isEmpty && self.conditionHash != conditionHash
    self.conditionHash = conditionHash

    switch phase {
    case .inactive:
      return observeIdle(observation, checks: 0, at: now, lifecycle)
    case .pending(let checks):
      return observeIdle(observation, checks: ruleChanged ? 0 : checks, at: now, lifecycle)
    case .open(let since, let overChecks):
      let hasExpired =
        lifecycle.expireAfter.map { now >= zone.adding($0, to: since) } ?? false
      if hasExpired { return expire(observation, at: now) }
      return observeOpen(
        observation, since: since, overChecks: overChecks, at: now, lifecycle,
        ruleChanged: ruleChanged)
    case .closed(let closedAt, let reason, let stillMatching):
      return observeClosed(
        observation, closedAt: closedAt, reason: reason, stillMatching: stillMatching, at: now,
        lifecycle, zone: zone)
    }
  }

  private mutating func observeIdle(
    _ observation: Observation, checks: Int, at now: Instant, _ lifecycle: Lifecycle
  ) -> AlertEffect? {
    switch observation {
    case .matches(let severity) where checks + 1 >= lifecycle.openAfter:
      phase = .open(since: now, overChecks: 0)
      episode += 1
      self.severity = severity
      return .opened
    case .matches(let severity):
      phase = .pending(checks: checks + 1)
      self.severity = severity
    case .isUnknown:
      break
    case .isOver, .isBetween, .isOutOfScope:
      phase = .inactive
    }
    return nil
  }

  private mutating func observeOpen(
    _ observation: Observation, since: Instant, overChecks: Int, at now: Instant,
    _ lifecycle: Lifecycle, ruleChanged: Bool
  ) -> AlertEffect? {
    switch observation {
    case .matches(let severity):
      phase = .open(since: since, overChecks: 0)
      guard severity > self.severity else { return nil }
      self.severity = severity
      return .severityRose
    case .isOver where ruleChanged, .isBetween where ruleChanged:
      return close(.ruleChanged, at: now)
    case .isOver where overChecks + 1 >= lifecycle.resolveAfter:
      return close(.resolved, at: now)
    case .isOver:
      phase = .open(since: since, overChecks: overChecks + 1)
    case .isBetween:
      phase = .open(since: since, overChecks: 0)
    case .isUnknown:
      break
    case .isOutOfScope:
      return close(.outOfScope, at: now)
    }
    return nil
  }

  private mutating func observeClosed(
    _ observation: Observation, closedAt: Instant, reason: CloseReason, stillMatching: Bool,
    at now: Instant, _ lifecycle: Lifecycle, zone: Zone
  ) -> AlertEffect? {
    guard case .matches(let severity) = observation else {
      if stillMatching, observation != .isUnknown {
        phase = .closed(at: closedAt, reason: reason, stillMatching: false)
      }
      return nil
    }
    if stillMatching { return nil }

    if reason == .resolved, let pause = lifecycle.reopenWithin,
      now <= zone.adding(pause, to: closedAt)
    {
      phase = .open(since: now, overChecks: 0)
      guard severity > self.severity else { return .reopened }
      self.severity = severity
      return .severityRose
    }
    if let cooldown = lifecycle.cooldown, now < zone.adding(cooldown, to: closedAt) { return nil }
    return observeIdle(observation, checks: 0, at: now, lifecycle)
  }

  private mutating func expire(_ observation: Observation, at now: Instant) -> AlertEffect {
    let stillMatching =
      switch observation {
      case .matches, .isUnknown, .isBetween: true
      case .isOver, .isOutOfScope: false
      }
    phase = .closed(at: now, reason: .expired, stillMatching: stillMatching)
    return .closed(.expired)
  }

  private mutating func close(_ reason: CloseReason, at now: Instant) -> AlertEffect {
    phase = .closed(at: now, reason: reason, stillMatching: false)
    return .closed(reason)
  }
}

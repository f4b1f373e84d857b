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

    /// The condition matched at `checks` consecutive checks: too few to open, or enough and
    /// another rule's alert holds this one back.
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

  /// How many reminders the episode has had.
  package var reminders: Int

  /// When people were last reminded, or told that it is worse; `nil` since the alert opened.
  package var remindedAt: Instant?

  /// Creates a state.
  package init(
    phase: Phase = .inactive, episode: Int = 0, severity: Severity = .medium,
    conditionHash: String = "", observedAt: Instant? = nil, reminders: Int = 0,
    remindedAt: Instant? = nil
  ) {
    self.phase = phase
    self.episode = episode
    self.severity = severity
    self.conditionHash = conditionHash
    self.observedAt = observedAt
    self.reminders = reminders
    self.remindedAt = remindedAt
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

  /// The alert is still open, and it is time to say so again: for the `number`th time.
  case reminded(number: Int)

  /// The episode ended.
  case closed(AlertState.CloseReason)
}

extension AlertState {
  /// Takes one check's outcome and says what follows from it.
  ///
  /// A check at or before the last one changes nothing, so a repeated run is harmless. While the
  /// alert is held back (`isSuppressed`) nothing opens and nobody is told of an open one; what is
  /// open may still close.
  package mutating func observe(
    _ observation: Observation, at now: Instant, conditionHash: String, lifecycle: Lifecycle,
    zone: Zone, isSuppressed: Bool = false
  ) -> AlertEffect? {
    if let observedAt, now <= observedAt { return nil }
    observedAt = now
    let ruleChanged = !self.conditionHash.isEmpty && self.conditionHash != conditionHash
    self.conditionHash = conditionHash
    let check = Check(now: now, zone: zone, lifecycle: lifecycle, isSuppressed: isSuppressed)

    switch phase {
    case .inactive:
      return observeIdle(observation, checks: 0, check)
    case .pending where ruleChanged:
      // What another condition counted counts no more, even if nothing is known now.
      phase = .inactive
      return observeIdle(observation, checks: 0, check)
    case .pending(let checks):
      return observeIdle(observation, checks: checks, check)
    case .open(let since, let overChecks):
      let hasExpired =
        lifecycle.expireAfter.map { now >= zone.adding($0, to: since) } ?? false
      if hasExpired { return expire(observation, at: now) }
      return observeOpen(
        observation, since: since, overChecks: overChecks, check, ruleChanged: ruleChanged)
    case .closed(let closedAt, let reason, let stillMatching):
      return observeClosed(
        observation, closedAt: closedAt, reason: reason, stillMatching: stillMatching, check)
    }
  }

  /// What is the same wherever an alert stands.
  private struct Check {
    let now: Instant
    let zone: Zone
    let lifecycle: Lifecycle
    let isSuppressed: Bool
  }

  private mutating func observeIdle(
    _ observation: Observation, checks: Int, _ check: Check
  ) -> AlertEffect? {
    let needed = check.lifecycle.openAfter
    switch observation {
    case .matches(let severity) where checks + 1 >= needed && !check.isSuppressed:
      phase = .open(since: check.now, overChecks: 0)
      episode += 1
      self.severity = severity
      reminders = 0
      remindedAt = nil
      return .opened
    case .matches(let severity):
      // What waits for another rule alone has been counted to the end, and stays as it is.
      phase = .pending(checks: min(checks + 1, needed))
      self.severity = severity
    case .isUnknown:
      break
    case .isOver, .isBetween, .isOutOfScope:
      phase = .inactive
    }
    return nil
  }

  private mutating func observeOpen(
    _ observation: Observation, since: Instant, overChecks: Int, _ check: Check, ruleChanged: Bool
  ) -> AlertEffect? {
    switch observation {
    case .matches(let severity):
      phase = .open(since: since, overChecks: 0)
      return rise(to: severity, check) ?? remind(since: since, check)
    case .isOver where ruleChanged, .isBetween where ruleChanged:
      return close(.ruleChanged, at: check.now)
    case .isOver where overChecks + 1 >= check.lifecycle.resolveAfter:
      return close(.resolved, at: check.now)
    case .isOver:
      phase = .open(since: since, overChecks: overChecks + 1)
      return nil
    case .isBetween:
      phase = .open(since: since, overChecks: 0)
      return remind(since: since, check)
    case .isUnknown:
      return nil
    case .isOutOfScope:
      return close(.outOfScope, at: check.now)
    }
  }

  private mutating func rise(to severity: Severity, _ check: Check) -> AlertEffect? {
    guard severity > self.severity, !check.isSuppressed else { return nil }
    self.severity = severity
    remindedAt = check.now
    return .severityRose
  }

  private mutating func remind(since: Instant, _ check: Check) -> AlertEffect? {
    guard let reminder = check.lifecycle.remind, !check.isSuppressed,
      reminder.atMost.map({ reminders < $0 }) ?? true,
      check.now >= reminder.due(since: since, after: remindedAt ?? since, in: check.zone)
    else { return nil }
    reminders += 1
    remindedAt = check.now
    return .reminded(number: reminders)
  }

  private mutating func observeClosed(
    _ observation: Observation, closedAt: Instant, reason: CloseReason, stillMatching: Bool,
    _ check: Check
  ) -> AlertEffect? {
    guard case .matches(let severity) = observation else {
      if stillMatching, observation != .isUnknown {
        phase = .closed(at: closedAt, reason: reason, stillMatching: false)
      }
      return nil
    }
    if stillMatching { return nil }

    let (now, zone) = (check.now, check.zone)
    if reason == .resolved, let pause = check.lifecycle.reopenWithin,
      now <= zone.adding(pause, to: closedAt)
    {
      if check.isSuppressed { return nil }
      phase = .open(since: now, overChecks: 0)
      remindedAt = nil
      return rise(to: severity, check) ?? .reopened
    }
    if let cooldown = check.lifecycle.cooldown, now < zone.adding(cooldown, to: closedAt) {
      return nil
    }
    return observeIdle(observation, checks: 0, check)
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

package import Expressions

/// How a webhook endpoint fares, and whether it may be tried now: a circuit breaker.
///
/// It opens when at least 10 attempts ended within 5 minutes and 70 % of them failed. Then nothing
/// is tried for 30 seconds, doubled at each opening in a row up to an hour, after which one attempt
/// probes; 3 successes close it. An endpoint that is gone, or has failed for 5 days without one
/// success, is disabled until an operator says otherwise.
package struct EndpointHealth: Sendable, Hashable {
  /// What attempts of half a minute came to.
  package struct Tally: Sendable, Hashable {
    /// Seconds since 1970.
    package var start: Int64
    package var succeeded: Int
    package var failed: Int

    /// Creates a tally.
    package init(start: Int64, succeeded: Int, failed: Int) {
      self.start = start
      self.succeeded = succeeded
      self.failed = failed
    }
  }

  /// Why an endpoint is tried no more.
  package enum DisabledReason: String, Sendable, Hashable, CaseIterable {
    /// It said so (410).
    case gone

    /// Nothing but failures for days.
    case failing

    /// Somebody said so.
    case `operator`
  }

  /// Whether an endpoint may be tried.
  package enum Permission: Sendable, Hashable {
    case free

    /// One attempt, to see whether it is well again.
    case probe
    case wait(until: Instant)
    case disabled(DisabledReason)
  }

  /// Oldest first; at most 5 minutes.
  package var recent: [Tally] = []

  /// When the first failure after the last success was seen.
  package var failingSince: Instant?

  /// How many times in a row the breaker has opened.
  package var openings = 0

  /// Until when nothing is tried; `nil` while the breaker is closed.
  package var openUntil: Instant?

  /// Whether an attempt that probes is under way.
  package var isProbing = false
  package var probeSuccesses = 0
  package var disabledAt: Instant?
  package var disabledReason: DisabledReason?

  /// Nothing is known of the endpoint, so it is well.
  package init() {}

  /// Whether an attempt may begin.
  package func permission(at now: Instant) -> Permission {
    if let disabledReason { return .disabled(disabledReason) }
    guard let openUntil else { return .free }
    return now < openUntil ? .wait(until: openUntil) : .probe
  }

  /// Notes that the one attempt of ``Permission/probe`` begins; it counts as lost at `end`.
  package mutating func beginProbe(until end: Instant) {
    isProbing = true
    openUntil = end
  }

  /// Takes in how attempts ended.
  package mutating func record(succeeded: Int, failed: Int, isGone: Bool = false, at now: Instant) {
    guard succeeded + failed > 0 else { return }
    tally(succeeded: succeeded, failed: failed, at: now)
    if succeeded > 0 { failingSince = nil }
    if failed > 0 { failingSince = failingSince ?? now }
    move(succeeded: succeeded, failed: failed, at: now)
    if isGone {
      disable(.gone, at: now)
    } else if succeeded == 0, let failingSince,
      now.microseconds - failingSince.microseconds >= Self.patience
    {
      disable(.failing, at: now)
    }
  }

  /// Lets nothing through until ``enable()``.
  package mutating func disable(_ reason: DisabledReason, at now: Instant) {
    guard disabledReason == nil else { return }
    disabledReason = reason
    disabledAt = now
  }

  /// Begins anew, with a closed breaker.
  package mutating func enable() { self = EndpointHealth() }
}

extension EndpointHealth {
  private static let span: Int64 = 300
  private static let step: Int64 = 30
  private static let patience: Int64 = 5 * 86_400 * 1_000_000
  private static let firstWait: Int64 = 30
  private static let longestWait: Int64 = 3_600

  private mutating func tally(succeeded: Int, failed: Int, at now: Instant) {
    let seconds = now.microseconds / 1_000_000
    let start = seconds - seconds % Self.step
    recent.removeAll { $0.start <= seconds - Self.span }
    if let last = recent.indices.last, recent[last].start >= start {
      recent[last].succeeded += succeeded
      recent[last].failed += failed
    } else {
      recent.append(Tally(start: start, succeeded: succeeded, failed: failed))
    }
  }

  private mutating func move(succeeded: Int, failed: Int, at now: Instant) {
    guard openUntil != nil else {
      let failures = recent.reduce(0) { $0 + $1.failed }
      let all = recent.reduce(failures) { $0 + $1.succeeded }
      if failed > 0, all >= 10, failures * 10 >= all * 7 { open(at: now) }
      return
    }
    // What began before the breaker opened says nothing new.
    guard isProbing else { return }
    isProbing = false
    guard failed == 0 else { return open(at: now) }
    probeSuccesses += succeeded
    if probeSuccesses >= 3 {
      self = EndpointHealth()
    } else {
      openUntil = now
    }
  }

  private mutating func open(at now: Instant) {
    let wait = min(Self.firstWait << Int64(min(openings, 12)), Self.longestWait)
    openings += 1
    probeSuccesses = 0
    openUntil = Instant(microseconds: now.microseconds + wait * 1_000_000)
  }
}

package import Store

/// What an attempt's end asks for, before the policy has its say.
package enum Course: Sendable, Hashable {
  case done

  /// Try again as long as the policy allows, but not sooner than the receiver asked.
  case retry(notBefore: Duration? = nil)

  /// The answer looks final, but a deployment under way may have given it: try a little.
  case retryBriefly

  case giveUp(DeadReason)
}

/// When a failed delivery is tried again, and when no more.
package struct RetryPolicy: Sendable, Hashable {
  /// The waits after the first attempt, the second, and so on; the last one repeats.
  package var delays: [Duration]

  /// How many attempts a delivery gets, the first included.
  package var attemptLimit: Int

  /// How old a delivery may be when it is tried again.
  package var ageLimit: Duration

  /// How many attempts a delivery gets whose receiver refuses it for good.
  package var briefAttemptLimit: Int

  /// How far a wait may be off, as a part of it.
  package var spread: Double

  /// Creates a policy.
  package init(
    delays: [Duration], attemptLimit: Int, ageLimit: Duration, briefAttemptLimit: Int = 3,
    spread: Double = 0.2
  ) {
    precondition(!delays.isEmpty && attemptLimit > 0 && briefAttemptLimit > 0)
    self.delays = delays
    self.attemptLimit = attemptLimit
    self.ageLimit = ageLimit
    self.briefAttemptLimit = briefAttemptLimit
    self.spread = spread
  }

  /// At once, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h: ten attempts in about 75 h.
  ///
  /// The age limit leaves room for a receiver that asks for long waits.
  package static let webhook = RetryPolicy(
    delays: [
      .seconds(5), .minutes(5), .minutes(30), .hours(2), .hours(5), .hours(10), .hours(14),
      .hours(20), .hours(24),
    ], attemptLimit: 10, ageLimit: .hours(30 * 24))

  /// The same waits, for four days.
  package static let email = RetryPolicy(
    delays: webhook.delays, attemptLimit: 20, ageLimit: .hours(4 * 24))

  /// The policy of a channel.
  package static func standard(for channel: DeliveryChannel) -> RetryPolicy {
    switch channel {
    case .email: email
    case .webhook: webhook
    }
  }

  /// Whether a delivery with this past may be attempted at all.
  ///
  /// A worker that dies in the middle of an attempt decides nothing, so the next one must ask.
  package func allowsAttempt(afterAttempts attempts: Int) -> Bool { attempts < attemptLimit }

  /// What becomes of a delivery after its latest attempt.
  ///
  /// `attempts` counts that one. `dice` is from -1 to 1 and places the wait within its spread; a
  /// wait that the receiver asked for is never cut short.
  package func step(
    _ course: Course, afterAttempts attempts: Int, age: Duration, dice: Double
  ) -> DeliveryStep {
    precondition(attempts > 0 && (-1...1).contains(dice))
    switch course {
    case .done:
      return .succeeded
    case .giveUp(let reason):
      return .dead(reason)
    case .retryBriefly:
      guard attempts < briefAttemptLimit else { return .dead(.permanent) }
      return .retry(after: delays[0] * (1 + spread * dice))
    case .retry(let notBefore):
      let planned = delays[min(attempts, delays.count) - 1] * (1 + spread * dice)
      let wait = max(planned, notBefore ?? .zero)
      guard attempts < attemptLimit, age + wait <= ageLimit else { return .dead(.exhausted) }
      return .retry(after: wait)
    }
  }
}

extension Duration {
  /// A number of minutes.
  package static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }

  /// A number of hours.
  package static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }
}

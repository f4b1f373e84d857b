package import Expressions

/// A way out.
package enum DeliveryChannel: String, Sendable, Hashable, CaseIterable { case email, webhook }

/// An event about to be written, with the one target it goes to.
package struct NewEvent: Sendable, Hashable {
  /// The event's id and its first delivery's.
  package var id: UUIDv7
  package var type: String
  package var subject: String
  package var contentType: String

  /// The bytes that go out, or that the channel makes its message from; the same at every attempt.
  package var body: [UInt8]

  /// An event whose key the tenant has already had is not written again.
  package var dedupeKey: String
  package var channel: DeliveryChannel

  /// An address, or an endpoint's name.
  package var target: String

  /// Creates an event.
  package init(
    id: UUIDv7, type: String, subject: String, contentType: String, body: [UInt8],
    dedupeKey: String, channel: DeliveryChannel, target: String
  ) {
    self.id = id
    self.type = type
    self.subject = subject
    self.contentType = contentType
    self.body = body
    self.dedupeKey = dedupeKey
    self.channel = channel
    self.target = target
  }
}

/// A tenant whose deliveries one worker looks after for a while.
///
/// It spreads the workers and promises nothing: what keeps two of them from sending one delivery is
/// the delivery's own lease.
package struct TenantLease: Sendable, Hashable {
  package var tenant: String
  package var token: UUIDv7

  /// The database's time when it began, where that was asked for.
  package var leasedAt: Instant?

  /// Creates a lease.
  package init(tenant: String, token: UUIDv7, leasedAt: Instant? = nil) {
    self.tenant = tenant
    self.token = token
    self.leasedAt = leasedAt
  }
}

/// A delivery that one worker may attempt, with its event.
package struct ClaimedDelivery: Sendable, Hashable {
  package var id: UUIDv7
  package var eventID: UUIDv7
  package var channel: DeliveryChannel
  package var target: String
  package var type: String
  package var subject: String
  package var contentType: String
  package var body: [UInt8]
  package var eventCreatedAt: Instant

  /// How many attempts came before.
  package var attempts: Int

  /// How long the delivery has existed, by the database's clock.
  package var age: Duration

  /// Creates a claimed delivery.
  package init(
    id: UUIDv7, eventID: UUIDv7, channel: DeliveryChannel, target: String, type: String,
    subject: String, contentType: String, body: [UInt8], eventCreatedAt: Instant,
    attempts: Int = 0, age: Duration = .zero
  ) {
    self.id = id
    self.eventID = eventID
    self.channel = channel
    self.target = target
    self.type = type
    self.subject = subject
    self.contentType = contentType
    self.body = body
    self.eventCreatedAt = eventCreatedAt
    self.attempts = attempts
    self.age = age
  }

  /// Which way out it takes.
  package var lane: DeliveryLane { DeliveryLane(channel, target: target) }
}

/// What one claim brought.
package struct ClaimedBatch: Sendable, Hashable {
  package var token: UUIDv7
  package var deliveries: [ClaimedDelivery]

  /// How many deliveries are dead now, because workers kept dying on them.
  package var crashLooping: Int

  /// Lanes that may have more due than the claim's terms had room for.
  package var waiting: Set<DeliveryLane> = []

  /// Lanes that may have more due than their rate allows now, and how long until it allows more.
  package var paused: [DeliveryLane: Duration] = [:]
}

/// A delivery that has just died.
package struct DeadDelivery: Sendable, Hashable {
  package var id: UUIDv7
  package var channel: DeliveryChannel
  package var target: String
  package var reason: String

  /// The event's type.
  package var type: String

  /// The rule that sent it; `nil` when no action of a rule did.
  package var rule: String?

  /// Creates a dead delivery.
  package init(
    id: UUIDv7, channel: DeliveryChannel, target: String, reason: String, type: String,
    rule: String?
  ) {
    self.id = id
    self.channel = channel
    self.target = target
    self.reason = reason
    self.type = type
    self.rule = rule
  }
}

/// An attempt that is recorded and may begin.
package struct BegunAttempt: Sendable, Hashable {
  package var delivery: UUIDv7

  /// The lease under which it began.
  package var token: UUIDv7

  /// 1 for the first.
  package var number: Int

  /// The database's clock.
  package var startedAt: Instant

  /// Creates an attempt.
  package init(delivery: UUIDv7, token: UUIDv7, number: Int, startedAt: Instant) {
    self.delivery = delivery
    self.token = token
    self.number = number
    self.startedAt = startedAt
  }
}

/// How an attempt ended, as the ledger knows it.
package enum AttemptOutcome: String, Sendable, Hashable, CaseIterable {
  case success, retryable, permanent, ambiguous, blocked, aborted
}

/// Why a delivery is dead.
package enum DeadReason: String, Sendable, Hashable, CaseIterable {
  /// The receiver's answer will not change.
  case permanent

  /// The receiver said that it is no more (410).
  case gone

  /// All attempts were used up.
  case exhausted

  /// Workers died on it again and again before an attempt could begin.
  case crashLoop = "crash_loop"
}

/// What becomes of a delivery after an attempt.
package enum DeliveryStep: Sendable, Hashable {
  case succeeded
  case retry(after: Duration)
  case dead(DeadReason)
}

/// An attempt's end, to be written.
package struct FinishedAttempt: Sendable, Hashable {
  package var attempt: BegunAttempt
  package var outcome: AttemptOutcome

  /// An HTTP status or SMTP code.
  package var status: Int?

  /// Words for people.
  package var detail: String?
  package var step: DeliveryStep

  /// Creates an end.
  package init(
    attempt: BegunAttempt, outcome: AttemptOutcome, status: Int?, detail: String?,
    step: DeliveryStep
  ) {
    self.attempt = attempt
    self.outcome = outcome
    self.status = status
    self.detail = detail
    self.step = step
  }
}

/// A delivery that was claimed but cannot be attempted now, through no fault of its receiver.
package struct PostponedDelivery: Sendable, Hashable {
  package var id: UUIDv7
  package var reason: String

  /// Creates a postponed delivery.
  package init(id: UUIDv7, reason: String) {
    self.id = id
    self.reason = reason
  }
}

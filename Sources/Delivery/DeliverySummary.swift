package import Store

/// What a worker did.
package struct DeliverySummary: Sendable, Hashable {
  /// What became of one channel's deliveries, each counted once per attempt.
  package struct Counts: Sendable, Hashable {
    package var sent = 0

    /// Failed, and to be tried again.
    package var retried = 0

    /// To be tried again too, though the receiver may have it already.
    package var ambiguous = 0
    package var dead = 0

    /// Not attempted, because settings or secrets are missing.
    package var blocked = 0

    /// Attempted, but another worker had taken over meanwhile and decides.
    package var lost = 0

    /// Starts at nothing.
    package init() {}
  }

  package var channels: [DeliveryChannel: Counts] = [:]

  /// What keeps deliveries from being attempted, and how many.
  package var obstacles: [Obstacle: Int] = [:]

  /// Lanes whose rate leaves deliveries for later.
  package var limited: Set<DeliveryLane> = []

  /// Deliveries given up because workers kept dying on them.
  package var crashLooping = 0

  /// Starts at nothing.
  package init() {}

  /// The counts of one channel.
  package subscript(_ channel: DeliveryChannel) -> Counts {
    get { channels[channel] ?? Counts() }
    set { channels[channel] = newValue }
  }

  /// The counts of all channels.
  package var total: Counts {
    channels.values.reduce(into: Counts()) { $0.add($1) }
  }

  /// Adds what another worker did.
  package mutating func add(_ other: DeliverySummary) {
    for (channel, counts) in other.channels { self[channel].add(counts) }
    obstacles.merge(other.obstacles, uniquingKeysWith: +)
    limited.formUnion(other.limited)
    crashLooping += other.crashLooping
  }

  /// Counts one attempt, by what was decided after it.
  mutating func count(_ end: FinishedAttempt, of channel: DeliveryChannel) {
    switch end.step {
    case .succeeded: self[channel].sent += 1
    case .dead: self[channel].dead += 1
    case .retry where end.outcome == .ambiguous: self[channel].ambiguous += 1
    case .retry: self[channel].retried += 1
    }
  }
}

extension DeliverySummary.Counts {
  fileprivate mutating func add(_ other: Self) {
    sent += other.sent
    retried += other.retried
    ambiguous += other.ambiguous
    dead += other.dead
    blocked += other.blocked
    lost += other.lost
  }
}

package import Expressions
package import Postgres
package import Store

/// Moves deliveries from the outbox to the world, each at least once.
///
/// Lanes work side by side, each on a connection of its own: a lane leases a tenant, takes one
/// batch of what is due, attempts it, and gives the tenant back, so that a tenant with ten thousand
/// deliveries waits its turn like any other. Any number of workers may run, in any number of
/// processes. One that dies leaves leases, which end by themselves; nothing it held is lost, and
/// what it may have sent is sent again with the same id and bytes.
package struct OutboxWorker: Sendable {
  /// How a worker shares its time.
  package struct Configuration: Sendable, Hashable {
    /// How many deliveries are claimed at once, and of one tenant in a row.
    package var batchLimit: Int

    /// How long a claim lasts; half of it must outlast an attempt's timeout.
    package var lease: Duration

    /// How long a delivery waits that settings or secrets stand in the way of.
    package var obstacleDelay: Duration

    /// Creates a configuration.
    package init(
      batchLimit: Int = 100, lease: Duration = .seconds(120),
      obstacleDelay: Duration = .seconds(60)
    ) {
      precondition(batchLimit > 0, "a worker claims at least one delivery")
      self.batchLimit = batchLimit
      self.lease = lease
      self.obstacleDelay = obstacleDelay
    }
  }

  private let lanes: [OutboxStore]
  private let channels: [DeliveryChannel: any Channel]
  private let policy: @Sendable (DeliveryChannel) -> RetryPolicy
  private let configuration: Configuration

  /// Creates a worker with a lane on each connection; no one else may use these meanwhile.
  package init(
    connections: [Connection], channels: [any Channel],
    policy: @escaping @Sendable (DeliveryChannel) -> RetryPolicy = RetryPolicy.standard,
    configuration: Configuration = Configuration()
  ) {
    precondition(!connections.isEmpty, "a worker needs a connection")
    self.lanes = connections.map { OutboxStore(connection: $0) }
    self.channels = Dictionary(uniqueKeysWithValues: channels.map { ($0.name, $0) })
    self.policy = policy
    self.configuration = configuration
  }

  /// Attempts everything that is due by `cutoff`, once, and says what became of it.
  ///
  /// Without a cutoff it is the database's time at the start, so what fails and is due again soon
  /// is left for later. When the calling task is cancelled, no more batches are begun. Throws when
  /// the database fails; what was under way then is attempted again after its lease.
  package func drain(until cutoff: Instant? = nil) async throws -> DeliverySummary {
    let cutoff =
      if let cutoff { cutoff } else { try await lanes[0].now() }
    return try await withThrowingTaskGroup(of: DeliverySummary.self) { group in
      for lane in lanes {
        group.addTask { try await drain(lane, until: cutoff) }
      }
      return try await group.reduce(into: DeliverySummary()) { $0.add($1) }
    }
  }

  /// One lane's share of a drain.
  private func drain(
    _ lane: OutboxStore, until cutoff: Instant
  ) async throws -> DeliverySummary {
    var summary = DeliverySummary()
    while !Task.isCancelled, let part = try await serveOneTenant(lane, dueBy: cutoff) {
      summary.add(part)
    }
    return summary
  }

  /// Attempts one batch of the tenant that has waited longest; `nil` when none is waiting.
  private func serveOneTenant(
    _ lane: OutboxStore, dueBy cutoff: Instant
  ) async throws -> DeliverySummary? {
    guard let lease = try await lane.leaseTenant(dueBy: cutoff, for: configuration.lease) else {
      return nil
    }
    let batch = try await lane.claim(
      ofTenant: lease.tenant, dueBy: cutoff, atMost: configuration.batchLimit,
      for: configuration.lease)
    var work = BatchOfWork(store: lane, tenant: lease.tenant, batch: batch)
    try await attempt(&work)
    try await lane.release(lease)
    return work.summary
  }
}

/// One tenant's claimed deliveries on their way.
private struct BatchOfWork {
  let store: OutboxStore
  let tenant: String
  let batch: ClaimedBatch
  var summary = DeliverySummary()

  init(store: OutboxStore, tenant: String, batch: ClaimedBatch) {
    self.store = store
    self.tenant = tenant
    self.batch = batch
    summary.crashLooping = batch.crashLooping
  }
}

/// A delivery whose attempt is ready to be made.
private struct ReadyAttempt: Sendable {
  var delivery: ClaimedDelivery
  var make: @Sendable (Instant) async -> AttemptFinding
}

extension OutboxWorker {
  private func attempt(_ work: inout BatchOfWork) async throws {
    var ready: [DeliveryChannel: [ReadyAttempt]] = [:]
    var postponed: [PostponedDelivery] = []
    for delivery in work.batch.deliveries {
      switch prepare(delivery) {
      case .attempt(let make):
        ready[delivery.channel, default: []].append(
          ReadyAttempt(delivery: delivery, make: make))
      case .never(let finding):
        ready[delivery.channel, default: []].append(
          ReadyAttempt(delivery: delivery) { _ in finding })
      case .wait(let obstacle):
        postponed.append(PostponedDelivery(id: delivery.id, reason: "\(obstacle)"))
        work.summary[delivery.channel].blocked += 1
        work.summary.obstacles[obstacle, default: 0] += 1
      }
    }
    try await work.store.postpone(
      postponed, by: configuration.obstacleDelay, ofTenant: work.tenant, token: work.batch.token)
    var waiting = ready.values.joined().map(\.delivery.id)
    for (channel, attempts) in ready.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let size = channels[channel]?.concurrency ?? 1
      for start in stride(from: 0, to: attempts.count, by: size) {
        let wave = Array(attempts[start..<min(start + size, attempts.count)])
        waiting.removeAll { id in wave.contains { $0.delivery.id == id } }
        try await send(wave, by: channel, keeping: waiting, in: &work)
      }
    }
  }

  private func prepare(_ delivery: ClaimedDelivery) -> Preparation {
    guard policy(delivery.channel).allowsAttempt(afterAttempts: delivery.attempts) else {
      return .never(
        AttemptFinding(
          .aborted, detail: "workers died during earlier attempts", course: .giveUp(.exhausted)))
    }
    guard let channel = channels[delivery.channel] else {
      return .wait(.noChannel(delivery.channel))
    }
    return channel.prepare(delivery)
  }

  /// Makes as many attempts at once as the channel allows, and writes how they ended.
  private func send(
    _ wave: [ReadyAttempt], by channel: DeliveryChannel, keeping waiting: [UUIDv7],
    in work: inout BatchOfWork
  ) async throws {
    let begun = try await work.store.begin(
      wave.map(\.delivery.id), keeping: waiting, ofTenant: work.tenant,
      token: work.batch.token, for: configuration.lease)
    let attempts = Dictionary(uniqueKeysWithValues: begun.map { ($0.delivery, $0) })
    work.summary[channel].lost += wave.count - begun.count

    let policy = policy(channel)
    let ends = await withTaskGroup(of: FinishedAttempt.self) { group in
      for ready in wave {
        guard let attempt = attempts[ready.delivery.id] else { continue }
        group.addTask {
          let finding = await ready.make(attempt.startedAt)
          return FinishedAttempt(attempt, finding, age: ready.delivery.age, policy: policy)
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    let ours = try await work.store.finish(
      ends, ofTenant: work.tenant, token: work.batch.token)
    for end in ends {
      if ours.contains(end.attempt.delivery) {
        work.summary.count(end, of: channel)
      } else {
        work.summary[channel].lost += 1
      }
    }
  }
}

extension FinishedAttempt {
  /// Applies the policy to what an attempt came to.
  fileprivate init(
    _ attempt: BegunAttempt, _ finding: AttemptFinding, age: Duration, policy: RetryPolicy
  ) {
    let step = policy.step(
      finding.course, afterAttempts: attempt.number, age: age, dice: .random(in: -1...1))
    // The last of the brief tries is the one that settles it.
    let isFinal = step == .dead(.permanent) && finding.outcome == .retryable
    self.init(
      attempt: attempt, outcome: isFinal ? .permanent : finding.outcome,
      status: finding.status, detail: finding.detail, step: step)
  }
}

package import Expressions
import Logging
package import Postgres
package import Store
import Synchronization

/// Moves deliveries from the outbox to the world, each at least once.
///
/// One loop leases a tenant, claims what there is room for, and gives the tenant back at once; the
/// attempts are then made side by side, as many as each lane and channel allow, and their ends are
/// written in batches. Nothing is claimed that cannot begin now, so nothing queues up in here, and a
/// tenant with ten thousand deliveries waits its turn like any other. Any number of workers may
/// run, in any number of processes. One that dies leaves leases, which end by themselves; nothing
/// it held is lost, and what it may have sent is sent again with the same id and bytes.
package struct OutboxWorker: Sendable {
  /// How a worker shares its time.
  package struct Configuration: Sendable, Hashable {
    /// How many deliveries are claimed at once, and of one tenant in a row.
    package var batchLimit: Int

    /// How long a claim lasts; what is under way has it renewed, three times in that time.
    package var lease: Duration

    /// How long a delivery waits that settings or secrets stand in the way of.
    package var obstacleDelay: Duration

    /// How often a worker that serves looks for work.
    package var pollInterval: Duration

    /// Creates a configuration.
    package init(
      batchLimit: Int = 100, lease: Duration = .seconds(30),
      obstacleDelay: Duration = .seconds(60), pollInterval: Duration = .milliseconds(250)
    ) {
      precondition(batchLimit > 0, "a worker claims at least one delivery")
      self.batchLimit = batchLimit
      self.lease = lease
      self.obstacleDelay = obstacleDelay
      self.pollInterval = pollInterval
    }
  }

  private let pool: ConnectionPool
  private let channels: [DeliveryChannel: any Channel]
  private let policy: @Sendable (DeliveryChannel) -> RetryPolicy
  private let telling: @Sendable ([DeadDelivery], Instant) -> [NewEvent]
  let configuration: Configuration

  /// Rung when something may be due that was not.
  private let bell = Bell()
  private let logger = Logger(label: "delivery")

  /// Creates a worker; two or three sessions of `pool` keep it busy.
  ///
  /// `telling` makes the events that tell of deliveries that have died.
  package init(
    pool: ConnectionPool, channels: [any Channel],
    policy: @escaping @Sendable (DeliveryChannel) -> RetryPolicy = RetryPolicy.standard,
    telling: @escaping @Sendable ([DeadDelivery], Instant) -> [NewEvent] = { _, _ in [] },
    configuration: Configuration = Configuration()
  ) {
    self.pool = pool
    self.channels = Dictionary(uniqueKeysWithValues: channels.map { ($0.name, $0) })
    self.policy = policy
    self.telling = telling
    self.configuration = configuration
  }

  /// Attempts everything that is due by `cutoff`, once, and says what became of it.
  ///
  /// Without a cutoff it is the database's time at the start, so what fails and is due again soon
  /// is left for later, as is what an endpoint's rate holds up for more than ten seconds. Throws when the database fails; what was under way then is attempted again
  /// after its lease. When the calling task is cancelled, what is under way is broken off and given
  /// back.
  package func drain(until cutoff: Instant? = nil) async throws -> DeliverySummary {
    let start =
      if let cutoff { cutoff } else { try await withStore { try await $0.now() } }
    let shift = Shift(channels, cutoff: start)
    try await work(shift)
    return shift.summary.withLock { $0 }
  }

  /// Attempts whatever is due, until ``stop(_:)`` is called with the same shift.
  ///
  /// While the database is away it waits for it. When the calling task is cancelled, what is under
  /// way is broken off and given back.
  func serve(_ shift: Shift) async throws { try await work(shift) }

  /// A shift that lasts until it is stopped.
  func newShift() -> Shift { Shift(channels, cutoff: nil) }

  /// Ends a shift's claiming; what is under way goes on.
  func stop(_ shift: Shift) {
    shift.isOver.withLock { $0 = true }
    bell.ring()
  }

  /// Says that something may be due now, which is found by itself a poll later.
  package func wake() { bell.ring() }
}

/// One worker's time at work.
final class Shift: Sendable {
  let book: LaneBook
  let finisher = Finisher()
  let summary = Mutex(DeliverySummary())
  let isOver = Mutex(false)

  /// What is due later is left alone, and the shift ends when the rest is done; `nil` for a shift
  /// that is ended by others.
  let cutoff: Instant?

  init(_ channels: [DeliveryChannel: any Channel], cutoff: Instant?) {
    book = LaneBook(channels)
    self.cutoff = cutoff
  }

  /// The pauses that a shift waits for: what a rate holds up for longer, one with a cutoff leaves.
  func worthWaiting(_ pauses: [DeliveryLane: Duration]) -> [DeliveryLane: Duration] {
    cutoff == nil ? pauses : pauses.filter { $0.value <= .seconds(10) }
  }

  func count(_ body: (inout DeliverySummary) -> Void) { summary.withLock { body(&$0) } }
}

/// One tenant's claimed deliveries on their way.
private struct ReadyBatch: Sendable {
  var tenant: String
  var token: UUIDv7
  var attempts: [ReadyAttempt] = []
}

/// A delivery whose attempt is ready to be made.
private struct ReadyAttempt: Sendable {
  var delivery: ClaimedDelivery
  var make: @Sendable (Instant) async -> AttemptFinding
}

// MARK: Claiming

extension OutboxWorker {
  private func work(_ shift: Shift) async throws {
    try await withThrowingDiscardingTaskGroup { group in
      var backoff = Backoff()
      while !Task.isCancelled, !shift.isOver.withLock({ $0 }) {
        let wasIdle = shift.book.isIdle
        let claimed: ReadyBatch?
        do {
          claimed = try await claim(shift)
          backoff.reset()
        } catch {
          guard shift.cutoff == nil, !(error is CancellationError) else { throw error }
          logger.warning("no work can be claimed; waiting: \(error)")
          await bell.wait(atMost: backoff.next())
          continue
        }
        guard let claimed else {
          if shift.cutoff != nil && wasIdle { break }
          let pause = shift.book.pause ?? configuration.pollInterval
          await bell.wait(atMost: min(max(pause, .milliseconds(1)), configuration.pollInterval))
          continue
        }
        if !claimed.attempts.isEmpty {
          group.addTask { try await attempt(claimed, in: shift) }
        }
      }
    }
  }

  /// Takes what there is room for of the tenant whose turn it is; `nil` when none has work.
  private func claim(_ shift: Shift) async throws -> ReadyBatch? {
    let turn = shift.book.nextTurn()
    return try await withStore { store in
      let cutoff = if let cutoff = shift.cutoff { cutoff } else { try await store.now() }
      let lease =
        if let turn {
          try await store.leaseTenant(turn.tenant, for: configuration.lease)
        } else {
          try await store.leaseTenant(dueBy: cutoff, for: configuration.lease)
        }
      guard let lease else {
        // Another worker has the tenant whose turn it is, and will leave what it has no room for.
        return turn.map { ReadyBatch(tenant: $0.tenant, token: UUIDv7(at: cutoff)) }
      }
      let terms = shift.book.terms(for: lease.tenant, turn: turn?.lanes ?? [])
      let batch = try await store.claim(
        ofTenant: lease.tenant, dueBy: cutoff, atMost: configuration.batchLimit,
        for: configuration.lease, terms: terms)
      let paused = shift.worthWaiting(batch.paused)
      shift.book.note(
        batch.deliveries, tenant: lease.tenant, waiting: batch.waiting, paused: paused)
      shift.count { summary in
        summary.crashLooping += batch.crashLooping
        summary.limited.formUnion(batch.paused.keys.filter { paused[$0] == nil })
      }
      do {
        let ready = try await sort(batch, of: lease.tenant, in: shift, store: store)
        try await store.release(
          lease, terms: terms, waiting: batch.waiting, paused: batch.paused,
          rest: batch.deliveries.isEmpty ? configuration.pollInterval : .zero)
        return ready
      } catch {
        shift.book.end(batch.deliveries)
        throw error
      }
    }
  }

  /// Puts off what something stands in the way of.
  private func sort(
    _ batch: ClaimedBatch, of tenant: String, in shift: Shift, store: OutboxStore
  ) async throws -> ReadyBatch {
    var ready = ReadyBatch(tenant: tenant, token: batch.token)
    var blocked: [(delivery: ClaimedDelivery, obstacle: Obstacle)] = []
    for delivery in batch.deliveries {
      switch prepare(delivery) {
      case .attempt(let make):
        ready.attempts.append(ReadyAttempt(delivery: delivery, make: make))
      case .never(let finding):
        ready.attempts.append(ReadyAttempt(delivery: delivery) { _ in finding })
      case .wait(let obstacle): blocked.append((delivery, obstacle))
      }
    }
    try await store.postpone(
      blocked.map { PostponedDelivery(id: $0.delivery.id, reason: "\($0.obstacle)") },
      by: configuration.obstacleDelay, ofTenant: tenant, token: batch.token)
    shift.count { summary in
      for (delivery, obstacle) in blocked {
        summary[delivery.channel].blocked += 1
        summary.obstacles[obstacle, default: 0] += 1
      }
    }
    shift.book.end(blocked.map(\.delivery))
    return ready
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
}

// MARK: Attempts

extension OutboxWorker {
  /// Records a batch's attempts, makes them, and writes how each ended.
  private func attempt(_ batch: ReadyBatch, in shift: Shift) async throws {
    let begun: [UUIDv7: BegunAttempt]
    do {
      begun = try await begin(batch)
    } catch {
      shift.book.end(batch.attempts.map(\.delivery))
      bell.ring()
      guard shift.cutoff == nil else { throw error }
      logger.warning("attempts could not be recorded, and wait for their leases: \(error)")
      return
    }
    let heartbeat = Task { await keep(batch) }
    defer { heartbeat.cancel() }
    try await withThrowingDiscardingTaskGroup { group in
      for ready in batch.attempts {
        guard let attempt = begun[ready.delivery.id] else {
          shift.count { $0[ready.delivery.channel].lost += 1 }
          shift.book.end([ready.delivery])
          continue
        }
        group.addTask {
          let finding = await Race.first(of: ready.make, startedAt: attempt.startedAt)
          let end = FinishedAttempt(
            attempt, finding, age: ready.delivery.age, policy: policy(ready.delivery.channel))
          try await finish(.init(delivery: ready.delivery, end: end), of: batch.tenant, in: shift)
        }
      }
    }
  }

  private func begin(_ batch: ReadyBatch) async throws -> [UUIDv7: BegunAttempt] {
    let begun = try await withStore { store in
      try await store.begin(
        batch.attempts.map(\.delivery.id), ofTenant: batch.tenant, token: batch.token,
        for: configuration.lease)
    }
    return Dictionary(uniqueKeysWithValues: begun.map { ($0.delivery, $0) })
  }

  /// Renews a batch's leases for as long as any of its attempts is under way.
  private func keep(_ batch: ReadyBatch) async {
    while true {
      do { try await Task.sleep(for: configuration.lease / 3) } catch { return }
      do {
        try await withStore { store in
          try await store.renew(
            batch.attempts.map(\.delivery.id), ofTenant: batch.tenant, token: batch.token,
            for: configuration.lease)
        }
      } catch {
        logger.warning("leases could not be renewed: \(error)")
      }
    }
  }

  /// Leaves an end to the tenant's writer, or becomes it.
  private func finish(_ item: Finisher.Item, of tenant: String, in shift: Shift) async throws {
    guard shift.finisher.add(item, tenant: tenant) else { return }
    // What has been sent is written down, even when this task has been told to end.
    try await Task {
      var failure: (any Error)?
      while case let items = shift.finisher.take(configuration.batchLimit, tenant: tenant),
        !items.isEmpty
      {
        do {
          try await write(items, of: tenant, in: shift)
        } catch {
          failure = error
        }
        shift.book.end(items.map(\.delivery))
        bell.ring()
      }
      guard let failure else { return }
      guard shift.cutoff == nil else { throw failure }
      logger.warning("attempts could not be closed, and are made again: \(failure)")
    }.value
  }

  private func write(_ items: [Finisher.Item], of tenant: String, in shift: Shift) async throws {
    // Later than its lease an end would be refused anyhow.
    let patience = shift.cutoff == nil ? configuration.lease : .zero
    let ours = try await withStore(patience: patience) { store in
      try await store.finish(
        items.map(\.end), ofTenant: tenant,
        goesOn: items.contains {
          channels[$0.delivery.channel]?.isOrdered($0.delivery.lane) ?? false
        })
    }
    if shift.cutoff != nil {
      // The directory says that the next is due now, which is after the cutoff.
      let lanes = items.map(\.delivery.lane)
      shift.book.goOn(
        lanes.filter { channels[$0.channel]?.isOrdered($0) ?? false }, tenant: tenant)
    }
    shift.count { summary in
      for item in items {
        if ours.contains(item.delivery.id) {
          summary.count(item.end, of: item.delivery.channel)
        } else {
          summary[item.delivery.channel].lost += 1
        }
      }
    }
  }

  /// Runs `body` on a session of the pool, and again, for so long, while the database is away.
  private func withStore<Result: Sendable>(
    patience: Duration = .zero, _ body: (OutboxStore) async throws -> Result
  ) async throws -> Result {
    let deadline = ContinuousClock.now + patience
    var backoff = Backoff()
    while true {
      do {
        return try await pool.withConnection {
          try await body(OutboxStore(connection: $0, telling: telling))
        }
      } catch let error as PostgresError {
        guard error.kind == .unavailable, ContinuousClock.now < deadline else { throw error }
      }
      try await Task.sleep(for: backoff.next())
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

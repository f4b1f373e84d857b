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

  let pool: ConnectionPool
  let channels: [DeliveryChannel: any Channel]
  let policy: @Sendable (DeliveryChannel) -> RetryPolicy
  let telling: @Sendable ([DeadDelivery], Instant) -> [NewEvent]
  let configuration: Configuration

  /// Rung when something may be due that was not.
  let bell = Bell()
  let logger = Logger(label: "delivery")

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
struct ReadyBatch: Sendable {
  var tenant: String
  var token: UUIDv7
  var attempts: [ReadyAttempt] = []
}

/// A delivery whose attempt is ready to be made.
struct ReadyAttempt: Sendable {
  var delivery: ClaimedDelivery
  var make: @Sendable (Instant) async -> AttemptFinding
}

// MARK: Claiming

extension OutboxWorker {
  func isEnding(_ shift: Shift) -> Bool {
    Task.isCancelled || shift.isOver.withLock { $0 }
  }

  private func work(_ shift: Shift) async throws {
    try await withThrowingDiscardingTaskGroup { group in
      if shift.cutoff == nil { group.addTask { await listen(shift) } }
      var backoff = Backoff()
      var polls = Polls(interval: configuration.pollInterval)
      while !isEnding(shift) {
        let wasIdle = shift.book.isIdle
        guard shift.book.unsettled < 10 * configuration.batchLimit else {
          // The database is slower than the receivers; the bell is rung when it has caught up.
          await bell.wait(atMost: configuration.pollInterval)
          continue
        }
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
          let poll = polls.next(isQuick: shift.cutoff == nil)
          await bell.wait(atMost: min(max(shift.book.pause ?? poll, .milliseconds(1)), poll))
          continue
        }
        polls.reset()
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
      let lease =
        if let turn {
          try await store.leaseTenant(turn.tenant, for: tenantLease)
        } else {
          try await store.leaseTenant(dueBy: shift.cutoff, for: tenantLease)
        }
      guard let lease, let cutoff = shift.cutoff ?? lease.leasedAt else {
        // Another worker has the tenant whose turn it is, and will leave what it has no room for.
        return turn.map { ReadyBatch(tenant: $0.tenant, token: UUIDv7(unixMilliseconds: 0)) }
      }
      let terms = shift.book.terms(for: lease.tenant, turn: turn?.lanes ?? [])
      let batch = try await store.claim(
        ofTenant: lease.tenant, dueBy: cutoff, atMost: configuration.batchLimit,
        for: configuration.lease, terms: terms,
        releasing: lease, rest: configuration.pollInterval)
      let paused = shift.worthWaiting(batch.paused)
      shift.book.note(
        batch.deliveries, tenant: lease.tenant, waiting: batch.waiting, paused: paused)
      shift.count { summary in
        summary.crashLooping += batch.crashLooping
        summary.limited.formUnion(batch.paused.keys.filter { paused[$0] == nil })
      }
      do {
        return try await sort(batch, of: lease.tenant, in: shift, store: store)
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

  func prepare(_ delivery: ClaimedDelivery) -> Preparation {
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

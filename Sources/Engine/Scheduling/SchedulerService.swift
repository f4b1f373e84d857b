import Expressions
import Logging
package import Postgres
package import Rules
import ServiceLifecycle
package import Store

/// Runs rules when they are due, for all tenants, beside any number of others that do the same.
///
/// A lane leases a tenant in the directory of work, decides about the times that have come and runs
/// them, one after another. What ran is written in the run's own transaction, so a time runs once
/// whoever else tries; a lane that dies wrote nothing, and its tenant is free when the lease ends.
package struct SchedulerService: Service {
  /// How a scheduler shares its time.
  package struct Configuration: Sendable, Hashable {
    /// How long a tenant is held without a sign of life.
    package var lease: Duration

    /// How often a sign of life is given.
    package var heartbeat: Duration

    /// How long to wait when nothing is due.
    package var poll: Duration

    /// How often the tenants are listed anew.
    package var listing: Duration

    /// How many tenants run at once.
    package var lanes: Int

    /// Creates a configuration.
    package init(
      lease: Duration = .seconds(30), heartbeat: Duration = .seconds(10),
      poll: Duration = .milliseconds(250), listing: Duration = .seconds(60), lanes: Int = 2
    ) {
      precondition(heartbeat < lease, "a lease must outlast a heartbeat")
      precondition(lanes > 0, "a scheduler needs a lane")
      self.lease = lease
      self.heartbeat = heartbeat
      self.poll = poll
      self.listing = listing
      self.lanes = lanes
    }
  }

  /// What runs now.
  package struct Rules: Sendable {
    package var ruleSet: RuleSet

    /// Grows when the rules are exchanged.
    package var generation: Int

    /// Creates a state.
    package init(ruleSet: RuleSet, generation: Int) {
      self.ruleSet = ruleSet
      self.generation = generation
    }
  }

  let pool: ConnectionPool
  let rules: @Sendable () -> Rules
  let engine: @Sendable (Connection, RuleSet) async throws -> Engine
  let makeID: @Sendable () -> UUIDv7
  let configuration: Configuration
  let logger = Logger(label: "scheduler")

  /// Creates a scheduler; the pool must have two sessions for each lane and one more.
  package init(
    pool: ConnectionPool, rules: @escaping @Sendable () -> Rules,
    engine: @escaping @Sendable (Connection, RuleSet) async throws -> Engine,
    makeID: @escaping @Sendable () -> UUIDv7, configuration: Configuration = Configuration()
  ) {
    self.pool = pool
    self.rules = rules
    self.engine = engine
    self.makeID = makeID
    self.configuration = configuration
  }

  /// Works until the process is told to stop; the run under way is finished, no other begun.
  package func run() async throws {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await keepDirectory() }
      for _ in 0..<configuration.lanes {
        group.addTask { await serve() }
      }
    }
  }

  private var isStopping: Bool { Task.isCancelled || Task.isShuttingDownGracefully }

  /// Waits, but not for the process to stop.
  private func wait(_ duration: Duration) async {
    await cancelWhenGracefulShutdown { try? await Task.sleep(for: duration) }
  }

  /// Has all tenants looked at when rules are exchanged, and new tenants found.
  private func keepDirectory() async {
    let clock = ContinuousClock()
    var backoff = Backoff()
    var generation: Int?
    var listed = clock.now
    while !isStopping {
      let current = rules()
      if generation != current.generation || clock.now - listed >= configuration.listing {
        let failure = await attempt {
          try await pool.withConnection { connection in
            let tenants = try await engine(connection, current.ruleSet).tenants()
            try await ScheduleDirectory(connection: connection).wake(tenants.map(\.key))
          }
        }
        if let failure {
          await wait(backoff.next(failure, logger))
          continue
        }
        backoff.reset(logger)
        generation = current.generation
        listed = clock.now
      }
      await wait(configuration.poll)
    }
  }

  /// One lane.
  private func serve() async {
    var backoff = Backoff()
    while !isStopping {
      var found = false
      do {
        found = try await serveOneTenant()
        backoff.reset(logger)
      } catch {
        await wait(backoff.next(error, logger))
        continue
      }
      if !found { await wait(configuration.poll) }
    }
  }

  /// Looks after the tenant that has been due for longest; `false` when none is due.
  package func serveOneTenant() async throws -> Bool {
    try await pool.withConnection { connection in
      let directory = ScheduleDirectory(connection: connection)
      let token = makeID()
      guard let lease = try await directory.lease(token: token, for: configuration.lease) else {
        return false
      }
      let current = rules()
      let lookedAt = try await DatabaseClock(connection: connection).now()
      let engine = try await engine(connection, current.ruleSet)
      var next: Instant?
      if let tenant = try await engine.tenants().first(where: { $0.key == lease.tenant }) {
        let work = TenantSchedule(
          tenant: tenant,
          sets: ScheduledSet.sets(of: current.ruleSet.rules.values) {
            $0.opensAlerts ? .latest : .everyDate
          },
          engine: engine, connection: connection, logger: logger)
        next = try await keeping(lease) { try await work.catchUp { isStopping } }
      }
      try await directory.release(lease, nextDue: next, lookedAt: lookedAt)
      return true
    }
  }

  /// Does work while signs of life are given on another session.
  private func keeping<Result: Sendable>(
    _ lease: TenantLease, _ body: () async throws -> Result
  ) async throws -> Result {
    let heart = Task {
      while !Task.isCancelled {
        try await Task.sleep(for: configuration.heartbeat)
        await beat(lease)
      }
    }
    defer { heart.cancel() }
    return try await body()
  }

  private func beat(_ lease: TenantLease) async {
    let failure = await attempt {
      let isOurs = try await pool.withConnection { connection in
        try await ScheduleDirectory(connection: connection)
          .renew(lease, for: configuration.lease)
      }
      if !isOurs { logger.warning("another process has taken a tenant over") }
    }
    if failure != nil { logger.warning("a sign of life could not be given") }
  }

  private func attempt(_ body: () async throws -> Void) async -> (any Error)? {
    do {
      try await body()
      return nil
    } catch {
      return error
    }
  }
}

/// How long to wait for a database that fails, and what the log says of it.
private struct Backoff {
  private var failures = 0

  mutating func next(_ error: any Error, _ logger: Logger) -> Duration {
    let delay = Duration.milliseconds(250 << min(failures, 6))
    failures += 1
    let kind = (error as? PostgresError)?.kind
    if kind == .unavailable {
      logger.error("the database does not answer; trying again in \(delay)")
    } else {
      logger.error("schedules could not be looked at; trying again in \(delay): \(error)")
    }
    return delay
  }

  mutating func reset(_ logger: Logger) {
    if failures > 0 { logger.notice("the database answers again") }
    failures = 0
  }
}

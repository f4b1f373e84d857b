import Expressions
import Logging
import Postgres
import Rules
import Store

/// One tenant's schedules, looked at under a lease.
struct TenantSchedule {
  let tenant: Tenant
  let sets: [ScheduledSet]
  let engine: Engine
  let connection: Connection
  let logger: Logger

  /// Runs what has come, oldest first, and returns when the tenant is next due.
  func catchUp(isStopping: () -> Bool) async throws -> Instant? {
    var work: [(set: ScheduledSet, time: NominalTime)] = []
    let now = try await DatabaseClock(connection: connection).now()
    for set in sets {
      for time in try await settle(set, now: now) { work.append((set, time)) }
    }
    work.sort { ($0.time.instant, $0.set.name) < ($1.time.instant, $1.set.name) }
    for (set, time) in work {
      // What is left stays due, for whoever comes next.
      if isStopping() { return time.instant }
      try await run(set, time)
    }
    // Times that came while others ran are looked at again, at once.
    return sets.compactMap { $0.schedule.next(after: now, in: tenant.zone) }.min()
  }

  /// Writes down the times that are not to run, and returns those that are.
  private func settle(_ set: ScheduledSet, now: Instant) async throws -> [NominalTime] {
    try await inTenant { store in
      guard let cursor = try await store.cursors()[set.name] else {
        if let start = set.start(after: now, in: tenant.zone) {
          try await store.advance(set.name, to: start)
        }
        return []
      }
      let decided = try await store.decided(set.name, afterReading: cursor)
      let times = set.times(afterReading: cursor, by: now, in: tenant.zone)
        .filter { !decided.contains($0.reading) }
      guard let last = times.last else { return [] }
      if set.isPaused {
        try await store.record(times, of: set.name, .skippedPaused)
        try await store.advance(set.name, to: last.reading)
        return []
      }
      let decision = set.decide(times, now: now)
      try await store.record(decision.skipped, of: set.name, .skippedCatchUp)
      if decision.due.isEmpty { try await store.advance(set.name, to: last.reading) }
      return decision.due
    }
  }

  private func run(_ set: ScheduledSet, _ time: NominalTime) async throws {
    let fire = Fire(ruleSet: set.name, time: time)
    let began = try await DatabaseClock(connection: connection).now()
    let request = RunRequest(
      name: set.name, rules: set.rules, nominal: time.instant, requestedBy: "schedule", fire: fire)
    do {
      _ = try await engine.run(request, for: tenant)
    } catch EngineError.alreadyDecided {
      logger.info("[\(set.name)] was run by another process")
    } catch let error as PostgresError where error.kind == .unavailable {
      throw error
    } catch {
      // Recorded as a run by the engine; the next time goes on.
      try await inTenant { store in
        try await store.record([time], of: set.name, .failed)
        try await store.advance(set.name, to: time.reading)
      }
    }
    guard set.catchUp == .latest else { return }
    try await skipOverlapped(set, after: time, since: began)
  }

  /// Times that came while the set was running are not run after it.
  private func skipOverlapped(
    _ set: ScheduledSet, after time: NominalTime, since began: Instant
  ) async throws {
    let now = try await DatabaseClock(connection: connection).now()
    let missed = set.times(afterReading: time.reading, by: now, in: tenant.zone)
      .filter { $0.instant > began }
    guard let last = missed.last else { return }
    try await inTenant { store in
      try await store.record(missed, of: set.name, .skippedOverlap)
      try await store.advance(set.name, to: last.reading)
    }
  }

  private func inTenant<Result: Sendable>(
    _ body: (ScheduleStore) async throws -> Result
  ) async throws -> Result {
    try await TenantSession.retryingConflicts {
      try await TenantSession.inTenant(
        tenant.key, zone: tenant.zone.identifier, on: connection
      ) { connection in
        try await body(ScheduleStore(connection: connection, tenant: tenant.key))
      }
    }
  }
}

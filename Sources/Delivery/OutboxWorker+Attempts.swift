import Expressions
import Logging
import Postgres
import Store
import Synchronization

extension OutboxWorker {
  /// How long a tenant is one worker's: for a claim, which takes milliseconds, so that one that dies
  /// meanwhile keeps others away for seconds only.
  var tenantLease: Duration { min(configuration.lease, .seconds(5)) }

  /// Records a batch's attempts, makes them, and writes how each ended.
  func attempt(_ batch: ReadyBatch, in shift: Shift) async throws {
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
    let underWay = UnderWay(begun.keys)
    let heartbeat = Task { await keep(batch, underWay) }
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
          underWay.end(ready.delivery.id)
          // The way is free for the next while this one's outcome is written.
          shift.book.leave([ready.delivery])
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

  /// Renews the leases of a batch's attempts for as long as they are under way.
  ///
  /// One whose outcome could not be written is left to its lease, so that it is soon made again.
  private func keep(_ batch: ReadyBatch, _ underWay: UnderWay) async {
    while true {
      do { try await Task.sleep(for: configuration.lease / 3) } catch { return }
      let ids = underWay.ids
      guard !ids.isEmpty else { return }
      do {
        try await withStore { store in
          try await store.renew(
            ids, ofTenant: batch.tenant, token: batch.token, for: configuration.lease)
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
        shift.book.settle(items.count)
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
  func withStore<Result: Sendable>(
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

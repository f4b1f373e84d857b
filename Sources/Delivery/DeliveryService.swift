import Logging
import ServiceLifecycle
import Synchronization

/// Delivers for as long as the process lives.
///
/// Run it in a `ServiceGroup`. Told to shut down it claims no more, lets what is under way end for
/// up to 15 seconds, and then gives the rest back: another worker, or this one at its next start,
/// sends it again. It outlives any loss of the database.
package struct DeliveryService: Service {
  private let worker: OutboxWorker
  private let grace: Duration
  private let report: @Sendable (DeliverySummary) -> Void

  /// Creates a service around a worker, which nothing else uses; `report` is told, about once a
  /// second, what has been done since it was told last.
  package init(
    worker: OutboxWorker, grace: Duration = .seconds(15),
    report: @escaping @Sendable (DeliverySummary) -> Void = { _ in }
  ) {
    self.worker = worker
    self.grace = grace
    self.report = report
  }

  /// Says that something may be due now, such as after a run; it is found by itself a quarter of a
  /// second later.
  package func wake() { worker.wake() }

  package func run() async throws {
    try await run(until: { try? await gracefulShutdown() })
  }

  /// Delivers until `end` returns, as it must when its task is cancelled, and claims no more then.
  ///
  /// What is under way may take its time, unless the process is told to shut down.
  package func run(until end: @escaping @Sendable () async -> Void) async throws {
    let shift = worker.newShift()
    try await withGracefulShutdownHandler {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await worker.serve(shift) }
        group.addTask {
          await end()
          worker.stop(shift)
          // Ends early with the shift.
          try? await gracefulShutdown()
          try? await Task.sleep(for: grace)
        }
        let reporting = Task { await keepReporting(shift) }
        defer { reporting.cancel() }
        try await group.next()
        group.cancelAll()
        try await group.waitForAll()
      }
    } onGracefulShutdown: {
      worker.stop(shift)
    }
    tell(shift)
  }

  private func keepReporting(_ shift: Shift) async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1))
      tell(shift)
    }
  }

  private func tell(_ shift: Shift) {
    let summary = shift.summary.withLock { summary in
      defer { summary = DeliverySummary() }
      return summary
    }
    if summary != DeliverySummary() { report(summary) }
  }
}

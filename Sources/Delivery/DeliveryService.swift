import Logging
import ServiceLifecycle

/// Delivers for as long as the process lives.
///
/// Run it in a `ServiceGroup`. Told to shut down it claims no more, lets what is under way end for
/// up to 15 seconds, and then gives the rest back: another worker, or this one at its next start,
/// sends it again. It outlives any loss of the database.
package struct DeliveryService: Service {
  private let worker: OutboxWorker
  private let grace: Duration

  /// Creates a service around a worker, which nothing else uses.
  package init(worker: OutboxWorker, grace: Duration = .seconds(15)) {
    self.worker = worker
    self.grace = grace
  }

  /// Says that something may be due now, such as after a run; it is found by itself a quarter of a
  /// second later.
  package func wake() { worker.wake() }

  package func run() async throws {
    let shift = worker.newShift()
    try await withGracefulShutdownHandler {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await worker.serve(shift) }
        group.addTask {
          // Ends early with the shift.
          try? await gracefulShutdown()
          try? await Task.sleep(for: grace)
        }
        try await group.next()
        group.cancelAll()
        try await group.waitForAll()
      }
    } onGracefulShutdown: {
      worker.stop(shift)
    }
  }
}

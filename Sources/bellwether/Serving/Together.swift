import Foundation
import Logging
import ServiceLifecycle

/// Services that are told to stop at the same time.
///
/// A `ServiceGroup` stops its services one after another, so that the last would still take work on
/// while the first waits.
struct Together: Service {
  var services: [any Service]

  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for service in services {
        group.addTask { try await service.run() }
      }
      // The first that fails ends the others.
      try await group.waitForAll()
    }
  }
}

/// Ends the process when stopping takes too long; what is cut off is taken over or repeated.
struct ShutdownLimit: Service {
  var limit = Duration.seconds(18)

  func run() async throws {
    try? await gracefulShutdown()
    Task {
      try await Task.sleep(for: limit)
      Logger(label: "serve").warning(
        "a run is still under way: it is given up, wrote nothing and will run again")
      Foundation.exit(0)
    }
  }
}

/// How long to wait for something that keeps failing.
struct Patience {
  private var failures = 0

  /// Whether it has failed since it last worked.
  var isTried: Bool { failures > 0 }

  mutating func next() -> Duration {
    defer { failures += 1 }
    return .milliseconds(250 << min(failures, 6))
  }

  mutating func reset() { failures = 0 }
}

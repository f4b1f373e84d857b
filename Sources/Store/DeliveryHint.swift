package import Postgres
import SQLText
import Synchronization

/// A notification that something may be due, for workers that would find it a poll later.
package enum DeliveryHint {
  /// The channel that workers listen to.
  static let channel = "bellwether_delivery"

  /// Makes a session hear of hints.
  package static func listen(on connection: Connection) async throws(PostgresError) {
    try await connection.execute("LISTEN \(identifier: channel)")
  }

  private static let pace = Mutex(Pace())

  /// Whether it is time for a hint of this process.
  static func isWanted() -> Bool { pace.withLock { $0.allows(at: .now) } }

  /// At most one hint in 50 ms, because commits that notify wait for each other.
  struct Pace: Sendable {
    private var last: ContinuousClock.Instant?

    mutating func allows(at now: ContinuousClock.Instant) -> Bool {
      if let last, now - last < .milliseconds(50) { return false }
      last = now
      return true
    }
  }
}

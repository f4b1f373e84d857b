import Logging
import Postgres
import Store

extension OutboxWorker {
  /// Rings the bell for every hint of a writer, until the shift ends.
  ///
  /// Without a session to listen on there are no hints, and polling finds the same.
  func listen(_ shift: Shift) async {
    while !isEnding(shift) {
      do {
        try await ringForHints(shift)
      } catch {
        logger.debug("no hints can be heard; polling: \(error)")
        try? await Task.sleep(for: configuration.pollInterval)
      }
    }
  }

  private func ringForHints(_ shift: Shift) async throws {
    let session = try await pool.openSession()
    try await DeliveryHint.listen(on: session)
    // What was written before this session listened had nobody to hint to.
    bell.ring()
    while !isEnding(shift) {
      if try await session.waitForNotification(atMost: .milliseconds(250)) { bell.ring() }
    }
    await session.close()
  }
}

/// When to look for work next: soon, as long as some was found just now, since hints are not given
/// for every event.
struct Polls {
  let interval: Duration
  private var quickLeft = 0

  init(interval: Duration) { self.interval = interval }

  mutating func reset() { quickLeft = 10 }

  mutating func next(isQuick: Bool) -> Duration {
    guard isQuick, quickLeft > 0 else { return interval }
    quickLeft -= 1
    return min(interval, .milliseconds(10))
  }
}

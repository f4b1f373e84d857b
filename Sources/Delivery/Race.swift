import Expressions
import Store
import Synchronization

/// An attempt against the order to end.
///
/// A transfer cannot be called back. When its task is cancelled, nobody waits for it any more, and
/// the attempt counts as broken off.
final class Race: Sendable {
  private struct State {
    var finding: AttemptFinding?
    var waiter: CheckedContinuation<AttemptFinding, Never>?
  }

  private let state = Mutex(State())

  /// What the attempt comes to, unless the calling task is cancelled first.
  static func first(
    of make: @escaping @Sendable (Instant) async -> AttemptFinding, startedAt: Instant
  ) async -> AttemptFinding {
    let race = Race()
    Task { race.end(await make(startedAt)) }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { race.wait($0) }
    } onCancel: {
      race.end(
        AttemptFinding(.aborted, detail: "the worker was told to stop", course: .retry()))
    }
  }

  private func wait(_ waiter: CheckedContinuation<AttemptFinding, Never>) {
    let finding = state.withLock { state in
      if state.finding == nil { state.waiter = waiter }
      return state.finding
    }
    if let finding { waiter.resume(returning: finding) }
  }

  private func end(_ finding: AttemptFinding) {
    let waiter = state.withLock { state in
      guard state.finding == nil else { return nil as CheckedContinuation<AttemptFinding, Never>? }
      state.finding = finding
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: finding)
  }
}

/// Longer and longer waits, up to five seconds.
struct Backoff {
  private var failures = 0

  mutating func reset() { failures = 0 }

  mutating func next() -> Duration {
    failures = min(failures + 1, 7)
    return .milliseconds(min(50 << failures, 5_000)) * Double.random(in: 0.8...1.2)
  }
}

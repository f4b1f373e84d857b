import Synchronization

/// Wakes one waiting task, however often it is rung meanwhile.
final class Bell: Sendable {
  private struct State {
    var isRung = false
    var waiter: (ticket: Int, continuation: CheckedContinuation<Void, Never>)?
    var nextTicket = 0
  }

  private let state = Mutex(State())

  /// Ends the wait under way, or else the next one.
  func ring() {
    let waiter = state.withLock { state in
      defer { state.waiter = nil }
      if state.waiter == nil { state.isRung = true }
      return state.waiter
    }
    waiter?.continuation.resume()
  }

  /// Waits for the bell, at most so long, and no longer than until the task is cancelled.
  func wait(atMost limit: Duration) async {
    let ticket = state.withLock { state in
      state.nextTicket += 1
      return state.nextTicket
    }
    let alarm = Task {
      try? await Task.sleep(for: limit)
      end(ticket)
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          guard !state.isRung, !Task.isCancelled else {
            state.isRung = false
            return true
          }
          state.waiter = (ticket, continuation)
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      ring()
    }
    alarm.cancel()
  }

  private func end(_ ticket: Int) {
    let waiter = state.withLock { state in
      guard state.waiter?.ticket == ticket else { return nil as CheckedContinuation<Void, Never>? }
      defer { state.waiter = nil }
      return state.waiter?.continuation
    }
    waiter?.resume()
  }
}

import Synchronization

/// At most so many sessions, lent out one user at a time; whoever waits longest comes first.
///
/// A session that broke, or that was left inside a transaction, is discarded, and a new one is
/// opened for the next user.
package final class ConnectionPool: Sendable {
  private let url: String
  private let state: Mutex<State>

  private struct State {
    /// How many more users there may be.
    var free: Int
    var waiting: [(ticket: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    var nextTicket = 0

    /// Tickets whose task was cancelled before it came to wait.
    var cancelled: Set<Int> = []
    var idle: [Connection] = []
  }

  /// Creates a pool of at most `size` sessions, opened when they are first needed.
  package init(url: String, size: Int) {
    precondition(size > 0, "a pool without sessions serves no one")
    self.url = url
    state = Mutex(State(free: size))
  }

  /// Lends `body` a session that is outside any transaction.
  ///
  /// Waits until there is one; throws `CancellationError` when the task is cancelled meanwhile, and
  /// ``PostgresError`` when none can be opened.
  @discardableResult
  package func withConnection<Result: Sendable>(
    _ body: (Connection) async throws -> Result
  ) async throws -> Result {
    try await takeTurn()
    defer { endTurn() }
    let connection = try await idleOrNew()
    do {
      let result = try await body(connection)
      await giveBack(connection)
      return result
    } catch {
      await giveBack(connection)
      throw error
    }
  }

  /// Opens a session beside those that are lent out, which its user ends.
  package func openSession() async throws(PostgresError) -> Connection {
    try await Connection.open(url)
  }

  /// How many tasks wait for a session now.
  package var waitingCount: Int { state.withLock { $0.waiting.count } }

  /// Ends the sessions that are idle now.
  package func closeIdle() async {
    let idle = state.withLock { state in
      defer { state.idle = [] }
      return state.idle
    }
    for connection in idle { await connection.close() }
  }

  private func idleOrNew() async throws -> Connection {
    while let connection = state.withLock({ $0.idle.popLast() }) {
      if await connection.isHealthy { return connection }
      await connection.close()
    }
    return try await Connection.open(url)
  }

  private func giveBack(_ connection: Connection) async {
    if await connection.isHealthy {
      state.withLock { $0.idle.append(connection) }
    } else {
      await connection.close()
    }
  }
}

// MARK: Turns

extension ConnectionPool {
  private func takeTurn() async throws {
    try Task.checkCancellation()
    let ticket: Int? = state.withLock { state in
      if state.free > 0 {
        state.free -= 1
        return nil
      }
      state.nextTicket += 1
      return state.nextTicket
    }
    guard let ticket else { return }
    defer { state.withLock { _ = $0.cancelled.remove(ticket) } }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        wait(ticket, continuation)
      }
    } onCancel: {
      cancel(ticket)
    }
  }

  private func wait(_ ticket: Int, _ continuation: CheckedContinuation<Void, any Error>) {
    let outcome: Swift.Result<Void, any Error>? = state.withLock { state in
      if state.cancelled.remove(ticket) != nil { return .failure(CancellationError()) }
      // Someone may have ended since the ticket was drawn.
      if state.free > 0 {
        state.free -= 1
        return .success(())
      }
      state.waiting.append((ticket, continuation))
      return nil
    }
    if let outcome { continuation.resume(with: outcome) }
  }

  private func cancel(_ ticket: Int) {
    let continuation: CheckedContinuation<Void, any Error>? = state.withLock { state in
      guard let index = state.waiting.firstIndex(where: { $0.ticket == ticket }) else {
        state.cancelled.insert(ticket)
        return nil
      }
      return state.waiting.remove(at: index).continuation
    }
    continuation?.resume(throwing: CancellationError())
  }

  private func endTurn() {
    let next: CheckedContinuation<Void, any Error>? = state.withLock { state in
      guard !state.waiting.isEmpty else {
        state.free += 1
        return nil
      }
      return state.waiting.removeFirst().continuation
    }
    next?.resume()
  }
}

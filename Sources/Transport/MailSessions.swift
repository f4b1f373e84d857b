import CCurl
import Dispatch
import Synchronization

/// One connection's worth of mail: an easy handle that keeps its connection between mails.
///
/// libcurl waits for a server's answer to the end of a mail without letting go of the thread, so
/// every session has a thread of its own, and mails never share one with posts.
actor MailSession {
  private let executor = BlockingExecutor(label: "bellwether.smtp")
  private let configuration: CurlTransport.Configuration
  private var easy: EasyHandle?

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  init(_ configuration: CurlTransport.Configuration) { self.configuration = configuration }

  /// Sends one mail.
  func send(_ mail: MailRequest) -> MailOutcome {
    guard let easy = easy ?? EasyHandle() else { return .failed(.outOfMemory) }
    self.easy = easy
    // The connection is kept by the handle, and nothing of the mail.
    defer { easy.reset() }
    let transfer = Transfer(.mail(mail), on: easy, configuration)
    return transfer.outcome(of: mail, transfer.prepare() ?? curl_easy_perform(easy.raw))
  }

  /// Says goodbye to the server.
  func close() { easy = nil }
}

/// Lends out sessions, a limited number at once, first come, first served.
final class MailSessions: Sendable {
  private typealias Waiter = CheckedContinuation<MailSession?, Never>
  private typealias Closer = CheckedContinuation<Void, Never>

  private struct State {
    var idle: [MailSession] = []
    var lent = 0
    var isClosed = false
    var waiters: [Waiter] = []
    var closers: [Closer] = []
  }

  private let state = Mutex(State())
  private let configuration: CurlTransport.Configuration

  init(_ configuration: CurlTransport.Configuration) { self.configuration = configuration }

  /// Waits for a session and sends a mail on it.
  func send(_ mail: MailRequest) async -> MailOutcome {
    guard let session = await borrow() else { return .failed(.shutDown) }
    let outcome = await session.send(mail)
    giveBack(session)
    return outcome
  }

  /// Lends out no more sessions; mails that wait for one fail.
  func close() {
    let waiters = state.withLock { state in
      state.isClosed = true
      defer { state.waiters.removeAll() }
      return state.waiters
    }
    for waiter in waiters { waiter.resume(returning: nil) }
  }

  /// Closes, waits for the mails under way, and ends all connections.
  func shutdown() async {
    close()
    await withCheckedContinuation { closer in
      let isDone = state.withLock { state in
        if state.lent > 0 { state.closers.append(closer) }
        return state.lent == 0
      }
      if isDone { closer.resume() }
    }
    let sessions = state.withLock { state in
      defer { state.idle.removeAll() }
      return state.idle
    }
    for session in sessions { await session.close() }
  }

  private func borrow() async -> MailSession? {
    await withCheckedContinuation { waiter in
      let session: MailSession?? = state.withLock { state in
        if state.isClosed { return .some(nil) }
        guard state.lent < configuration.mailLimit else {
          state.waiters.append(waiter)
          return nil
        }
        state.lent += 1
        return state.idle.popLast() ?? MailSession(configuration)
      }
      if let session { waiter.resume(returning: session) }
    }
  }

  private func giveBack(_ session: MailSession) {
    let (next, closers) = state.withLock { state -> (Waiter?, [Closer]) in
      guard state.waiters.isEmpty else { return (state.waiters.removeFirst(), []) }
      state.lent -= 1
      state.idle.append(session)
      guard state.lent == 0 else { return (nil, []) }
      defer { state.closers.removeAll() }
      return (nil, state.closers)
    }
    next?.resume(returning: session)
    for closer in closers { closer.resume() }
  }
}

/// Runs an actor's jobs on a serial queue of its own, off the shared task pool.
final class BlockingExecutor: SerialExecutor {
  private let queue: DispatchQueue

  init(label: String) { queue = DispatchQueue(label: label) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}

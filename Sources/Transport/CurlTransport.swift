import CCurl
import Foundation
import Synchronization

/// HTTP and SMTP over libcurl's multi interface, on one thread of its own.
///
/// Connections are kept and reused. Beyond the limits, requests wait in the order they came; their
/// timeouts count from when they leave the line. A cancelled task's request is not cut off: it ends
/// within its timeouts, and its outcome is known.
package final class CurlTransport: Transport {
  /// What a transport may use.
  package struct Configuration: Sendable {
    /// How many POSTs may be under way at once.
    package var httpLimit: Int

    /// How many mails may be under way at once, which bounds the connections to the server.
    package var mailLimit: Int

    /// How much of an answer's body is read.
    package var responseLimit: Int

    /// The `User-Agent`.
    package var userAgent: String

    /// Certificates to trust instead of the system's, in PEM.
    package var trustedCertificates: [UInt8]?

    /// Creates a configuration.
    package init(
      httpLimit: Int = 256, mailLimit: Int = 8, responseLimit: Int = 16_384,
      userAgent: String = "Bellwether", trustedCertificates: [UInt8]? = nil
    ) {
      precondition(httpLimit > 0 && mailLimit > 0, "a limit of zero would wait for ever")
      self.httpLimit = httpLimit
      self.mailLimit = mailLimit
      self.responseLimit = responseLimit
      self.userAgent = userAgent
      self.trustedCertificates = trustedCertificates
    }
  }

  private let inbox = TransferInbox()

  /// Starts the thread.
  package init(_ configuration: Configuration = Configuration()) {
    _ = Self.library
    let inbox = inbox
    let thread = Thread { CurlLoop(inbox: inbox, configuration: configuration).run() }
    thread.name = "bellwether-curl"
    thread.start()
  }

  deinit { inbox.close() }

  package func post(_ request: HTTPRequest) async -> HTTPOutcome {
    if let block = request.block { return .blocked(block) }
    return await withCheckedContinuation { inbox.add(.post(request, $0)) }
  }

  package func send(_ mail: MailRequest) async -> MailOutcome {
    if let block = mail.block { return .blocked(block) }
    return await withCheckedContinuation { inbox.add(.mail(mail, $0)) }
  }

  /// Takes no more requests, fails those in line, and waits for those under way.
  package func shutdown() async {
    inbox.close()
    await withCheckedContinuation { inbox.whenDone($0) }
  }

  /// libcurl wants to be initialised once, before its first use.
  private static let library: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
}

/// A request and who waits for its outcome.
enum TransferJob: Sendable {
  case post(HTTPRequest, CheckedContinuation<HTTPOutcome, Never>)
  case mail(MailRequest, CheckedContinuation<MailOutcome, Never>)

  /// Ends the job without an attempt.
  func fail(_ failure: TransportFailure) {
    switch self {
    case .post(_, let waiter): waiter.resume(returning: .failed(failure))
    case .mail(_, let waiter): waiter.resume(returning: .failed(failure))
    }
  }
}

/// Where tasks leave jobs for the thread.
final class TransferInbox: Sendable {
  private struct State {
    var jobs: [TransferJob] = []
    var isClosed = false
    var isDone = false
    var waiters: [CheckedContinuation<Void, Never>] = []
    var multi: UInt = 0
  }

  private let state = Mutex(State())

  /// Leaves a job, or fails it when the inbox is closed.
  func add(_ job: TransferJob) {
    let isTaken = state.withLock { state in
      guard !state.isClosed else { return false }
      state.jobs.append(job)
      // One wake-up is enough for all jobs that are left before the thread looks.
      if state.jobs.count == 1 { Self.wake(state.multi) }
      return true
    }
    if !isTaken { job.fail(.shutDown) }
  }

  /// Lets no more jobs in.
  func close() {
    state.withLock { state in
      state.isClosed = true
      Self.wake(state.multi)
    }
  }

  /// Resumes `waiter` once the thread is done.
  func whenDone(_ waiter: CheckedContinuation<Void, Never>) {
    let isDone = state.withLock { state in
      if !state.isDone { state.waiters.append(waiter) }
      return state.isDone
    }
    if isDone { waiter.resume() }
  }

  /// Takes all jobs; the thread's side.
  func takeAll() -> (jobs: [TransferJob], isClosed: Bool) {
    state.withLock { state in
      let jobs = state.jobs
      state.jobs.removeAll()
      return (jobs, state.isClosed)
    }
  }

  /// Tells which handle to wake, 0 being none.
  ///
  /// The lock is held while waking, so a handle is never woken after this has returned.
  func setMulti(_ multi: UnsafeMutableRawPointer?) {
    let address = UInt(bitPattern: multi)
    state.withLock { $0.multi = address }
  }

  /// Says that the thread does nothing more.
  func finish() {
    let waiters = state.withLock { state in
      state.isDone = true
      let waiters = state.waiters
      state.waiters.removeAll()
      return waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// The one call of libcurl's multi interface that other threads may make.
  private static func wake(_ multi: UInt) {
    guard let multi = UnsafeMutableRawPointer(bitPattern: multi) else { return }
    curl_multi_wakeup(multi)
  }
}

extension TransportFailure {
  static let shutDown = TransportFailure(kind: .shutDown, message: "the process is shutting down")
}

import CCurl
import Synchronization

/// A POST and who waits for its outcome.
struct HTTPJob: Sendable {
  var request: HTTPRequest
  var waiter: CheckedContinuation<HTTPOutcome, Never>

  /// Ends the job without an attempt.
  func fail(_ failure: TransportFailure) { waiter.resume(returning: .failed(failure)) }
}

/// Where tasks leave jobs for the thread that posts.
final class HTTPInbox: Sendable {
  private struct State {
    var jobs: [HTTPJob] = []
    var isClosed = false
    var isDone = false
    var waiters: [CheckedContinuation<Void, Never>] = []
    var multi: UInt = 0
  }

  private let state = Mutex(State())

  /// Leaves a job, or fails it when the inbox is closed.
  func add(_ job: HTTPJob) {
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
  func takeAll() -> (jobs: [HTTPJob], isClosed: Bool) {
    state.withLock { state in
      let jobs = state.jobs
      state.jobs.removeAll()
      return (jobs, state.isClosed)
    }
  }

  /// Tells which handle to wake, `nil` being none.
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

import CCurl

/// The life of the thread that posts: takes jobs, drives transfers, hands out outcomes.
///
/// Every handle lives and dies in here, on the one thread that calls `run`.
struct HTTPLoop {
  let inbox: HTTPInbox
  let configuration: CurlTransport.Configuration

  /// Runs until the inbox is closed and every transfer has ended.
  func run() {
    defer { inbox.finish() }
    guard let multi = MultiHandle(configuration) else { return refuseAll() }
    inbox.setMulti(multi.raw)
    // The handle must not be woken once it is gone.
    defer { inbox.setMulti(nil) }

    var waiting = JobQueue()
    while true {
      let (jobs, isClosed) = inbox.takeAll()
      waiting.append(jobs)
      if isClosed {
        while let job = waiting.popFirst() { job.fail(.shutDown) }
      }
      while multi.hasRoom, let job = waiting.popFirst() { multi.start(job) }
      multi.perform()
      multi.finishAll()
      // A place that has just become free is taken before the thread sleeps.
      if multi.hasRoom && !waiting.isEmpty { continue }
      if isClosed && multi.isIdle { return }
      multi.wait()
    }
  }

  /// Without memory for a multi handle there is nothing to do but to say so.
  private func refuseAll() {
    inbox.close()
    for job in inbox.takeAll().jobs { job.fail(.outOfMemory) }
  }
}

/// A queue whose head moves, so that taking from the front is cheap.
private struct JobQueue {
  private var jobs: [HTTPJob] = []
  private var head = 0

  var isEmpty: Bool { head == jobs.count }

  mutating func append(_ more: [HTTPJob]) { jobs += more }

  mutating func popFirst() -> HTTPJob? {
    guard head < jobs.count else { return nil }
    let job = jobs[head]
    head += 1
    if head == jobs.count || head > 4096 {
      jobs.removeFirst(head)
      head = 0
    }
    return job
  }
}

/// Owns the multi handle, the transfers under way, and the easy handles that wait for more.
private final class MultiHandle {
  let raw: UnsafeMutableRawPointer
  private let configuration: CurlTransport.Configuration
  private var idle: [EasyHandle] = []
  private var underWay: [UnsafeMutableRawPointer: (job: HTTPJob, transfer: Transfer)] = [:]

  /// Fails only when libcurl cannot allocate.
  init?(_ configuration: CurlTransport.Configuration) {
    guard let raw = curl_multi_init() else { return nil }
    self.raw = raw
    self.configuration = configuration
  }

  deinit {
    precondition(underWay.isEmpty, "the loop ends after its last transfer")
    idle.removeAll()
    curl_multi_cleanup(raw)
  }

  var isIdle: Bool { underWay.isEmpty }
  var hasRoom: Bool { underWay.count < configuration.httpLimit }

  func start(_ job: HTTPJob) {
    guard let easy = idle.popLast() ?? EasyHandle() else { return job.fail(.outOfMemory) }
    let transfer = Transfer(.post(job.request), on: easy, configuration)
    if let code = transfer.prepare() {
      job.waiter.resume(returning: transfer.outcome(of: job.request, code))
      recycle(easy)
    } else if curl_multi_add_handle(raw, easy.raw) == CURLM_OK {
      underWay[easy.raw] = (job, transfer)
    } else {
      job.fail(.outOfMemory)
    }
  }

  func perform() {
    var running: CInt = 0
    let code = curl_multi_perform(raw, &running)
    precondition(code == CURLM_OK, "curl_multi_perform fails only when it is misused")
  }

  /// Hands out the outcome of every transfer that has ended.
  func finishAll() {
    var left: CInt = 0
    while let message = curl_multi_info_read(raw, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
        let (job, transfer) = underWay.removeValue(forKey: handle)
      else { continue }
      // The message dies with the removal below.
      let result = message.pointee.data.result
      curl_multi_remove_handle(raw, handle)
      job.waiter.resume(returning: transfer.outcome(of: job.request, result))
      recycle(transfer.easy)
    }
  }

  /// Sleeps until a socket is ready, a timer is due, or the inbox wakes us.
  func wait() {
    var ready: CInt = 0
    // libcurl shortens this to its next timer.
    curl_multi_poll(raw, nil, 0, isIdle ? 60_000 : 1_000, &ready)
  }

  private func recycle(_ easy: EasyHandle) {
    easy.reset()
    if idle.count < configuration.httpLimit { idle.append(easy) }
  }
}

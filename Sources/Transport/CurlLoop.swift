import CCurl

/// The thread's life: takes jobs, drives transfers, hands out outcomes.
///
/// Every handle lives and dies in here, on the one thread that calls `run`.
struct CurlLoop {
  let inbox: TransferInbox
  let configuration: CurlTransport.Configuration

  /// Runs until the inbox is closed and every transfer has ended.
  func run() {
    defer { inbox.finish() }
    guard let multi = MultiHandle() else { return refuseAll() }
    inbox.setMulti(multi.raw)
    // The handle must not be woken once it is gone.
    defer { inbox.setMulti(nil) }

    var http = Lane(limit: configuration.httpLimit)
    var mail = Lane(limit: configuration.mailLimit)
    var isClosed = false
    while true {
      let taken = inbox.takeAll()
      isClosed = isClosed || taken.isClosed
      for job in taken.jobs {
        switch job {
        case .post: http.waiting.append(job)
        case .mail: mail.waiting.append(job)
        }
      }
      if isClosed {
        http.failWaiting()
        mail.failWaiting()
        if http.isEmpty && mail.isEmpty { return }
      }
      multi.start(&http, configuration)
      multi.start(&mail, configuration)
      multi.perform()
      while let lane = multi.finishNext() {
        switch lane {
        case .http: http.underWay -= 1
        case .mail: mail.underWay -= 1
        }
      }
      // A place that has just become free is taken before the thread sleeps.
      if http.canStart || mail.canStart { continue }
      multi.wait(isIdle: http.isEmpty && mail.isEmpty)
    }
  }

  /// Without memory for a multi handle there is nothing to do but to say so.
  private func refuseAll() {
    inbox.close()
    for job in inbox.takeAll().jobs { job.fail(.outOfMemory) }
  }
}

/// Jobs that share a limit, first come, first served.
struct Lane {
  enum Name { case http, mail }

  var waiting = JobQueue()
  var underWay = 0
  let limit: Int

  init(limit: Int) { self.limit = limit }

  var isEmpty: Bool { underWay == 0 && waiting.isEmpty }
  var canStart: Bool { underWay < limit && !waiting.isEmpty }

  mutating func failWaiting() {
    while let job = waiting.popFirst() { job.fail(.shutDown) }
  }
}

/// A queue whose head moves, so that taking from the front is cheap.
struct JobQueue {
  private var jobs: [TransferJob] = []
  private var head = 0

  var isEmpty: Bool { head == jobs.count }

  mutating func append(_ job: TransferJob) { jobs.append(job) }

  mutating func popFirst() -> TransferJob? {
    guard head < jobs.count else { return nil }
    defer {
      head += 1
      if head == jobs.count || head > 4096 {
        jobs.removeFirst(head)
        head = 0
      }
    }
    return jobs[head]
  }
}

/// Owns the multi handle, and the easy handles that wait to be used again.
private final class MultiHandle {
  let raw: UnsafeMutableRawPointer
  private var idle: [EasyHandle] = []
  private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]

  init?() {
    guard let raw = curl_multi_init() else { return nil }
    self.raw = raw
  }

  deinit {
    precondition(transfers.isEmpty, "the loop ends after its last transfer")
    idle.removeAll()
    curl_multi_cleanup(raw)
  }

  /// Starts jobs of `lane` while it has room.
  func start(_ lane: inout Lane, _ configuration: CurlTransport.Configuration) {
    while lane.underWay < lane.limit, let job = lane.waiting.popFirst() {
      guard let easy = idle.popLast() ?? EasyHandle() else {
        job.fail(.outOfMemory)
        continue
      }
      let transfer = Transfer(job: job, easy: easy, configuration: configuration)
      if let code = transfer.prepare() {
        transfer.complete(code)
        recycle(easy)
        continue
      }
      let code = curl_multi_add_handle(raw, easy.raw)
      guard code == CURLM_OK else {
        job.fail(.outOfMemory)
        continue
      }
      transfers[easy.raw] = transfer
      lane.underWay += 1
    }
  }

  func perform() {
    var running: CInt = 0
    let code = curl_multi_perform(raw, &running)
    precondition(code == CURLM_OK, "curl_multi_perform fails only when it is misused")
  }

  /// Hands out one finished transfer's outcome; says whose place is free, `nil` if nobody's.
  func finishNext() -> Lane.Name? {
    var left: CInt = 0
    while let message = curl_multi_info_read(raw, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
        let transfer = transfers.removeValue(forKey: handle)
      else { continue }
      // The message dies with the removal below.
      let result = message.pointee.data.result
      curl_multi_remove_handle(raw, handle)
      transfer.complete(result)
      recycle(transfer.easy)
      return transfer.lane
    }
    return nil
  }

  /// Sleeps until a socket is ready, a timer is due, or the inbox wakes us.
  func wait(isIdle: Bool) {
    var ready: CInt = 0
    // libcurl shortens this to its next timer.
    curl_multi_poll(raw, nil, 0, isIdle ? 60_000 : 1_000, &ready)
  }

  private func recycle(_ easy: EasyHandle) {
    easy.reset()
    if idle.count < 256 { idle.append(easy) }
  }
}

/// Owns one easy handle.
final class EasyHandle {
  let raw: UnsafeMutableRawPointer

  /// Fails only when libcurl cannot allocate.
  init?() {
    guard let raw = curl_easy_init() else { return nil }
    self.raw = raw
  }

  deinit { curl_easy_cleanup(raw) }

  /// Forgets all options; connections and look-ups are kept.
  func reset() { curl_easy_reset(raw) }
}

extension TransportFailure {
  static let outOfMemory = TransportFailure(kind: .other, code: 27, message: "out of memory")
}

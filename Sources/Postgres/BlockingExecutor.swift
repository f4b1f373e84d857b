import Dispatch

/// Runs an actor's jobs on a serial queue of its own, off the shared task pool.
///
/// libpq blocks, so the actor that owns a session takes one of these as its executor, and nothing
/// else in the program calls a blocking function of libpq.
package final class BlockingExecutor: SerialExecutor {
  private let queue: DispatchQueue

  /// Creates an executor; `label` names its queue in crash logs.
  package init(label: String) { queue = DispatchQueue(label: label) }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}

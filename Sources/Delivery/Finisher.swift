import Store
import Synchronization

/// Attempts that have ended and are to be written, gathered by tenant.
///
/// Whoever adds the first becomes the tenant's writer and goes on until nothing is left; so what
/// ends while one batch is written goes into the next.
final class Finisher: Sendable {
  struct Item: Sendable {
    var delivery: ClaimedDelivery
    var end: FinishedAttempt
  }

  private let queues = Mutex<[String: [Item]]>([:])

  /// Adds an end; says whether the caller must write.
  func add(_ item: Item, tenant: String) -> Bool {
    queues.withLock { queues in
      let isFirst = queues[tenant] == nil
      queues[tenant, default: []].append(item)
      return isFirst
    }
  }

  /// The next batch of a tenant; empty when its writer is done.
  func take(_ limit: Int, tenant: String) -> [Item] {
    queues.withLock { queues in
      guard let waiting = queues[tenant], !waiting.isEmpty else {
        queues[tenant] = nil
        return []
      }
      queues[tenant] = Array(waiting.dropFirst(limit))
      return Array(waiting.prefix(limit))
    }
  }
}

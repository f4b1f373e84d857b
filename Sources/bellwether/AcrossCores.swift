import Dispatch
import Rules
import Synchronization

/// Spreads work across the machine's cores and waits until all of it is done.
struct AcrossCores: Spreading {
  /// Enough for a core to be worth waking.
  private static let share = 16

  func map<Item: Sendable, Output: Sendable>(
    _ items: [Item], _ transform: @Sendable (Item) -> Output
  ) -> [Output] {
    let starts = Array(stride(from: 0, to: items.count, by: Self.share))
    let shares = Mutex([[Output]](repeating: [], count: starts.count))
    DispatchQueue.concurrentPerform(iterations: starts.count) { number in
      let share = items[starts[number]...].prefix(Self.share).map(transform)
      shares.withLock { $0[number] = share }
    }
    return shares.withLock { Array($0.joined()) }
  }
}

import Store
import Synchronization

/// The deliveries of a batch whose attempts have not ended.
final class UnderWay: Sendable {
  private let state: Mutex<Set<UUIDv7>>

  init(_ ids: some Sequence<UUIDv7>) { state = Mutex(Set(ids)) }

  var ids: [UUIDv7] { state.withLock { Array($0) } }

  func end(_ id: UUIDv7) { state.withLock { _ = $0.remove(id) } }
}

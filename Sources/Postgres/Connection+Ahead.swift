package import SQLText
import Synchronization

extension Connection {
  /// Runs a query as ``copyOut(_:into:_:)`` does, and reads ahead: while `use` works on what one
  /// buffer holds, a second one is being filled.
  ///
  /// `fill` gets one row's bytes at a time and says whether the buffer takes another. `use` gets
  /// the buffers in the order of the rows: full ones, and at the end one that is not, or is empty.
  /// There are two buffers and never more, each filled again once it was used, so that memory is
  /// bounded however far apart the two sides' paces are. When either side throws, or the task is
  /// cancelled, the query is cancelled and the session stays usable; a transaction it ran in must
  /// be rolled back, as after any error. Nothing else may run on this connection meanwhile.
  package nonisolated func copyOut<Buffer: Sendable>(
    _ query: SQL, makeBuffer: () -> Buffer,
    fill: @escaping @Sendable (inout Buffer, UnsafeRawBufferPointer) throws -> Bool,
    use: (inout Buffer) async throws -> Void
  ) async throws {
    let buffers = [LentBuffer(makeBuffer()), LentBuffer(makeBuffer())]
    try await beginCopyOut(query)
    do {
      var hasMore = try await read(into: buffers[0], fill)
      var turn = 0
      while hasMore {
        try Task.checkCancellation()
        let next = buffers[1 - turn]
        async let isFull = read(into: next, fill)
        try await buffers[turn].lend(use)
        hasMore = try await isFull
        turn = 1 - turn
      }
      try await buffers[turn].lend(use)
    } catch {
      await stopCopyOut()
      throw error
    }
  }
}

/// A buffer that one side at a time has.
///
/// A value that is handed from task to task would be copied, and its storage not be used again.
final class LentBuffer<Buffer: Sendable>: Sendable {
  private let content: Mutex<Buffer?>

  init(_ buffer: Buffer) { content = Mutex(buffer) }

  /// Hands the buffer out; it must be put back before it is taken again.
  func take() -> Buffer {
    guard let buffer = content.withLock({ $0.take() }) else {
      preconditionFailure("the two sides of a COPY take turns with a buffer")
    }
    return buffer
  }

  func putBack(_ buffer: consuming Buffer) { content.withLock { [buffer] in $0 = buffer } }

  fileprivate func lend(_ use: (inout Buffer) async throws -> Void) async throws {
    var buffer = take()
    try await use(&buffer)
    putBack(buffer)
  }
}

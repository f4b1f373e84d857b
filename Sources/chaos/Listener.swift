import Foundation

/// A TCP server on this machine whose every connection has a thread of its own.
struct Listener: Sendable {
  let port: Int

  /// Starts to listen on any free port.
  init(_ serve: @escaping @Sendable (Wire) -> Void) throws {
    #if canImport(Darwin)
    let kind = SOCK_STREAM
    #else
    let kind = Int32(SOCK_STREAM.rawValue)
    #endif
    let file = socket(AF_INET, kind, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(file, $0, length) == 0 && listen(file, 512) == 0 && getsockname(file, $0, &length) == 0
      }
    }
    guard file >= 0, isBound else { throw ChaosFailure("no port to listen on could be had") }
    port = Int(UInt16(bigEndian: address.sin_port))
    let thread = Thread {
      while true {
        let connection = accept(file, nil, nil)
        guard connection >= 0 else { continue }
        let worker = Thread {
          let wire = Wire(file: connection)
          serve(wire)
          wire.close()
        }
        worker.stackSize = 512 << 10
        worker.start()
      }
    }
    thread.start()
  }
}

/// One connection, read and written in turn by one thread.
final class Wire {
  private let file: Int32
  private var buffer = Data()

  init(file: Int32) { self.file = file }

  /// What comes before `end`, which is left out; `nil` when the other side is gone.
  func read(through end: String) -> Data? {
    let mark = Data(end.utf8)
    while true {
      if let range = buffer.range(of: mark) {
        let found = Data(buffer[..<range.lowerBound])
        buffer = Data(buffer[range.upperBound...])
        return found
      }
      guard fill() else { return nil }
    }
  }

  func read(count: Int) -> Data? {
    while buffer.count < count { guard fill() else { return nil } }
    let found = Data(buffer.prefix(count))
    buffer = Data(buffer.dropFirst(count))
    return found
  }

  func readLine() -> String? { read(through: "\r\n").map { String(decoding: $0, as: UTF8.self) } }

  private func fill() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    let got = recv(file, &chunk, chunk.count, 0)
    guard got > 0 else { return false }
    buffer.append(contentsOf: chunk.prefix(got))
    return true
  }

  @discardableResult
  func write(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return send(file, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  /// Waits until the other side is gone.
  func hang() { while fill() { buffer.removeAll() } }

  /// Makes `close` a reset.
  func resetAtClose() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(file, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
  }

  func close() { _ = Foundation.close(file) }
}

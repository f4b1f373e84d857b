import Foundation
import Synchronization

/// A web server on the loopback that answers 204 and remembers when each request's first byte came.
final class LocalReceiver: Sendable {
  let port: Int
  private let socket: Int32
  private let state = Mutex<[String: ContinuousClock.Instant]>([:])

  init() throws {
    (socket, port) = try LoopbackSocket.listening()
    acceptAll()
  }

  /// First bytes by `webhook-id`.
  var arrivals: [String: ContinuousClock.Instant] { state.withLock { $0 } }

  func stop() {
    shutdown(socket, Int32(SHUT_RDWR))
    close(socket)
  }

  private func acceptAll() {
    Thread.detachNewThread { [self] in
      while case let connection = accept(socket, nil, nil), connection >= 0 {
        Thread.detachNewThread { self.serve(connection) }
      }
    }
  }

  private func serve(_ connection: Int32) {
    defer { close(connection) }
    LoopbackSocket.sendAtOnce(connection)
    var pending: [UInt8] = []
    var first = ContinuousClock.now
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let answer = Array("HTTP/1.1 204 No Content\r\n\r\n".utf8)
    while case let count = recv(connection, &chunk, chunk.count, 0), count > 0 {
      if pending.isEmpty { first = .now }
      pending += chunk[..<count]
      while let request = Request(pending) {
        pending.removeFirst(request.length)
        if let id = request.id { state.withLock { $0[id] = first } }
        guard send(connection, answer, answer.count, Int32(MSG_NOSIGNAL)) > 0 else {
          return
        }
      }
    }
  }

  /// A whole request at the beginning of some bytes.
  struct Request {
    var length: Int
    var id: String?

    /// Fails while part of it is missing.
    init?(_ bytes: [UInt8]) {
      guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
      var bodyLength = 0
      for line in String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        .split(separator: "\r\n")
      {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { continue }
        let value = parts[1].trimmingCharacters(in: .whitespaces)
        switch parts[0].lowercased() {
        case "content-length": bodyLength = Int(value) ?? 0
        case "webhook-id": id = value
        default: break
        }
      }
      length = end.upperBound + bodyLength
      guard bytes.count >= length else { return nil }
    }
  }
}

/// Sockets on 127.0.0.1.
enum LoopbackSocket {
  /// A listening socket on a port that was free.
  static func listening() throws -> (socket: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 1024) == 0
          && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isListening else { throw BenchError(description: "no port can be listened on") }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
  }

  /// A port that is free now.
  static func freePort() throws -> Int {
    let (socket, port) = try listening()
    close(socket)
    return port
  }

  static func sendAtOnce(_ descriptor: Int32) {
    var one: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
  }
}

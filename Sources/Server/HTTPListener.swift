package import Hummingbird
import Logging
import NIOCore

/// An HTTP server on one address, from the first connection to the last.
package struct HTTPListener: Sendable {
  /// The port that is listened on, also where any free one was asked for.
  package let port: Int
  private let serving: Task<Void, any Error>

  /// Starts listening and returns once connections are accepted; a port of 0 is any free one.
  ///
  /// Throws when the address cannot be had.
  package static func start(
    _ router: Router<BasicRequestContext>, host: String = "127.0.0.1", port: Int = 0,
    label: String
  ) async throws -> HTTPListener {
    let (ports, bound) = AsyncStream.makeStream(of: Int.self)
    var logger = Logger(label: label)
    logger.logLevel = .critical
    let application = Application(
      router: router,
      configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
      onServerRunning: { channel in
        if let port = channel.localAddress?.port { bound.yield(port) }
      }, logger: logger)
    let serving = Task {
      defer { bound.finish() }
      try await application.run()
    }
    for await port in ports { return HTTPListener(port: port, serving: serving) }
    try await serving.value
    throw HTTPListenerError.neverListened
  }

  /// Ends all connections and stops listening.
  package func stop() async {
    serving.cancel()
    _ = await serving.result
  }
}

/// Why a listener is not there.
package enum HTTPListenerError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The server ended without an error before it listened.
  case neverListened

  package var description: String { "the HTTP server ended before it listened" }
}

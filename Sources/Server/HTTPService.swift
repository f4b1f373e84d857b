import Hummingbird
import Logging
import ServiceLifecycle

/// The HTTP interface on one address.
package struct HTTPService: Service {
  private let interface: HTTPInterface
  private let host: String
  private let port: Int
  private let limiter: RequestLimiter
  private let failures: RequestLimiter
  private let onListening: @Sendable (Int) async -> Void

  /// Creates a service; a port of 0 is any free one, and `onListening` is told which.
  package init(
    _ interface: HTTPInterface, host: String, port: Int, limiter: RequestLimiter = .onClock(),
    failures: RequestLimiter = .onClock(perSecond: 5, burst: 60),
    onListening: @escaping @Sendable (Int) async -> Void = { _ in }
  ) {
    self.interface = interface
    self.host = host
    self.port = port
    self.limiter = limiter
    self.failures = failures
    self.onListening = onListening
  }

  /// Answers requests until the process is told to stop; a job that runs then is let finish.
  package func run() async throws {
    let jobs = JobRunner(interface)
    let dispatcher = Dispatcher(
      table: RouteTable(interface.routes(jobs)),
      gate: Gate(
        pool: interface.pool, schedulerSecret: interface.schedulerSecret, limiter: limiter,
        failures: failures),
      metrics: interface.metrics)
    var logger = Logger(label: "http")
    logger.logLevel = .error
    let application = Application(
      responder: dispatcher,
      configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
      onServerRunning: { [onListening] channel in
        if let port = channel.localAddress?.port { await onListening(port) }
      }, logger: logger)
    do {
      try await application.run()
    } catch {
      await jobs.finish()
      throw error
    }
    await jobs.finish()
  }
}

import Delivery
import Engine
import Expressions
import Foundation
import Postgres
import Rules
import Server
import Store
import Transport

extension Engine {
  /// An engine as commands and services use it, which tells of its runs to whoever wants to know.
  static func composed(
    ruleSet: RuleSet, settings: Settings, connection: Connection,
    observers: [any RunObserver] = []
  ) throws -> Engine {
    Engine(
      catalog: ruleSet.catalog, defaultZone: try settings.zone(), formats: settings.formats,
      tenantFormats: settings.tenantFormats, tenantLimits: settings.limits,
      connection: connection, makeID: DatabaseSession.makeID,
      observers: observers + [FailureReports()].compactMap(\.self),
      listeners: OperatorEvent.allCases.reduce(into: [:]) {
        $0[$1] = settings.endpoints(toldOf: $1)
      })
  }
}

extension HTTPService {
  /// The HTTP interface over a database: `listen` is `ADDRESS:PORT`, `current` the rules and
  /// settings as they are at each request.
  init(
    listen: String, databaseURL: String, metrics: Metrics,
    current: @escaping @Sendable () -> (ruleSet: RuleSet, settings: Settings)
  ) throws {
    guard let colon = listen.lastIndex(of: ":"),
      let port = Int(listen[listen.index(after: colon)...]),
      (0...65_535).contains(port)
    else {
      throw CommandFailure(
        "'\(listen)' is not an address to listen on", help: "write it as 127.0.0.1:8080")
    }
    let host = listen[..<colon].filter { $0 != "[" && $0 != "]" }
    let interface = HTTPInterface(
      pool: ConnectionPool(url: databaseURL, size: 8), ruleSet: { current().ruleSet },
      rules: { job, ruleSet in ruleSet.rules(named: job) },
      engine: { connection, ruleSet in
        try await DatabaseSession.hideEngineTables(connection)
        return try Engine.composed(
          ruleSet: ruleSet, settings: current().settings, connection: connection,
          observers: [metrics])
      }, schedulerSecret: ProcessInfo.processInfo.environment["CRON_SECRET"], metrics: metrics)
    self.init(interface, host: host, port: port) { port in note("listening on \(host):\(port)") }
  }
}

/// Tells the error tracker of `SENTRY_DSN` of runs that failed.
struct FailureReports: RunObserver {
  private let tracker: ErrorTracker.Address
  private let environment: String

  /// `nil` when no tracker is named.
  init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
    guard let dsn = environment["SENTRY_DSN"], !dsn.isEmpty else { return nil }
    guard let tracker = ErrorTracker.Address(dsn: dsn) else {
      note("warning: SENTRY_DSN is not a DSN, so no error tracker is told of failures")
      return nil
    }
    self.tracker = tracker
    self.environment = environment["SENTRY_ENVIRONMENT"] ?? "production"
  }

  func runEnded(_ run: EndedRun) async {
    guard case .failure(let error) = run.outcome else { return }
    // Failures are rare, so each has a transport of its own and leaves no thread behind.
    let transport = CurlTransport()
    await ErrorTracker(tracker, environment: environment, transport: transport).send(
      ErrorTracker.Report(
        kind: "RunFailed", message: "\(error)",
        at: Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)),
        tags: ["job": run.job, "tenant": run.tenant.slug, "run": run.id.description]))
    await transport.shutdown()
  }
}

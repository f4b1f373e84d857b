import ArgumentParser
import Delivery
import Engine
import Expressions
import Foundation
import Logging
import Postgres
import Rules
import Server
import ServiceLifecycle
import UnixSignals

/// `bellwether serve`: runs rules when they are due and delivers what follows, until told to stop.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Run every rule on its schedule and deliver what follows, until told to stop.",
    discussion: """
      Any number of processes may serve one database; each scheduled time runs once, and what a \
      dead one left is taken over. Changed rule files are checked and then taken as a whole; while \
      a file has errors, the rules that ran go on. SIGTERM and SIGINT stop it within 20 seconds.

      Over HTTP it answers /healthz, /readyz, /metrics, jobs and questions about alerts; \
      /openapi.json lists all.

      Examples:
        bellwether serve
        bellwether serve --log-format json
        bellwether serve --listen 0.0.0.0:8080    reachable from other machines
        bellwether serve --no-schedule            deliver and answer; others run the rules

      Environment: LOG_LEVEL (default info), LOG_FORMAT (text or json), CRON_SECRET (what a \
      scheduler proves itself with), SENTRY_DSN (who is told of failed runs).
      Exit code: 0 stopped as asked, 1 could not start or go on.
      """)

  @Option(
    help: ArgumentHelp(
      "Where HTTP is answered; port 0 takes any free one, `off` answers nothing.",
      valueName: "address:port"))
  var listen = "127.0.0.1:8080"

  @Flag(help: "Run no rules by their schedules; other processes do.")
  var noSchedule = false

  @Flag(help: "Send nothing; other processes do.")
  var noDeliver = false

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var log: LogOptions

  // For tests, which cannot wait for the usual times.
  @Option(help: .hidden) var leaseMilliseconds = 30_000
  @Option(help: .hidden) var watchMilliseconds = 2000

  func run() async throws {
    let loaded = LoadedProject(try Project(root: project.root))
    let rules = LiveRules(try loaded.requireRules(), settings: loaded.settings)
    let session = try await DatabaseSession.open(database, settings: loaded.settings)
    await session.connection.close()
    let logger = Logger(label: "serve")
    var quiet = Logger(label: "services")
    quiet.logLevel = .critical
    do {
      let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
          services: [Together(services: try services(session, rules))],
          gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
      logger.notice("serving \(rules.current.ruleSet.rules.count) rules")
      try await group.run()
    } catch {
      await session.close()
      throw failure(error)
    }
    await session.close()
    logger.notice("stopped")
  }

  private func failure(_ error: any Error) -> CommandFailure {
    if let error = error as? CommandFailure { return error }
    if "\(error)".contains("ddress already in use") {
      return CommandFailure(
        "another program listens on \(listen)",
        help: "name another address with --listen, or `--listen off` to answer nothing")
    }
    return CommandFailure("stopped by an error: \(error)")
  }

  private func services(
    _ session: DatabaseSession, _ rules: LiveRules
  ) throws -> [any Service] {
    let metrics = Metrics()
    var services: [any Service] = []
    if !noSchedule { services.append(scheduler(session.url, rules, metrics)) }
    if !noDeliver {
      services.append(
        Deliveries(
          url: session.url, rules: rules, metrics: metrics,
          lease: .milliseconds(leaseMilliseconds)))
      services.append(Digests(url: session.url, rules: rules))
    }
    if listen != "off" {
      services.append(
        try HTTPService(listen: listen, databaseURL: session.url, metrics: metrics) {
          let current = rules.current
          return (current.ruleSet, current.settings)
        })
    }
    services.append(
      RuleWatch(root: project.root, rules: rules, interval: .milliseconds(watchMilliseconds)))
    services.append(ShutdownLimit())
    return services
  }

  private func scheduler(
    _ url: String, _ rules: LiveRules, _ metrics: Metrics
  ) -> SchedulerService {
    let lease = Duration.milliseconds(leaseMilliseconds)
    let configuration = SchedulerService.Configuration(lease: lease, heartbeat: lease / 3)
    return SchedulerService(
      pool: ConnectionPool(url: url, size: configuration.lanes * 2 + 1),
      rules: {
        let current = rules.current
        return SchedulerService.Rules(ruleSet: current.ruleSet, generation: current.generation)
      },
      engine: { connection, ruleSet in
        try await DatabaseSession.hideEngineTables(connection)
        // A process that hangs would keep its tenant's lock for good.
        try await connection.execute(script: "SET idle_in_transaction_session_timeout = '60s'")
        return try Engine.composed(
          ruleSet: ruleSet, settings: rules.current.settings, connection: connection,
          observers: [metrics])
      }, makeID: DatabaseSession.makeID, configuration: configuration)
  }
}

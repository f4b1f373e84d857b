import ArgumentParser
import Delivery
import Engine
import Expressions
import Foundation
import Logging
import Postgres
import Rules
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

      Examples:
        bellwether serve
        bellwether serve --log-format json

      Environment: LOG_LEVEL (default info), LOG_FORMAT (text or json).
      Exit code: 0 stopped as asked, 1 could not start or go on.
      """)

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var log: LogOptions

  @Flag(help: "Only run rules; other processes deliver.")
  var noDelivery = false

  // For tests, which cannot wait for the usual times.
  @Option(help: .hidden) var leaseMilliseconds = 30_000
  @Option(help: .hidden) var watchMilliseconds = 2000

  func run() async throws {
    let loaded = LoadedProject(try Project(root: project.root))
    let rules = LiveRules(try loaded.requireRules(), settings: loaded.settings)
    let session = try await DatabaseSession.open(database, settings: loaded.settings)
    let logger = Logger(label: "serve")
    logger.notice("serving \(rules.current.ruleSet.rules.count) rules")
    var quiet = Logger(label: "services")
    quiet.logLevel = .critical
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: services(session, rules), gracefulShutdownSignals: [.sigterm, .sigint],
        logger: quiet))
    do {
      try await group.run()
    } catch {
      await session.close()
      throw CommandFailure("stopped by an error: \(error)")
    }
    await session.close()
    logger.notice("stopped")
  }

  /// Shut down from the last to the first, each when the next is done.
  private func services(_ session: DatabaseSession, _ rules: LiveRules) -> [any Service] {
    let lease = Duration.milliseconds(leaseMilliseconds)
    let configuration = SchedulerService.Configuration(lease: lease, heartbeat: lease / 3)
    let scheduler = SchedulerService(
      pool: ConnectionPool(url: session.url, size: configuration.lanes * 2 + 1),
      rules: {
        let current = rules.current
        return SchedulerService.Rules(ruleSet: current.ruleSet, generation: current.generation)
      },
      engine: { connection, ruleSet in
        let settings = rules.current.settings
        return Engine(
          catalog: ruleSet.catalog, defaultZone: try settings.zone(), formats: settings.formats,
          connection: connection, makeID: DatabaseSession.makeID)
      }, makeID: DatabaseSession.makeID, configuration: configuration)
    var services: [any Service] = [scheduler]
    if !noDelivery {
      services.append(DeliveryLoop(session: session) { rules.current.settings })
    }
    services.append(
      RuleWatch(
        root: project.root, rules: rules, interval: .milliseconds(watchMilliseconds)))
    services.append(ShutdownLimit())
    return services
  }
}

/// Ends the process when stopping takes too long; what is cut off is taken over or repeated.
private struct ShutdownLimit: Service {
  func run() async throws {
    try? await gracefulShutdown()
    Task {
      try await Task.sleep(for: .seconds(18))
      Logger(label: "serve").warning(
        "a run is still under way: it is given up, wrote nothing and will run again")
      Foundation.exit(0)
    }
  }
}

/// Sends what is due, over and over.
private struct DeliveryLoop: Service {
  let session: DatabaseSession
  let settings: @Sendable () -> Settings
  private let logger = Logger(label: "delivery")

  init(session: DatabaseSession, settings: @escaping @Sendable () -> Settings) {
    self.session = session
    self.settings = settings
  }

  func run() async throws {
    var failures = 0
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      var delay = Duration.seconds(1)
      do {
        let summary = try await session.deliver(
          settings: settings(), secrets: { ProcessInfo.processInfo.environment[$0] })
        if failures > 0 { logger.notice("the database answers again") }
        failures = 0
        let total = summary.total
        if total.sent > 0 { logger.info("[deliver] Complete: \(total.sent) sent") }
      } catch {
        delay = .milliseconds(500 << min(failures, 6))
        failures += 1
        logger.error("deliveries could not be made; trying again in \(delay)")
      }
      await cancelWhenGracefulShutdown { [delay] in try? await Task.sleep(for: delay) }
    }
  }
}

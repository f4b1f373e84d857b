import Engine
import Logging
import Postgres
import Server
import ServiceLifecycle
import Store

/// Gathers digests when they are due.
struct Digests: Service {
  let pool: ConnectionPool
  let rules: LiveRules
  let interval: Duration
  private let logger = Logger(label: "digests")

  init(url: String, rules: LiveRules, interval: Duration = .seconds(1)) {
    pool = ConnectionPool(url: url, size: 1)
    self.rules = rules
    self.interval = interval
  }

  func run() async throws {
    var patience = Patience()
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      var delay = interval
      if let failure = await gather() {
        delay = patience.next()
        logger.error("digests are still to be sent; trying again in \(delay): \(failure)")
      } else {
        if patience.isTried { logger.notice("digests can be sent again") }
        patience.reset()
      }
      await cancelWhenGracefulShutdown { [delay] in try? await Task.sleep(for: delay) }
    }
    await pool.closeIdle()
  }

  /// Queues what is due; one tenant's failure stops no other, and is returned.
  private func gather() async -> (any Error)? {
    do {
      return try await pool.withConnection { connection in
        let due = try await DigestStore.dueTenants(on: connection)
        guard !due.isEmpty else { return nil }
        let current = rules.current
        try await DatabaseSession.hideEngineTables(connection)
        let engine = try Engine.composed(
          ruleSet: current.ruleSet, settings: current.settings, connection: connection)
        var failure: (any Error)?
        for tenant in try await engine.tenants() where due.contains(tenant.key) {
          do {
            let report = try await engine.sendDigests(for: tenant)
            if report.messages > 0 {
              logger.info(
                "[digest] \(report.messages) queued for \(tenant.slug), \(report.lines) lines")
            }
          } catch {
            failure = error
          }
        }
        return failure
      }
    } catch {
      return error
    }
  }
}

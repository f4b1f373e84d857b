import Logging
import Postgres
import Store

/// Gauges that are measured at most once in a while, however often they are asked for.
actor KeptGauges {
  typealias Gauges = [(name: String, value: Double)]

  private let lifetime: Duration
  private let now: @Sendable () -> Duration
  private var last: (at: Duration, measuring: Task<Gauges, Never>)?

  /// Creates a store that keeps what was measured for `lifetime`, by a clock that only goes
  /// forward.
  init(lifetime: Duration = .seconds(5), now: @escaping @Sendable () -> Duration) {
    self.lifetime = lifetime
    self.now = now
  }

  /// A store by this machine's clock.
  init() {
    let clock = ContinuousClock()
    let start = clock.now
    self.init { clock.now - start }
  }

  /// What was measured lately, or is measured now; whoever comes meanwhile waits for the same.
  func read(_ measure: @escaping @Sendable () async -> Gauges) async -> Gauges {
    let now = now()
    if let last, now - last.at < lifetime { return await last.measuring.value }
    let measuring = Task { await measure() }
    last = (now, measuring)
    return await measuring.value
  }
}

/// What waits in the outbox.
enum OutboxGauges {
  private static let mostTenants = 100

  /// Counts tenant by tenant; nothing when the database does not answer.
  static func measure(_ pool: ConnectionPool) async -> KeptGauges.Gauges {
    do {
      return try await pool.withConnection { connection in
        let waiting = try await OutboxStore.waitingTenants(atMost: mostTenants, on: connection)
        var (depth, oldest) = (0, 0.0)
        for (tenant, _) in waiting {
          let own = try await TenantSession.inTenant(tenant, on: connection) { connection in
            try await OutboxStore.depth(tenant: tenant, on: connection)
          }
          depth += own.count
          oldest = max(oldest, own.oldestSeconds)
        }
        return [
          ("bellwether_outbox_depth", Double(depth)), ("bellwether_outbox_oldest_seconds", oldest),
          ("bellwether_outbox_overdue_seconds", waiting.map(\.overdueSeconds).max() ?? 0),
          ("bellwether_outbox_tenants", Double(waiting.count)),
        ]
      }
    } catch {
      Logger(label: "http").error("the outbox could not be counted: \(error)")
      return []
    }
  }
}

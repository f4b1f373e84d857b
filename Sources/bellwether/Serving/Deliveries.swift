import Delivery
import Foundation
import Logging
import Postgres
import Rules
import Server
import ServiceLifecycle
import Store
import Transport

/// Sends what is due, by the settings as they are now.
///
/// A worker knows its channels from the start. When they change, another takes over, and the old one
/// brings to an end what it has begun.
struct Deliveries: Service {
  let url: String
  let rules: LiveRules
  let metrics: Metrics
  let lease: Duration
  private let logger = Logger(label: "deliver")

  init(url: String, rules: LiveRules, metrics: Metrics, lease: Duration) {
    self.url = url
    self.rules = rules
    self.metrics = metrics
    self.lease = lease
  }

  /// What a worker is made of.
  private struct Means: Hashable, Sendable {
    var settings: Settings
    var owners: [String: String]
  }

  private var means: Means {
    let current = rules.current
    return Means(settings: current.settings, owners: current.ruleSet.owners)
  }

  func run() async throws {
    try await withThrowingDiscardingTaskGroup { group in
      while !Task.isShuttingDownGracefully, !Task.isCancelled {
        let means = means
        group.addTask { try await deliver(with: means) }
        await whileCurrent(means)
      }
    }
  }

  private func deliver(with means: Means) async throws {
    let transport = CurlTransport(means.settings)
    let pool = ConnectionPool(url: url, size: 4)
    let worker = OutboxWorker(
      settings: means.settings, owners: means.owners, pool: pool,
      secrets: { ProcessInfo.processInfo.environment[$0] }, transport: transport,
      configuration: OutboxWorker.Configuration(lease: lease))
    let outcome: Result<Void, any Error>
    do {
      let service = DeliveryService(worker: worker) { note($0) }
      outcome = .success(try await service.run { await whileCurrent(means) })
    } catch {
      outcome = .failure(error)
    }
    await pool.closeIdle()
    await transport.shutdown()
    try outcome.get()
  }

  /// Waits until the means change or the process is told to stop.
  private func whileCurrent(_ means: Means) async {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled, self.means == means {
        try? await Task.sleep(for: .milliseconds(250))
      }
    }
  }

  private func note(_ summary: DeliverySummary) {
    for (channel, counts) in summary.channels {
      let outcomes = [
        ("sent", counts.sent), ("retried", counts.retried), ("ambiguous", counts.ambiguous),
        ("dead", counts.dead), ("blocked", counts.blocked), ("lost", counts.lost),
      ]
      for (outcome, count) in outcomes {
        metrics.count(deliveries: count, channel: channel.rawValue, outcome: outcome)
      }
    }
    let total = summary.total
    let words = [
      (total.sent, "sent"), (total.retried + total.ambiguous, "to be tried again"),
      (total.dead, "given up"), (total.blocked, "kept back by missing settings"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    if !words.isEmpty { logger.info("[deliver] \(words.joined(separator: ", "))") }
  }
}

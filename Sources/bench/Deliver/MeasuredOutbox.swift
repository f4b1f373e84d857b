import Delivery
import Expressions
import Foundation
import Postgres
import Rules
import SQLText
import Store
import Transport

/// The outbox of a private database, and the worker that empties it.
struct MeasuredOutbox: Sendable {
  var database: PrivateDatabase
  var tenants: Int
  var endpoints: Int
  var concurrency: Int
  var mailConcurrency: Int

  private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

  /// As large as what the bare loops send.
  private static let body = Array(#"{"a":"\#(String(repeating: "x", count: 1016))"}"#.utf8)

  /// Webhooks a second, from the first claim to the last recorded outcome.
  func webhookRate(_ count: Int, url: String) async throws -> Double {
    try await queue((0..<count).map { event(to: "e\($0 % endpoints)") })
    return try await rate(of: .webhook, count, worker(url: url))
  }

  /// Mails a second.
  func mailRate(_ count: Int, port: Int) async throws -> Double {
    let text = String(
      repeating: "The quick brown fox jumps over the lazy dog, seventy characters or so.\n",
      count: 10)
    let body = try JSONEncoder().encode(MailBody(text: text))
    try await queue(
      (0..<count).map { _ in event(.email, to: "b@example.invalid", body: Array(body)) })
    return try await rate(of: .email, count, worker(mailPort: port))
  }

  /// Seconds from commit to the receiver's first byte, one for each of `count` events.
  func firstBytes(_ count: Int, receiver: LocalReceiver) async throws -> [Double] {
    let parts = worker(url: "http://127.0.0.1:\(receiver.port)/")
    let service = DeliveryService(worker: parts.worker)
    let running = Task { try await service.run() }
    try await Task.sleep(for: .milliseconds(500))
    var commits: [(id: String, at: ContinuousClock.Instant)] = []
    let start = ContinuousClock.now
    for number in 0..<count {
      try await Task.sleep(until: start + .milliseconds(20 * number), clock: .continuous)
      let event = event(to: "e\(number % endpoints)")
      try await queue([event])
      commits.append((event.id.description, .now))
    }
    try await Task.sleep(for: .seconds(1))
    running.cancel()
    _ = await running.result
    await parts.close()
    let arrivals = receiver.arrivals
    return try commits.map { id, commit in
      guard let arrival = arrivals[id] else {
        throw BenchError(description: "the event \(id) did not arrive within a second")
      }
      // A byte may arrive before the writer hears that its commit is done.
      return max(0, (arrival - commit) / .seconds(1))
    }
  }

  private func rate(
    of channel: DeliveryChannel, _ count: Int, _ parts: Parts
  ) async throws -> Double {
    let start = ContinuousClock.now
    let summary = try await parts.worker.drain()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    await parts.close()
    guard summary[channel].sent == count else {
      throw BenchError(description: "of \(count) deliveries not all succeeded: \(summary)")
    }
    let recorded = try await database.connection.query(
      "SELECT count(*) FROM bellwether.attempt WHERE outcome = 'success'")
    // What was sent is on record, and makes room for the next round.
    guard recorded[0][0] == "\(count)" else {
      throw BenchError(description: "not every attempt is on record")
    }
    try await database.connection.execute(
      script: "TRUNCATE bellwether.event, bellwether.delivery, bellwether.attempt")
    return Double(count) / seconds
  }

  /// Writes events, in a transaction for each tenant.
  private func queue(_ events: [NewEvent]) async throws {
    for tenant in 0..<tenants {
      let share = events.indices.filter { $0 / endpoints % tenants == tenant }.map { events[$0] }
      guard !share.isEmpty else { continue }
      let name = "t\(events.count == 1 ? Int.random(in: 0..<tenants) : tenant)"
      try await TenantSession.inTenant(name, on: database.connection) {
        _ = try await OutboxStore.enqueue(share, tenant: name, on: $0)
      }
    }
  }

  private func event(
    _ channel: DeliveryChannel = .webhook, to target: String, body: [UInt8] = Self.body
  ) -> NewEvent {
    let id = UUIDv7(unixMilliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    return NewEvent(
      id: id, type: "dev.bellwether.alert.opened", subject: "thing/1",
      contentType: channel == .email ? EmailChannel.contentType : "application/cloudevents+json",
      body: body, dedupeKey: id.description, channel: channel, target: target)
  }

  private func worker(url: String = "", mailPort: Int = 25) -> Parts {
    let transport = CurlTransport(.init(mailLimit: mailConcurrency))
    let pool = ConnectionPool(url: database.url, size: 4)
    let settings = (0..<endpoints).map {
      EndpointSettings(
        name: "e\($0)", url: url, secretVariables: ["SECRET"], allowsPrivateNetwork: true,
        concurrency: concurrency / endpoints)
    }
    let mail = SMTPSettings(
      host: "127.0.0.1", port: mailPort, from: "a@example.invalid", security: .none,
      concurrency: mailConcurrency, concurrencyPerDomain: mailConcurrency)
    let secrets: @Sendable (String) -> String? = { _ in Self.secret }
    let worker = OutboxWorker(
      pool: pool,
      channels: [
        WebhookChannel(
          endpoints: Dictionary(uniqueKeysWithValues: settings.map { ($0.name, $0) }),
          secrets: secrets, transport: transport),
        EmailChannel(settings: mail, secrets: secrets, transport: transport),
      ])
    return Parts(worker: worker, pool: pool, transport: transport)
  }

  private struct MailBody: Encodable {
    var to = ["name": "B", "address": "b@example.invalid"]
    var subject = "Low stock"
    var text: String
  }

  private struct Parts {
    var worker: OutboxWorker
    var pool: ConnectionPool
    var transport: CurlTransport

    func close() async {
      await pool.closeIdle()
      await transport.shutdown()
    }
  }
}

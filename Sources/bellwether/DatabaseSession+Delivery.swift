import Delivery
import Postgres
import Rules
import Transport

extension DatabaseSession {
  /// Sends what is due, once, over connections of its own.
  func deliver(
    settings: Settings, secrets: @escaping @Sendable (String) -> String?
  ) async throws -> DeliverySummary {
    let transport = CurlTransport()
    var lanes: [Connection] = []
    let outcome: Result<DeliverySummary, any Error>
    do {
      for _ in 0..<Self.deliveryLanes { lanes.append(try await Connection.open(url)) }
      let worker = OutboxWorker(
        connections: lanes,
        channels: [
          EmailChannel(settings: settings.smtp, secrets: secrets, transport: transport),
          WebhookChannel(endpoints: settings.endpoints, secrets: secrets, transport: transport),
        ])
      outcome = .success(try await worker.drain())
    } catch {
      outcome = .failure(error)
    }
    for lane in lanes { await lane.close() }
    await transport.shutdown()
    return try outcome.get()
  }

  /// Enough to keep mail and webhooks moving at once without crowding a shared database.
  private static var deliveryLanes: Int { 4 }
}

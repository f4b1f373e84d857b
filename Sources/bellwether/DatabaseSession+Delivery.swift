import Delivery
import Postgres
import Rules
import Transport

extension DatabaseSession {
  /// Sends what is due, once, over sessions of its own.
  func deliver(
    settings: Settings, owners: [String: String] = [:],
    secrets: @escaping @Sendable (String) -> String?
  ) async throws -> DeliverySummary {
    let transport = CurlTransport(settings)
    let pool = ConnectionPool(url: url, size: 4)
    let worker = OutboxWorker(
      settings: settings, owners: owners, pool: pool, secrets: secrets, transport: transport)
    let outcome: Result<DeliverySummary, any Error>
    do {
      outcome = .success(try await worker.drain())
    } catch {
      outcome = .failure(error)
    }
    await pool.closeIdle()
    await transport.shutdown()
    return try outcome.get()
  }
}

extension OutboxWorker {
  /// A worker with the channels of the settings; `owners` are those of the rules, by the rule's
  /// name, whom it tells of what could not be delivered.
  init(
    settings: Settings, owners: [String: String] = [:], pool: ConnectionPool,
    secrets: @escaping @Sendable (String) -> String?,
    transport: any Transport, configuration: Configuration = Configuration()
  ) {
    self.init(
      pool: pool,
      channels: [
        EmailChannel(settings: settings.smtp, secrets: secrets, transport: transport),
        WebhookChannel(endpoints: settings.endpoints, secrets: secrets, transport: transport),
      ], telling: OwnerNotices(owners: owners).events, configuration: configuration)
  }
}

extension RuleSet {
  /// Who owns each rule, where somebody does.
  var owners: [String: String] { rules.compactMapValues(\.owner) }
}

extension CurlTransport {
  /// A transport with as many connections to the mail server as the settings say.
  convenience init(_ settings: Settings) {
    self.init(Configuration(mailLimit: settings.smtp?.concurrency ?? 1))
  }
}

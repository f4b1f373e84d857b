import Postgres
import SQLText
import Transport

/// Sends, and then breaks the worker's session, so that it dies with the outcome untold.
final class DoomedTransport: Transport {
  private let transport: any Transport
  private let killer: Connection

  init(_ transport: any Transport, then killer: Connection) {
    self.transport = transport
    self.killer = killer
  }

  func post(_ request: HTTPRequest) async -> HTTPOutcome {
    let outcome = await transport.post(request)
    await kill()
    return outcome
  }

  func send(_ mail: MailRequest) async -> MailOutcome {
    let outcome = await transport.send(mail)
    await kill()
    return outcome
  }

  /// Ends every other session of the database.
  private func kill() async {
    _ = try? await killer.query(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
      """)
  }
}

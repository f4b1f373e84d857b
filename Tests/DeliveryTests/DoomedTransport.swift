import Transport

/// Sends, and then does something, such as to take the database away from the worker, so that it
/// dies with the outcome untold.
final class DoomedTransport: Transport {
  private let transport: any Transport
  private let doom: @Sendable () async -> Void

  init(_ transport: any Transport, then doom: @escaping @Sendable () async -> Void) {
    self.transport = transport
    self.doom = doom
  }

  func post(_ request: HTTPRequest) async -> HTTPOutcome {
    let outcome = await transport.post(request)
    await doom()
    return outcome
  }

  func send(_ mail: MailRequest) async -> MailOutcome {
    let outcome = await transport.send(mail)
    await doom()
    return outcome
  }
}

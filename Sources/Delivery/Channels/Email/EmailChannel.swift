import Foundation
package import Rules
package import Store
package import Transport

/// Makes a mail of an event and hands it to the mail server of the settings.
///
/// The event's body is JSON: `{"to": {"name", "address"}, "subject", "text", "html"?}`.
package struct EmailChannel: Channel {
  package let name = DeliveryChannel.email

  /// What an event's `contentType` must be.
  package static let contentType = "application/vnd.bellwether.mail+json"

  private let settings: SMTPSettings?
  private let timeouts: AttemptTimeouts
  private let secrets: @Sendable (String) -> String?
  private let transport: any Transport

  /// Creates a channel; `secrets` looks up environment variables.
  package init(
    settings: SMTPSettings?, timeouts: AttemptTimeouts = .mail,
    secrets: @escaping @Sendable (String) -> String?, transport: any Transport
  ) {
    self.settings = settings
    self.timeouts = timeouts
    self.secrets = secrets
    self.transport = transport
  }

  /// Without a server nothing is under way, and all may be put off.
  package var concurrency: Int { settings?.concurrency ?? 100 }

  package func concurrency(of lane: DeliveryLane) -> Int {
    settings?.concurrencyPerDomain ?? 100
  }

  package func isOrdered(_ lane: DeliveryLane) -> Bool { false }

  package func prepare(_ delivery: ClaimedDelivery) -> Preparation {
    guard let settings else { return .wait(.noMailServer) }
    guard let from = Mailbox(settings.from) else { return .wait(.senderUnreadable) }
    let login: MailRequest.Login?
    do {
      login = try Self.login(settings, secrets: secrets)
    } catch {
      return .wait(error)
    }
    guard let content = MailContent(delivery) else {
      return .never(
        AttemptFinding(
          .permanent, detail: "the event holds no mail", course: .giveUp(.permanent)))
    }
    guard let to = Mailbox(name: content.to.name ?? "", address: delivery.target) else {
      return .never(
        AttemptFinding(
          .blocked, detail: RequestBlock.mailAddress.description, course: .giveUp(.permanent)))
    }
    let message = MailMessage(
      id: delivery.id.description, date: delivery.eventCreatedAt, from: from, to: to,
      subject: content.subject, text: content.text, html: content.html,
      unsubscribeAddress: settings.unsubscribeAddress)
    let request = MailRequest(
      server: .init(settings), login: login, sender: from.address, recipient: to.address,
      message: message.bytes, timeouts: timeouts)
    return .attempt { _ in AttemptFinding(await transport.send(request)) }
  }

  static func login(
    _ settings: SMTPSettings, secrets: (String) -> String?
  ) throws(Obstacle) -> MailRequest.Login? {
    guard let username = settings.username else { return nil }
    var password = ""
    if let variable = settings.passwordVariable {
      guard let text = secrets(variable), !text.isEmpty else { throw .missingVariable(variable) }
      password = text
    }
    return .init(username: username, password: Secret(password))
  }
}

/// An email event's body.
private struct MailContent: Decodable {
  struct Recipient: Decodable { var name: String? }

  var to: Recipient
  var subject: String
  var text: String
  var html: String?

  /// Reads the body; `nil` when it is something else.
  init?(_ delivery: ClaimedDelivery) {
    guard delivery.contentType == EmailChannel.contentType,
      let content = try? JSONDecoder().decode(Self.self, from: Data(delivery.body))
    else { return nil }
    self = content
  }
}

extension MailRequest.Server {
  init(_ settings: SMTPSettings) {
    let security: Security =
      switch settings.security {
      case .starttls: .startTLS
      case .tls: .tls
      case .none: .none
      }
    self.init(host: settings.host, port: settings.port, security: security)
  }
}

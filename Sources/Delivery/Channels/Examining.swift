package import Expressions
import Foundation
package import Rules
package import Transport

extension EmailChannel {
  /// What tells whether the settings' mail server would take mails of ours; it is not to be sent.
  package static func greeting(
    _ settings: SMTPSettings, secrets: @Sendable (String) -> String?
  ) throws(Obstacle) -> MailRequest {
    guard let from = Mailbox(settings.from) else { throw .senderUnreadable }
    return MailRequest(
      server: .init(settings), login: try login(settings, secrets: secrets),
      sender: from.address, recipient: from.address, message: [], timeouts: .webhook)
  }
}

extension WebhookChannel {
  /// A signed event that says nothing, to see whether an endpoint takes ours.
  package static func ping(
    _ endpoint: EndpointSettings, at now: Instant,
    secrets: @escaping @Sendable (String) -> String?
  ) throws(Obstacle) -> HTTPRequest {
    let channel = WebhookChannel(
      endpoints: [endpoint.name: endpoint], secrets: secrets, transport: Nowhere())
    let keys = try channel.keys(of: endpoint)
    var headers = [HTTPRequest.Header("content-type", "application/cloudevents+json")]
    if let authorization = try channel.authorization(of: endpoint) {
      headers.append(authorization)
    }
    let id = "ping-\(UUID().uuidString.lowercased())"
    let body = Array(
      #"{"specversion":"1.0","id":"\#(id)","source":"/bellwether","type":"dev.bellwether.ping","data":{}}"#
        .utf8)
    headers += StandardWebhooks.headers(
      id: id, timestamp: now.microseconds / 1_000_000, body: body, keys: keys)
    return HTTPRequest(
      url: endpoint.url, headers: headers, body: body,
      allowsPrivateNetwork: endpoint.allowsPrivateNetwork)
  }
}

/// For a channel that only reads settings.
private struct Nowhere: Transport {
  func post(_ request: HTTPRequest) async -> HTTPOutcome { .blocked(.url) }
  func send(_ mail: MailRequest) async -> MailOutcome { .blocked(.url) }
}

import Delivery
import Expressions
import Foundation
import Rules
import Store
import Synchronization
import Testing
import Transport

/// Answers as told and remembers what it was given.
final class FakeTransport: Transport {
  let posts = Mutex<[HTTPRequest]>([])
  let mails = Mutex<[MailRequest]>([])
  private let result: Result<Void, TransportFailure>

  init(_ result: Result<Void, TransportFailure> = .success(())) { self.result = result }

  func post(_ request: HTTPRequest) async -> HTTPOutcome {
    posts.withLock { $0.append(request) }
    switch result {
    case .success: return .answered(HTTPResponse(status: 204))
    case .failure(let failure): return .failed(failure)
    }
  }

  func send(_ mail: MailRequest) async -> MailOutcome {
    mails.withLock { $0.append(mail) }
    switch result {
    case .success: return .accepted
    case .failure(let failure): return .failed(failure)
    }
  }
}

/// What every channel promises, held to each of them.
@Suite("A channel")
struct ChannelTests {
  static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

  static func channel(
    _ name: DeliveryChannel, over transport: any Transport,
    secrets: @escaping @Sendable (String) -> String? = { _ in secret }
  ) -> any Channel {
    switch name {
    case .webhook:
      WebhookChannel(
        endpoints: [
          "crm": EndpointSettings(
            name: "crm", url: "https://crm.example/hook", secretVariables: ["CRM_SECRET"])
        ], secrets: secrets, transport: transport)
    case .email:
      EmailChannel(
        settings: SMTPSettings(
          host: "mail.example", port: 587, from: "Bellwether <alerts@acme.example>",
          username: "mailer", passwordVariable: "SMTP_PASSWORD"),
        secrets: secrets, transport: transport)
    }
  }

  static func delivery(_ channel: DeliveryChannel, target: String? = nil) -> ClaimedDelivery {
    let id = UUIDv7(unixMilliseconds: 1_795_505_400_000)
    let mail = #"{"to":{"name":"Ann"},"subject":"Hi","text":"There","html":"<p>There</p>"}"#
    return ClaimedDelivery(
      id: id, eventID: id, channel: channel,
      target: target ?? (channel == .email ? "ann@acme.example" : "crm"),
      type: "dev.bellwether.alert.opened", subject: "x",
      contentType: channel == .email ? EmailChannel.contentType : "application/json",
      body: Array((channel == .email ? mail : "{}").utf8),
      eventCreatedAt: AttemptFindingTests.now)
  }

  private func attempt(
    _ channel: any Channel, _ delivery: ClaimedDelivery, at time: Instant
  ) async -> AttemptFinding? {
    guard case .attempt(let make) = channel.prepare(delivery) else { return nil }
    return await make(time)
  }

  @Test("makes one attempt for each it is asked for", arguments: DeliveryChannel.allCases)
  func once(_ name: DeliveryChannel) async {
    let transport = FakeTransport()
    let channel = Self.channel(name, over: transport)
    let finding = await attempt(channel, Self.delivery(name), at: AttemptFindingTests.now)
    #expect(finding?.outcome == .success)
    #expect(finding?.course == .done)
    let sent = transport.posts.withLock { $0.count } + transport.mails.withLock { $0.count }
    #expect(sent == 1)
    #expect(channel.name == name)
    #expect(channel.concurrency > 0)
  }

  @Test("sends the same bytes at every attempt", arguments: DeliveryChannel.allCases)
  func sameBytes(_ name: DeliveryChannel) async {
    let transport = FakeTransport()
    let channel = Self.channel(name, over: transport)
    let delivery = Self.delivery(name)
    for minute in 0...1 {
      let time = Instant(microseconds: Int64(minute) * 60_000_000)
      _ = await attempt(channel, delivery, at: time)
    }
    let bodies =
      transport.posts.withLock { $0.map(\.body) }
      + transport.mails.withLock { $0.map(\.message) }
    #expect(bodies.count == 2)
    #expect(Set(bodies).count == 1)
  }

  @Test(
    "tells an attempt that may have arrived from one that cannot",
    arguments: DeliveryChannel.allCases, [true, false])
  func failures(_ name: DeliveryChannel, _ mayHaveArrived: Bool) async {
    let failure = TransportFailure(
      kind: .timeout, message: "too slow", mayHaveArrived: mayHaveArrived)
    let channel = Self.channel(name, over: FakeTransport(.failure(failure)))
    let finding = await attempt(channel, Self.delivery(name), at: AttemptFindingTests.now)
    #expect(finding?.outcome == (mayHaveArrived ? .ambiguous : .retryable))
    #expect(finding?.course == .retry())
    #expect(finding?.detail?.contains("too slow") == true)
  }

  @Test("waits when a secret is missing or empty", arguments: DeliveryChannel.allCases, [nil, ""])
  func missingSecret(_ name: DeliveryChannel, _ secret: String?) {
    let channel = Self.channel(name, over: FakeTransport(), secrets: { _ in secret })
    guard case .wait(let obstacle) = channel.prepare(Self.delivery(name)) else {
      Issue.record("did not wait")
      return
    }
    #expect(obstacle == .missingVariable(name == .email ? "SMTP_PASSWORD" : "CRM_SECRET"))
  }

  @Test("waits for settings that are not there")
  func missingSettings() {
    let transport = FakeTransport()
    let noServer = EmailChannel(settings: nil, secrets: { _ in nil }, transport: transport)
    let nameless = EmailChannel(
      settings: SMTPSettings(host: "h", port: 25, from: "nobody"), secrets: { _ in nil },
      transport: transport)
    let unsigned = WebhookChannel(
      endpoints: ["crm": EndpointSettings(name: "crm", url: "u", secretVariables: [])],
      secrets: { _ in nil }, transport: transport)
    let malformed = Self.channel(.webhook, over: transport, secrets: { _ in "canary" })
    let waits: [(any Channel, ClaimedDelivery, Obstacle)] = [
      (noServer, Self.delivery(.email), .noMailServer),
      (nameless, Self.delivery(.email), .senderUnreadable),
      (unsigned, Self.delivery(.webhook), .noSecretNamed(endpoint: "crm")),
      (unsigned, Self.delivery(.webhook, target: "erp"), .unknownEndpoint("erp")),
      (malformed, Self.delivery(.webhook), .malformedSecret(variable: "CRM_SECRET")),
    ]
    for (channel, delivery, expected) in waits {
      guard case .wait(let obstacle) = channel.prepare(delivery) else {
        Issue.record("did not wait for \(expected)")
        continue
      }
      #expect(obstacle == expected)
      #expect(!"\(obstacle)".contains("canary"))
    }
  }

  @Test(
    "gives up what no one can send",
    arguments: [
      ("ann@acme.example>\r\nRCPT TO:<eve@evil.example", EmailChannel.contentType, "{}"),
      ("ann@acme.example", EmailChannel.contentType, "{}"),
      ("ann@acme.example", "text/plain", #"{"to":{},"subject":"","text":""}"#),
    ])
  func never(_ target: String, _ contentType: String, _ body: String) {
    var delivery = Self.delivery(.email, target: target)
    delivery.contentType = contentType
    if body != "{}" || target == "ann@acme.example" { delivery.body = Array(body.utf8) }
    guard case .never(let finding) = Self.channel(.email, over: FakeTransport()).prepare(delivery)
    else {
      Issue.record("not given up")
      return
    }
    #expect(finding.course == .giveUp(.permanent))
  }

  @Test("signs a webhook's bytes and the time of the attempt")
  func webhookHeaders() async throws {
    let transport = FakeTransport()
    let delivery = Self.delivery(.webhook)
    _ = await attempt(
      Self.channel(.webhook, over: transport), delivery,
      at: Instant(microseconds: 1_614_265_330_999_999))
    let request = try #require(transport.posts.withLock { $0.first })
    #expect(request.headers.contains(.init("webhook-id", delivery.eventID.description)))
    #expect(request.headers.contains(.init("webhook-timestamp", "1614265330")))
    #expect(request.headers.contains(.init("content-type", "application/json")))
    #expect(!request.allowsPrivateNetwork)
  }

  @Test("sends the authorization that an endpoint asks for, and waits for it when it is missing")
  func authorization() async throws {
    let transport = FakeTransport()
    var settings = EndpointSettings(
      name: "crm", url: "https://crm.example/hook", secretVariables: ["CRM_SECRET"],
      authorizationVariable: "CRM_TOKEN")
    func channel(_ token: String?) -> any Channel {
      WebhookChannel(
        endpoints: ["crm": settings],
        secrets: { $0 == "CRM_TOKEN" ? token : Self.secret }, transport: transport)
    }
    guard case .wait(.missingVariable("CRM_TOKEN")) = channel(nil).prepare(Self.delivery(.webhook))
    else {
      Issue.record("did not wait")
      return
    }
    _ = await attempt(channel("Bearer canary"), Self.delivery(.webhook), at: .earliest)
    settings.authorizationVariable = nil
    _ = await attempt(channel("Bearer canary"), Self.delivery(.webhook), at: .earliest)
    let tokens = transport.posts.withLock { posts in
      posts.map { post in post.headers.first { $0.name == "authorization" }?.value }
    }
    #expect(tokens == ["Bearer canary", nil])
  }

  @Test("says where to unsubscribe when the settings do")
  func unsubscribe() async throws {
    let transport = FakeTransport()
    for address in [nil, "mailto:stop@acme.example"] {
      let channel = EmailChannel(
        settings: SMTPSettings(
          host: "mail.example", port: 25, from: "bell@acme.example", unsubscribeAddress: address),
        secrets: { _ in nil }, transport: transport)
      _ = await attempt(channel, Self.delivery(.email), at: .earliest)
    }
    let heads = transport.mails.withLock { $0.map { String(decoding: $0.message, as: UTF8.self) } }
    #expect(
      heads.map { $0.contains("\r\nList-Unsubscribe: <mailto:stop@acme.example>\r\n") }
        == [false, true])
  }

  @Test("keeps within the mails that the settings allow for one domain and for all")
  func mailConcurrency() {
    let channel = EmailChannel(
      settings: SMTPSettings(
        host: "mail.example", port: 25, from: "bell@acme.example", concurrency: 6,
        concurrencyPerDomain: 2), secrets: { _ in nil }, transport: FakeTransport())
    #expect(channel.concurrency == 6)
    #expect(channel.concurrency(of: DeliveryLane(.email, target: "ann@ACME.example")) == 2)
    #expect(
      DeliveryLane(.email, target: "ann@ACME.example") == DeliveryLane(.email, "acme.example"))
  }
}

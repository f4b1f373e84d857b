import Delivery
import Expressions
import Foundation
import Postgres
import Rules
import SQLText
import Store
import Support
import Synchronization
import Testing
import Transport

/// What the receiver tells of a POST.
private struct Posted: Decodable {
  var headers: [String: String]
  var body: Data
  var signed: Bool?
}

/// What the receiver tells of a mail.
private struct Mailed: Decodable {
  var to: String
  var data: Data?
  var headers: [String: String]?
  var type: String?
  var parts: [String: String]?
  var defects: [String]?
}

@Suite("The outbox worker")
struct OutboxWorkerTests {
  static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

  /// A worker whose endpoints are `actions` by name, and whose mail goes to the plain server.
  private func worker(
    _ outbox: OutboxFixture, tag: String, actions: [String: String] = [:],
    allowsPrivateNetwork: Bool = true, secrets: [String: String] = ["SECRET": secret],
    transport: any Transport, endpointConcurrency: Int = 8,
    configuration: OutboxWorker.Configuration = .init()
  ) async throws -> OutboxWorker {
    let receiver = try await Receiver.shared
    let endpoints = actions.map { name, action in
      EndpointSettings(
        name: name, url: receiver.url(tag, action), secretVariables: ["SECRET"],
        allowsPrivateNetwork: allowsPrivateNetwork, concurrency: endpointConcurrency)
    }
    let quick = AttemptTimeouts(connect: .seconds(5), total: .seconds(1))
    let lookUp: @Sendable (String) -> String? = { secrets[$0] }
    return OutboxWorker(
      pool: outbox.pool(),
      channels: [
        WebhookChannel(
          endpoints: Dictionary(uniqueKeysWithValues: endpoints.map { ($0.name, $0) }),
          timeouts: quick, secrets: lookUp, transport: transport),
        EmailChannel(
          settings: SMTPSettings(
            host: "127.0.0.1", port: receiver.port("smtp"),
            from: "Bellwether <alerts@acme.example>", security: .none),
          secrets: lookUp, transport: transport),
      ], configuration: configuration)
  }

  @Test("posts signed events, and says what became of each")
  func webhooks() async throws {
    try await OutboxFixture.run { outbox async throws in
      let receiver = try await Receiver.shared
      let transport = CurlTransport()
      let actions = [
        "a-good": "ok?secret=\(Self.secret)", "b-busy": "status/503?retry-after=7200",
        "c-bad": "status/400", "d-gone": "status/410", "e-reset": "reset", "f-slow": "silent",
        "g-moved": "status/302",
      ]
      let events = actions.keys.sorted().map { NewEvent.webhook($0, body: #"{"to":"\#($0)"}"#) }
      try await outbox.enqueue(events)
      let worker = try await worker(
        outbox, tag: "worker-webhooks", actions: actions, transport: transport)
      let summary = try await worker.drain()
      #expect(summary[.webhook].sent == 1)
      #expect(summary[.webhook].retried == 3)
      #expect(summary[.webhook].ambiguous == 2)
      #expect(summary[.webhook].dead == 1)
      #expect(summary.total == summary[.webhook])

      #expect(
        try await outbox.states().map { $0[0] } == [
          "succeeded", "ready", "ready", "dead", "ready", "ready", "ready",
        ])
      #expect(
        try await outbox.column(
          """
          SELECT concat_ws(' ', target, outcome, status) FROM bellwether.attempt
          JOIN bellwether.delivery ON delivery.id = delivery_id ORDER BY target
          """) == [
            "a-good success 204", "b-busy retryable 503", "c-bad retryable 400",
            "d-gone permanent 410", "e-reset ambiguous", "f-slow ambiguous",
            "g-moved retryable 302",
          ])
      #expect(
        try await outbox.column(
          """
          SELECT due_at >= now() + interval '7190 seconds' FROM bellwether.delivery
          WHERE target = 'b-busy'
          """) == ["t"])

      let posted = try receiver.records("worker-webhooks", as: Posted.self)
      let good = try #require(posted.first { $0.signed != nil })
      #expect(good.signed == true)
      #expect(good.headers["webhook-id"] == events[0].id.description)
      #expect(good.headers["content-type"] == "application/cloudevents+json")
      #expect(good.body == Data(#"{"to":"a-good"}"#.utf8))

      // Nothing is due now, and the directory says so.
      #expect(try await worker.drain() == DeliverySummary())
      await transport.shutdown()
    }
  }

  @Test("sends mail that people can read")
  func mail() async throws {
    try await OutboxFixture.run { outbox async throws in
      let receiver = try await Receiver.shared
      let transport = CurlTransport()
      let subject = "Dormant: Çiçek & Søn \u{1F377} " + String(repeating: "long ", count: 30)
      let text = "Dear Änn,\n.\n.. a dot\n\n" + String(repeating: "x", count: 2000) + "\n"
      let html = "<p>Dear Änn</p>\n"
      let event = try NewEvent.email(
        "ann@workermail.example", subject: subject, text: text, html: html)
      try await outbox.enqueue([event, try .email("bob@workermail.example")])
      let worker = try await worker(outbox, tag: "worker-mail", transport: transport)
      #expect(try await worker.drain()[.email].sent == 2)

      let mails = try receiver.records("workermail", as: Mailed.self)
      let mail = try #require(mails.first { $0.to == "ann@workermail.example" })
      let headers = try #require(mail.headers)
      #expect(mail.defects == [])
      #expect(mail.type == "multipart/alternative")
      #expect(headers["subject"] == subject.trimmingCharacters(in: .whitespaces))
      #expect(headers["from"] == "Bellwether <alerts@acme.example>")
      #expect(headers["to"] == "Änn <ann@workermail.example>")
      #expect(headers["message-id"] == "<\(event.id)@acme.example>")
      #expect(headers["auto-submitted"] == "auto-generated")
      #expect(headers["date"]?.hasSuffix("+0000") == true)
      #expect(mail.parts?["text/plain"]?.replacing("\r\n", with: "\n") == text)
      #expect(mail.parts?["text/html"]?.replacing("\r\n", with: "\n") == html)
      let plain = try #require(mails.first { $0.to == "bob@workermail.example" })
      #expect(plain.type == "text/plain")
      #expect(plain.defects == [])
      await transport.shutdown()
    }
  }

  @Test("buries what the mail server refuses for good, and keeps what it refuses for now")
  func refusedMail() async throws {
    try await OutboxFixture.run { outbox async throws in
      let transport = CurlTransport()
      let names = ["d452", "d554", "r451", "r550"]
      try await outbox.enqueue(try names.map { try .email("\($0)@refusedmail.example") })
      let worker = try await worker(outbox, tag: "worker-refused", transport: transport)
      let summary = try await worker.drain()
      #expect(summary[.email].retried == 2)
      #expect(summary[.email].dead == 2)
      #expect(
        try await outbox.states() == [
          ["ready", "SMTP 452 not that"], ["dead", "permanent"],
          ["ready", "SMTP 451 not to them"], ["dead", "permanent"],
        ])
      await transport.shutdown()
    }
  }

  @Test(
    "sends what a dead worker held, with the same id and the same bytes",
    arguments: DeliveryChannel.allCases)
  func takeover(_ channel: DeliveryChannel) async throws {
    try await OutboxFixture.run { outbox async throws in
      let receiver = try await Receiver.shared
      let transport = CurlTransport()
      let tag = "takeover-\(channel.rawValue)"
      let event =
        switch channel {
        case .webhook: NewEvent.webhook("good")
        case .email: try NewEvent.email("ann@\(tag).example", html: "<p>There</p>")
        }
      try await outbox.enqueue([event])
      let actions = ["good": "ok?secret=\(Self.secret)"]

      // The first worker sends and dies before it can say so.
      let doomed = try await worker(
        outbox, tag: tag, actions: actions,
        transport: DoomedTransport(transport) { await outbox.shutOut() })
      await #expect(throws: PostgresError.self) { try await doomed.drain() }
      try await outbox.letIn()
      #expect(try await outbox.states() == [["leased", nil]])

      let heir = try await worker(outbox, tag: tag, actions: actions, transport: transport)
      // The lease still runs.
      #expect(try await heir.drain() == DeliverySummary())
      try await outbox.passTime()
      #expect(try await heir.drain()[channel].sent == 1)
      #expect(try await outbox.states() == [["succeeded", nil]])
      #expect(
        try await outbox.column("SELECT outcome FROM bellwether.attempt ORDER BY number")
          == ["aborted", "success"])

      let records = try receiver.records(tag, as: Either.self)
      let bytes = records.compactMap { $0.body ?? $0.data }
      #expect(bytes.count == 2 && Set(bytes).count == 1)
      let ids = records.compactMap { $0.headers?["webhook-id"] ?? $0.headers?["message-id"] }
      #expect(ids.count == 2 && ids.allSatisfy { $0.contains(event.id.description) })
      #expect(records.allSatisfy { $0.signed != false })
      await transport.shutdown()
    }
  }

  /// What the receiver tells of a POST or a mail.
  private struct Either: Decodable {
    var headers: [String: String]?
    var body: Data?
    var data: Data?
    var signed: Bool?
  }

  @Test("waits for settings and secrets, says which, and uses up no attempt")
  func obstacles() async throws {
    try await OutboxFixture.run { outbox async throws in
      let receiver = try await Receiver.shared
      let transport = CurlTransport()
      try await outbox.enqueue([.webhook("crm"), .webhook("erp")])
      let actions = ["crm": "ok"]
      let poor = try await worker(
        outbox, tag: "obstacles", actions: actions, secrets: [:], transport: transport)
      let summary = try await poor.drain()
      #expect(summary[.webhook].blocked == 2)
      #expect(summary.obstacles == [.missingVariable("SECRET"): 1, .unknownEndpoint("erp"): 1])
      #expect(
        try await outbox.states() == [
          ["ready", "the environment variable SECRET is not set"],
          ["ready", "bellwether.yaml names no endpoint erp"],
        ])
      #expect(
        try await outbox.column("SELECT sum(claims + attempts) FROM bellwether.delivery") == ["0"])
      #expect(try receiver.records("obstacles", as: Posted.self).isEmpty)

      try await outbox.passTime()
      let rich = try await worker(
        outbox, tag: "obstacles", actions: actions, transport: transport)
      #expect(try await rich.drain()[.webhook].sent == 1)
      await transport.shutdown()
    }
  }

  @Test("posts to no private address unless the settings allow it")
  func privateNetwork() async throws {
    try await OutboxFixture.run { outbox async throws in
      let transport = CurlTransport()
      try await outbox.enqueue([.webhook("crm")])
      let worker = try await worker(
        outbox, tag: "private-worker", actions: ["crm": "ok"], allowsPrivateNetwork: false,
        transport: transport)
      #expect(try await worker.drain()[.webhook].retried == 1)
      #expect(try await outbox.column("SELECT outcome FROM bellwether.attempt") == ["blocked"])
      #expect(
        try await Receiver.shared.records("private-worker", as: Posted.self).isEmpty)
      await transport.shutdown()
    }
  }

  @Test("tries again until the receiver takes it, or the tries are over")
  func retries() async throws {
    try await OutboxFixture.run { outbox async throws in
      let transport = CurlTransport()
      try await outbox.enqueue([.webhook("a-mends"), .webhook("b-refuses"), .webhook("c-broken")])
      let receiver = try await Receiver.shared
      let endpoints = [
        "a-mends": receiver.url("retry-mends", "sequence/500,503,204"),
        "b-refuses": receiver.url("retry-refuses", "status/404"),
        "c-broken": receiver.url("retry-broken", "status/500"),
      ].map {
        EndpointSettings(
          name: $0, url: $1, secretVariables: ["SECRET"], allowsPrivateNetwork: true)
      }
      let worker = OutboxWorker(
        pool: outbox.pool(),
        channels: [
          WebhookChannel(
            endpoints: Dictionary(uniqueKeysWithValues: endpoints.map { ($0.name, $0) }),
            secrets: { _ in Self.secret }, transport: transport)
        ])
      for _ in 1...11 {
        _ = try await worker.drain()
        try await outbox.passTime()
      }
      #expect(
        try await outbox.column(
          """
          SELECT concat_ws(' ', target, state, reason, attempts) FROM bellwether.delivery
          ORDER BY target
          """) == [
            "a-mends succeeded 3", "b-refuses dead permanent 3", "c-broken dead exhausted 10",
          ])
      #expect(
        try await outbox.column(
          """
          SELECT outcome FROM bellwether.attempt
          JOIN bellwether.delivery ON delivery.id = delivery_id
          WHERE target = 'b-refuses' ORDER BY number
          """) == ["retryable", "retryable", "permanent"])
      await transport.shutdown()
    }
  }

  @Test("serves tenants in turn")
  func fairness() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await outbox.enqueue((0..<50).map { NewEvent.webhook("big-\($0)") }, tenant: "big")
      try await outbox.enqueue([.webhook("small")], tenant: "small")
      let transport = FakeTransport()
      let endpoints = ((0..<50).map { "big-\($0)" } + ["small"]).map {
        ($0, EndpointSettings(name: $0, url: "https://\($0).example", secretVariables: ["S"]))
      }
      let worker = OutboxWorker(
        pool: outbox.pool(),
        channels: [
          WebhookChannel(
            endpoints: Dictionary(uniqueKeysWithValues: endpoints),
            secrets: { _ in Self.secret }, transport: transport)
        ], configuration: .init(batchLimit: 10))
      #expect(try await worker.drain()[.webhook].sent == 51)
      let order = transport.posts.withLock { $0.map(\.url) }
      #expect(order.count == 51)
      // After one batch of the first, not after all five.
      #expect(order.firstIndex(of: "https://small.example") ?? 99 <= 20)
    }
  }

  @Test("sends everything once, however many workers there are")
  func manyWorkers() async throws {
    try await OutboxFixture.run { outbox async throws in
      for tenant in 0..<5 {
        try await outbox.enqueue(
          (0..<40).map { NewEvent.webhook("crm", key: "\(tenant)-\($0)") }, tenant: "t\(tenant)")
      }
      let transport = FakeTransport()
      let workers = try await withThrowingTaskGroup(of: DeliverySummary.self) { group in
        for _ in 0..<3 {
          let worker = try await worker(
            outbox, tag: "many", actions: ["crm": "ok"], transport: transport,
            configuration: .init(batchLimit: 7))
          group.addTask { try await worker.drain() }
        }
        return try await group.reduce(into: DeliverySummary()) { $0.add($1) }
      }
      #expect(workers[.webhook].sent == 200)
      let ids = transport.posts.withLock { posts in
        posts.flatMap(\.headers).filter { $0.name == "webhook-id" }.map(\.value)
      }
      #expect(ids.count == 200)
      #expect(Set(ids).count == 200)
      #expect(
        try await outbox.column("SELECT bool_and(next_due > now()) FROM bellwether.tenant_work")
          == ["t"])
    }
  }

  @Test("lets no secret into the ledger")
  func secretCanary() async throws {
    try await OutboxFixture.run { outbox async throws in
      let transport = CurlTransport()
      try await outbox.enqueue([.webhook("crm"), try .email("r550@canary.example")])
      let worker = try await worker(
        outbox, tag: "canary", actions: ["crm": "status/500?echo=no"], transport: transport)
      let summary = try await worker.drain()
      let rows = try await outbox.column(
        """
        SELECT row_to_json(delivery)::text FROM bellwether.delivery
        UNION ALL SELECT row_to_json(attempt)::text FROM bellwether.attempt
        """)
      let canary = String(Self.secret.dropFirst(6))
      #expect(rows.count == 4)
      #expect(rows.allSatisfy { $0?.contains(canary) == false })
      #expect(!String(reflecting: summary).contains(canary))
      await transport.shutdown()
    }
  }
}

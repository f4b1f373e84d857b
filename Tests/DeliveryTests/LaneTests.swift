import Delivery
import Expressions
import Postgres
import Rules
import SQLText
import Store
import Support
import Synchronization
import Testing
import Transport

/// Answers when it is told to, and counts how many requests it holds at once.
final class HeldTransport: Transport {
  private struct State {
    var isOpen = false
    var held: [(HTTPRequest, CheckedContinuation<HTTPOutcome, Never>)] = []
    var most: [String: Int] = [:]
    var order: [String] = []
  }

  private let state = Mutex(State())

  /// The bodies that came, in order.
  var order: [String] { state.withLock { $0.order } }

  /// How many requests are held now.
  var heldCount: Int { state.withLock { $0.held.count } }

  /// The most requests that were held of a URL at one time.
  func most(_ url: String) -> Int { state.withLock { $0.most[url] ?? 0 } }

  func post(_ request: HTTPRequest) async -> HTTPOutcome {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        state.order.append(String(decoding: request.body, as: UTF8.self))
        guard !state.isOpen else { return true }
        state.held.append((request, continuation))
        let count = state.held.count { $0.0.url == request.url }
        state.most[request.url] = max(count, state.most[request.url] ?? 0)
        return false
      }
      if isOpen { continuation.resume(returning: .answered(HTTPResponse(status: 204))) }
    }
  }

  func send(_ mail: MailRequest) async -> MailOutcome { .accepted }

  /// Answers what is held.
  func answer(_ status: Int = 204, atMost count: Int = .max) {
    let some = state.withLock { state in
      let some = Array(state.held.prefix(count))
      state.held.removeFirst(some.count)
      return some
    }
    for (_, waiter) in some { waiter.resume(returning: .answered(HTTPResponse(status: status))) }
  }

  /// Answers what is held, and all that comes.
  func open() {
    state.withLock { $0.isOpen = true }
    answer()
  }

  /// Waits until so many requests are held.
  func waitFor(_ count: Int) async throws {
    while heldCount < count { try await Task.sleep(for: .milliseconds(2)) }
  }
}

@Suite("Endpoints and tenants side by side")
struct LaneTests {
  static func worker(
    _ outbox: OutboxFixture, _ endpoints: [EndpointSettings], over transport: any Transport,
    policy: @escaping @Sendable (DeliveryChannel) -> RetryPolicy = RetryPolicy.standard,
    configuration: OutboxWorker.Configuration = .init(pollInterval: .milliseconds(20))
  ) -> OutboxWorker {
    OutboxWorker(
      pool: outbox.pool(),
      channels: [
        WebhookChannel(
          endpoints: Dictionary(uniqueKeysWithValues: endpoints.map { ($0.name, $0) }),
          secrets: { _ in OutboxWorkerTests.secret }, transport: transport)
      ], policy: policy, configuration: configuration)
  }

  static func endpoint(
    _ name: String, concurrency: Int = 8, order: EndpointSettings.Order = .none
  ) -> EndpointSettings {
    EndpointSettings(
      name: name, url: "https://\(name).example", secretVariables: ["S"],
      concurrency: concurrency, order: order)
  }

  @Test("keeps no more under way at an endpoint than its settings say")
  func concurrency() async throws {
    try await OutboxFixture.run { outbox async throws in
      for tenant in ["acme", "zeta"] {
        try await outbox.enqueue(
          (0..<10).map { .webhook("crm", key: "\($0)") } + [.webhook("erp")], tenant: tenant)
      }
      let transport = HeldTransport()
      let worker = Self.worker(
        outbox, [Self.endpoint("crm", concurrency: 3), Self.endpoint("erp")], over: transport)
      async let summary = worker.drain()
      // Three of one and two of the other, though there is room for more of the other.
      for _ in 0..<7 {
        try await transport.waitFor(1)
        transport.answer(atMost: 2)
      }
      transport.open()
      #expect(try await summary[.webhook].sent == 22)
      #expect(transport.most("https://crm.example") <= 3)
      #expect(transport.order.count == 22)
    }
  }

  @Test("lets a tenant with one event pass one with hundreds at the same endpoint")
  func fairTenants() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await outbox.enqueue(
        (0..<300).map { .webhook("crm", body: "big", key: "\($0)") }, tenant: "big")
      let transport = HeldTransport()
      let worker = Self.worker(outbox, [Self.endpoint("crm", concurrency: 2)], over: transport)
      let cutoff = Instant(microseconds: 1_900_000_000_000_000)
      async let summary = worker.drain(until: cutoff)
      try await transport.waitFor(2)
      try await outbox.enqueue([.webhook("crm", body: "small")], tenant: "small")
      while !transport.order.contains("small") {
        transport.answer(atMost: 1)
        try await Task.sleep(for: .milliseconds(2))
      }
      #expect(transport.order.firstIndex(of: "small") ?? 999 < 100)
      transport.open()
      #expect(try await summary[.webhook].sent == 301)
    }
  }

  @Test("lets no endpoint that hangs hold up another")
  func fairEndpoints() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await outbox.enqueue((0..<50).map { .webhook("a-hangs", body: "slow", key: "\($0)") })
      try await outbox.enqueue([.webhook("b", body: "quick")])
      let transport = HeldTransport()
      let worker = Self.worker(
        outbox, [Self.endpoint("a-hangs", concurrency: 4), Self.endpoint("b")], over: transport)
      async let summary = worker.drain()
      try await transport.waitFor(5)
      #expect(transport.order.sorted() == ["quick", "slow", "slow", "slow", "slow"])
      transport.open()
      #expect(try await summary[.webhook].sent == 51)
    }
  }

  @Test("sends to an ordered endpoint one after the other, as they were written")
  func fifo() async throws {
    try await OutboxFixture.run { outbox async throws in
      let bodies = (0..<12).map { "event \($0)" }
      try await outbox.enqueue(bodies.map { .webhook("crm", body: $0) })
      let transport = HeldTransport()
      let worker = Self.worker(
        outbox, [Self.endpoint("crm", order: .fifo)], over: transport)
      async let summary = worker.drain()
      try await transport.waitFor(1)
      #expect(transport.order == ["event 0"])
      transport.open()
      #expect(try await summary[.webhook].sent == 12)
      #expect(transport.order == bodies)
      #expect(transport.most("https://crm.example") == 1)
    }
  }

  @Test("holds back what comes after a failure at an ordered endpoint, and nothing elsewhere")
  func fifoWaits() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await outbox.enqueue([.webhook("crm", body: "first")])
      try await outbox.enqueue([.webhook("crm", body: "second"), .webhook("erp", body: "other")])
      let transport = HeldTransport()
      let worker = Self.worker(
        outbox, [Self.endpoint("crm", order: .fifo), Self.endpoint("erp")], over: transport)
      async let first = worker.drain()
      try await transport.waitFor(2)
      transport.answer(503)
      #expect(try await first[.webhook].retried == 2)
      #expect(transport.order.sorted() == ["first", "other"])
      // The second is due, and the directory knows that it is not to go.
      #expect(
        try await outbox.column("SELECT next_due > now() FROM bellwether.tenant_work") == ["t"])
      #expect(try await worker.drain() == DeliverySummary())
      try await outbox.passTime()
      transport.open()
      #expect(
        try await worker.drain(until: Instant(microseconds: 1_900_000_000_000_000))[.webhook].sent
          == 3)
      #expect(transport.order.filter { $0 != "other" } == ["first", "first", "second"])
    }
  }

  @Test("stops all workers at an endpoint that fails, without using up attempts")
  func breaker() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await outbox.enqueue((0..<30).map { .webhook("crm", key: "\($0)") })
      let transport = FakeTransport(
        .failure(TransportFailure(kind: .connect, message: "no", mayHaveArrived: false)))
      let endpoints = [Self.endpoint("crm", concurrency: 5)]
      let summary = try await Self.worker(outbox, endpoints, over: transport).drain()
      #expect(summary[.webhook].retried >= 10 && summary[.webhook].retried <= 19)
      let tried = summary[.webhook].retried
      #expect(
        try await outbox.column("SELECT open_until > now() FROM bellwether.endpoint_health")
          == ["t"])
      // Another worker knows, though everything is due.
      let other = Self.worker(outbox, endpoints, over: transport)
      #expect(try await other.drain() == DeliverySummary())
      try await outbox.passTime()
      #expect(try await other.drain() == DeliverySummary())
      #expect(
        try await outbox.column("SELECT sum(attempts) FROM bellwether.delivery") == ["\(tried)"])

      // One probe, however many are due; it fails, so all wait twice as long.
      let wait = "UPDATE bellwether.endpoint_health SET open_until = now() - interval '1 second'"
      try await outbox.database.connection.execute(script: wait)
      try await outbox.passTime()
      #expect(try await other.drain()[.webhook].retried == 1)
      #expect(
        try await outbox.column(
          """
          SELECT open_until > now() + interval '50 seconds' FROM bellwether.endpoint_health
          """) == ["t"])

      // Three that succeed close it, and all goes out.
      let well = FakeTransport()
      try await outbox.database.connection.execute(script: wait)
      try await outbox.passTime()
      let cutoff = Instant(microseconds: 1_900_000_000_000_000)
      #expect(
        try await Self.worker(outbox, endpoints, over: well).drain(until: cutoff)[.webhook].sent
          == 30)
    }
  }

  @Test("disables an endpoint that is gone, and goes on recording events for it")
  func gone() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await outbox.enqueue([.webhook("crm")])
      let transport = HeldTransport()
      let worker = Self.worker(outbox, [Self.endpoint("crm")], over: transport)
      async let summary = worker.drain()
      try await transport.waitFor(1)
      transport.answer(410)
      #expect(try await summary[.webhook].dead == 1)
      try await outbox.enqueue([.webhook("crm")])
      #expect(try await worker.drain() == DeliverySummary())
      #expect(
        try await outbox.column("SELECT state FROM bellwether.delivery ORDER BY seq")
          == ["dead", "ready"])
      #expect(
        try await outbox.column("SELECT disabled_reason FROM bellwether.endpoint_health")
          == ["gone"])
      #expect(
        try await outbox.column("SELECT next_due FROM bellwether.tenant_work") == ["infinity"])
    }
  }
}

import Delivery
import Expressions
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing
import Transport

@Suite("The rate of an endpoint")
struct RateTests {
  private static func endpoint(
    _ name: String, _ rate: Throughput, order: EndpointSettings.Order = .none
  ) -> EndpointSettings {
    EndpointSettings(
      name: name, url: "https://\(name).example", secretVariables: ["S"], order: order,
      rate: rate)
  }

  @Test("holds for all workers and tenants together, and uses no attempt")
  func together() async throws {
    try await OutboxFixture.run { outbox async throws in
      for tenant in ["acme", "zeta"] {
        try await outbox.enqueue((0..<50).map { .webhook("crm", key: "\($0)") }, tenant: tenant)
        try await outbox.enqueue((0..<40).map { .webhook("erp", key: "e\($0)") }, tenant: tenant)
      }
      let transport = HeldTransport()
      transport.open()
      let endpoints = [
        Self.endpoint("crm", Throughput(count: 40, per: .second)), LaneTests.endpoint("erp"),
      ]
      let workers = (0..<2).map { _ in LaneTests.worker(outbox, endpoints, over: transport) }
      let start = try await outbox.now()
      async let first = workers[0].drain()
      async let second = workers[1].drain()
      let sent = try await first[.webhook].sent + second[.webhook].sent
      let end = try await outbox.now()
      #expect(sent == 180)
      let seconds = Double(end.microseconds - start.microseconds) / 1_000_000
      #expect(100 <= 40 + 40 * seconds, "100 in \(seconds) s")
      #expect(
        try await outbox.column(
          "SELECT DISTINCT state || attempts || claims FROM bellwether.delivery")
          == ["succeeded11"])
    }
  }

  @Test("leaves for later what it holds up for long, and says so")
  func later() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await outbox.enqueue((0..<5).map { .webhook("slow", body: "\($0)", key: "\($0)") })
      try await outbox.enqueue([.webhook("erp", body: "erp")])
      let transport = HeldTransport()
      transport.open()
      let worker = LaneTests.worker(
        outbox,
        [
          Self.endpoint("slow", Throughput(count: 2, per: .hour), order: .fifo),
          LaneTests.endpoint("erp"),
        ], over: transport)
      let summary = try await worker.drain()
      #expect(summary[.webhook].sent == 3)
      #expect(summary.limited == [DeliveryLane(.webhook, "slow")])
      #expect(transport.order.filter { $0 != "erp" } == ["0", "1"])
      let left = try await outbox.column(
        "SELECT attempts::text FROM bellwether.delivery WHERE state = 'ready'")
      #expect(left == ["0", "0", "0"])
      let again = try await worker.drain(until: try await outbox.now())
      #expect(again[.webhook].sent == 0)
      let wait = try await outbox.column(
        """
        SELECT (next_due - now() > interval '25 minutes')::text FROM bellwether.tenant_work
        WHERE kind = 'delivery'
        """)
      #expect(wait == ["true"])
    }
  }

  @Test("gives back what a claim found no delivery for")
  func unused() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await outbox.enqueue([.webhook("crm")])
      let transport = HeldTransport()
      transport.open()
      let worker = LaneTests.worker(
        outbox, [Self.endpoint("crm", Throughput(count: 3, per: .hour))], over: transport)
      #expect(try await worker.drain()[.webhook].sent == 1)
      let level = try await outbox.column("SELECT floor(level)::text FROM bellwether.token_bucket")
      #expect(level == ["2"])
      try await outbox.enqueue((0..<3).map { .webhook("crm", key: "\($0)") }, tenant: "zeta")
      #expect(try await worker.drain()[.webhook].sent == 2)
    }
  }
}

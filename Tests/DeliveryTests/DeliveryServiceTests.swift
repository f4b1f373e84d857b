import Expressions
import Logging
import Postgres
import Rules
import SQLText
import ServiceLifecycle
import Store
import Support
import Testing
import Transport

@testable import Delivery

@Suite("The delivery service")
struct DeliveryServiceTests {
  /// Runs a service while `body` runs, shuts it down as a process would, and waits for its end.
  private static func run(
    _ service: DeliveryService, while body: (ServiceGroup) async throws -> Void
  ) async throws {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let group = ServiceGroup(services: [service], logger: logger)
    async let running: Void = group.run()
    do {
      try await body(group)
    } catch {
      await group.triggerGracefulShutdown()
      try await running
      throw error
    }
    await group.triggerGracefulShutdown()
    try await running
  }

  private static func service(
    _ outbox: OutboxFixture, over transport: any Transport, grace: Duration = .seconds(15)
  ) -> DeliveryService {
    DeliveryService(
      worker: LaneTests.worker(outbox, [LaneTests.endpoint("crm")], over: transport),
      grace: grace)
  }

  private static func wait(
    _ outbox: OutboxFixture, for states: [String?]
  ) async throws {
    let query: SQL = "SELECT state FROM bellwether.delivery ORDER BY seq"
    while try await outbox.column(query) != states { try await Task.sleep(for: .milliseconds(5)) }
  }

  @Test("sends what is written while it runs, and what failed when it is due again")
  func serves() async throws {
    try await OutboxFixture.run { outbox async throws in
      let transport = HeldTransport()
      try await Self.run(Self.service(outbox, over: transport)) { _ in
        try await outbox.enqueue([.webhook("crm", body: "first")])
        try await transport.waitFor(1)
        transport.answer(503)
        try await outbox.enqueue([.webhook("crm", body: "second")], tenant: "zeta")
        transport.open()
        try await Self.wait(outbox, for: ["ready", "succeeded"])
        try await outbox.passTime()
        try await Self.wait(outbox, for: ["succeeded", "succeeded"])
      }
      #expect(transport.order == ["first", "second", "first"])
    }
  }

  @Test("is woken by a writer's hint, long before it would look again", .timeLimit(.minutes(1)))
  func hints() async throws {
    try await OutboxFixture.run { outbox async throws in
      let transport = HeldTransport()
      transport.open()
      let worker = LaneTests.worker(
        outbox, [LaneTests.endpoint("crm")], over: transport,
        configuration: .init(pollInterval: .seconds(600)))
      try await Self.run(DeliveryService(worker: worker)) { _ in
        let listening: SQL = """
          SELECT 1 FROM pg_stat_activity
          WHERE datname = current_database() AND query LIKE 'LISTEN%' AND state = 'idle'
          """
        while try await outbox.column(listening).isEmpty {
          try await Task.sleep(for: .milliseconds(5))
        }
        // Until the looks that follow a session's beginning are over.
        try await Task.sleep(for: .milliseconds(300))
        try await outbox.enqueue([.webhook("crm", key: "1")])
        // Writers of other tests may have spoken for this process's hint.
        try await outbox.database.connection.execute(script: "NOTIFY bellwether_delivery")
        try await Self.wait(outbox, for: ["succeeded"])
      }
    }
  }

  @Test("outlives the loss of the database, and loses no outcome to it")
  func databaseLoss() async throws {
    try await OutboxFixture.run { outbox async throws in
      let transport = HeldTransport()
      try await Self.run(Self.service(outbox, over: transport)) { _ in
        try await outbox.enqueue([.webhook("crm")])
        try await transport.waitFor(1)
        try await outbox.database.connection.execute(
          script: """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """)
        transport.open()
        try await Self.wait(outbox, for: ["succeeded"])
        try await outbox.enqueue([.webhook("crm")])
        try await Self.wait(outbox, for: ["succeeded", "succeeded"])
      }
      #expect(
        try await outbox.column("SELECT outcome FROM bellwether.attempt") == ["success", "success"])
    }
  }

  @Test("told to stop, claims no more and lets what is under way end")
  func graceful() async throws {
    try await OutboxFixture.run { outbox async throws in
      let transport = HeldTransport()
      // The second waits for the place that the first has.
      try await outbox.enqueue([.webhook("crm", key: "1"), .webhook("crm", key: "2")])
      let worker = LaneTests.worker(
        outbox, [LaneTests.endpoint("crm", concurrency: 1)], over: transport)
      let shift = worker.newShift()
      async let serving: Void = worker.serve(shift)
      try await transport.waitFor(1)
      worker.stop(shift)
      transport.open()
      try await serving
      #expect(
        try await outbox.column("SELECT state FROM bellwether.delivery ORDER BY seq")
          == ["succeeded", "ready"])
    }
  }

  @Test("gives back what does not end in time")
  func grace() async throws {
    try await OutboxFixture.run { outbox async throws in
      let transport = HeldTransport()
      let service = Self.service(outbox, over: transport, grace: .milliseconds(50))
      try await Self.run(service) { _ in
        try await outbox.enqueue([.webhook("crm")])
        try await transport.waitFor(1)
      }
      #expect(
        try await outbox.column("SELECT outcome FROM bellwether.attempt") == ["aborted"])
      #expect(
        try await outbox.column(
          "SELECT concat_ws(' ', state, lease_token IS NULL) FROM bellwether.delivery")
          == ["ready t"])
      transport.open()
    }
  }
}

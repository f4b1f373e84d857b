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

@Suite("Dead letters")
struct DeadLetterTests {
  private static let owner = "owner@acme.example"

  /// Writes events as actions of a rule did.
  private static func enqueue(
    _ events: [NewEvent], rule: String, _ outbox: OutboxFixture
  ) async throws {
    try await outbox.enqueue(events)
    for event in events {
      try await outbox.database.connection.execute(
        """
        INSERT INTO bellwether.action (tenant_id, dedupe_key, run_id, rule, entity_key, episode,
          kind, outcome, severity, decided_at)
        VALUES ('acme', \(bind: event.dedupeKey), \(bind: event.id.description)::uuid,
          \(bind: rule), '1', 1, \(bind: event.channel.rawValue), 'done', 'high', now())
        """)
    }
  }

  private static func worker(
    _ outbox: OutboxFixture, over transport: any Transport, owners: [String: String]
  ) -> OutboxWorker {
    let endpoints = [LaneTests.endpoint("crm"), LaneTests.endpoint("erp")]
    return OutboxWorker(
      pool: outbox.pool(),
      channels: [
        WebhookChannel(
          endpoints: Dictionary(uniqueKeysWithValues: endpoints.map { ($0.name, $0) }),
          secrets: { _ in OutboxWorkerTests.secret }, transport: transport),
        EmailChannel(
          settings: SMTPSettings(host: "mail.example", port: 25, from: "bell@acme.example"),
          secrets: { _ in nil }, transport: transport),
      ],
      policy: { _ in RetryPolicy(delays: [.seconds(1)], attemptLimit: 1, ageLimit: .hours(1)) },
      telling: OwnerNotices(owners: owners).events)
  }

  /// Runs `body` in the tenant's transaction.
  private static func inTenant<Result: Sendable>(
    _ outbox: OutboxFixture, _ body: (Connection) async throws -> Result
  ) async throws -> Result {
    try await TenantSession.inTenant("acme", on: try await outbox.connect(), body)
  }

  @Test("tell a rule's owner once an hour, and never of themselves")
  func notices() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await Self.enqueue(
        [.webhook("crm", key: "1"), .webhook("crm", key: "2")], rule: "quiet", outbox)
      try await Self.enqueue([.webhook("crm", key: "3")], rule: "nobodys", outbox)
      try await outbox.enqueue([.webhook("crm", key: "4")])
      let broken = FakeTransport(
        .failure(TransportFailure(kind: .connect, message: "no", mayHaveArrived: false)))
      let worker = Self.worker(outbox, over: broken, owners: ["quiet": Self.owner])
      #expect(try await worker.drain()[.webhook].dead == 4)
      let notices: SQL = """
        SELECT concat_ws(' ', channel, target, state) FROM bellwether.delivery JOIN bellwether.event
        ON event.id = event_id WHERE type = 'dev.bellwether.delivery.dead'
        """
      #expect(try await outbox.column(notices) == ["email \(Self.owner) ready"])

      // The notice dies too, and more of the rule's messages: no further notice in this hour.
      try await Self.enqueue([.webhook("erp", key: "5")], rule: "quiet", outbox)
      try await outbox.passTime()
      #expect(try await worker.drain().total.dead == 2)
      #expect(try await outbox.column(notices) == ["email \(Self.owner) dead"])
      #expect(try await worker.drain() == DeliverySummary())

      let body = try #require(
        try await outbox.column(
          """
          SELECT convert_from(body, 'UTF8') FROM bellwether.event
          WHERE type = 'dev.bellwether.delivery.dead'
          """)[0])
      #expect(body.contains("webhook to crm: exhausted"))
      #expect(body.contains("redrive --rule quiet"))
    }
  }

  @Test("of a digest are told to the owner of each rule that had a line in it")
  func digest() async throws {
    try await OutboxFixture.run { outbox async throws in
      let digest = try NewEvent.email("reader@acme.example")
      try await outbox.enqueue([digest])
      for rule in ["quiet", "low", "quiet"] {
        try await outbox.database.connection.execute(
          """
          INSERT INTO bellwether.action (tenant_id, dedupe_key, run_id, rule, entity_key, episode,
            kind, outcome, severity, decided_at, event_id)
          VALUES ('acme', gen_random_uuid()::text, gen_random_uuid(), \(bind: rule), '1', 1, 'email',
            'done', 'high', now(), \(bind: digest.id.description)::uuid)
          """)
      }
      let transport = FakeTransport(
        .failure(TransportFailure(kind: .connect, message: "no", mayHaveArrived: false)))
      let worker = Self.worker(
        outbox, over: transport, owners: ["quiet": Self.owner, "low": "low@acme.example"])
      #expect(try await worker.drain()[.email].dead == 1)
      let told = try await outbox.column(
        """
        SELECT target FROM bellwether.delivery JOIN bellwether.event ON event.id = event_id
        WHERE type = 'dev.bellwether.delivery.dead' ORDER BY target
        """)
      #expect(told == ["low@acme.example", Self.owner])
    }
  }

  @Test("come anew in the next hour, with a name that mail can carry")
  func nextHour() {
    let dead = DeadDelivery(
      id: UUIDv7(unixMilliseconds: 0), channel: .webhook, target: "crm", reason: "gone",
      type: "dev.bellwether.alert.opened", rule: "quiet")
    let notices = OwnerNotices(owners: ["quiet": "Ann <\(Self.owner)>", "loud": "nobody"])
    func keys(_ seconds: Int64, rule: String = "quiet") -> [String] {
      var dead = dead
      dead.rule = rule
      return notices.events(for: [dead, dead], at: Instant(microseconds: seconds * 1_000_000))
        .map(\.dedupeKey)
    }
    #expect(keys(3_600) == keys(7_199))
    #expect(keys(3_600).count == 1)
    #expect(keys(3_600) != keys(7_200))
    #expect(keys(0, rule: "loud") == [])
    #expect(keys(0, rule: "unknown") == [])
  }

  @Test("can be found by state, endpoint and rule, and sent again once")
  func redrive() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await Self.enqueue(
        [.webhook("crm", key: "1"), .webhook("erp", key: "2")], rule: "quiet", outbox)
      try await Self.enqueue([.webhook("crm", key: "3")], rule: "loud", outbox)
      let broken = FakeTransport(
        .failure(TransportFailure(kind: .connect, message: "no", mayHaveArrived: false)))
      _ = try await Self.worker(outbox, over: broken, owners: [:]).drain()

      func count(_ change: (inout DeliveryFilter) -> Void) async throws -> Int {
        var filter = DeliveryFilter()
        change(&filter)
        let chosen = filter
        return try await Self.inTenant(outbox) {
          try await OutboxStore.list(chosen, limit: 10, tenant: "acme", on: $0)
        }.count
      }
      #expect(try await count { $0.states = [.dead] } == 3)
      #expect(try await count { $0.states = [.ready, .succeeded] } == 0)
      #expect(try await count { $0.rule = "quiet" } == 2)
      #expect(try await count { ($0.channel, $0.target) = (.webhook, "crm") } == 2)
      #expect(try await count { ($0.rule, $0.target) = ("loud", "erp") } == 0)
      let lines = try await Self.inTenant(outbox) {
        try await OutboxStore.list(DeliveryFilter(), limit: 1, tenant: "acme", on: $0)
      }
      #expect(lines.map(\.rule) == ["loud"])
      #expect(lines.map(\.reason) == ["exhausted"])

      var quiet = DeliveryFilter()
      quiet.rule = "quiet"
      let chosen = quiet
      func redrive() async throws -> [UUIDv7] {
        try await Self.inTenant(outbox) {
          try await OutboxStore.redrive(
            chosen, makeID: { UUIDv7(unixMilliseconds: 1_795_505_400_001) }, tenant: "acme",
            on: $0)
        }
      }
      #expect(try await redrive().count == 2)
      #expect(try await redrive() == [])
      let well = FakeTransport()
      #expect(
        try await Self.worker(outbox, over: well, owners: [:]).drain()[.webhook].sent == 2)
      #expect(
        try await outbox.column(
          """
          SELECT concat_ws(' ', new.state, old.state) FROM bellwether.delivery AS new
          JOIN bellwether.delivery AS old
          ON old.id = new.redrive_of AND old.event_id = new.event_id
          """) == ["succeeded dead", "succeeded dead"])
      // The receiver may tell a repeat by its id.
      let ids = well.posts.withLock { posts in
        posts.flatMap(\.headers).filter { $0.name == "webhook-id" }.map(\.value)
      }
      #expect(
        Set(ids.map { Optional($0) })
          == Set(
            try await outbox.column(
              """
              SELECT event_id FROM bellwether.delivery WHERE redrive_of IS NOT NULL
              """)))
    }
  }

  @Test("are not what waits and is cancelled; what is under way goes on")
  func cancel() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await outbox.enqueue([.webhook("crm"), .webhook("erp")])
      let transport = HeldTransport()
      let worker = LaneTests.worker(outbox, [LaneTests.endpoint("crm")], over: transport)
      async let summary = worker.drain()
      try await transport.waitFor(1)
      // What lacks its endpoint is put off, and so it waits.
      while try await outbox.column("SELECT 1 FROM bellwether.delivery WHERE state = 'ready'")
        .isEmpty
      { try await Task.sleep(for: .milliseconds(2)) }
      let cancelled = try await Self.inTenant(outbox) {
        try await OutboxStore.cancel(DeliveryFilter(), tenant: "acme", on: $0)
      }
      transport.open()
      #expect(try await summary[.webhook].sent == 1)
      #expect(cancelled.count == 1)
      #expect(try await outbox.states().map { $0[0] } == ["succeeded", "cancelled"])
      try await outbox.passTime()
      #expect(try await worker.drain() == DeliverySummary())
    }
  }

  @Test("do not gather at an endpoint that is disabled until it is enabled")
  func enable() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await Self.inTenant(outbox) {
        try await OutboxStore.disable("crm", tenant: "acme", on: $0)
      }
      try await outbox.enqueue([.webhook("crm")])
      let worker = LaneTests.worker(outbox, [LaneTests.endpoint("crm")], over: FakeTransport())
      #expect(try await worker.drain() == DeliverySummary())
      let (health, backlog) = try await Self.inTenant(outbox) {
        (
          try await OutboxStore.health(tenant: "acme", on: $0),
          try await OutboxStore.backlog(tenant: "acme", on: $0)
        )
      }
      #expect(health["crm"]?.disabledReason == .operator)
      #expect(backlog == ["crm": 1])
      try await Self.inTenant(outbox) {
        try await OutboxStore.enable("crm", tenant: "acme", on: $0)
      }
      #expect(try await worker.drain()[.webhook].sent == 1)
    }
  }
}

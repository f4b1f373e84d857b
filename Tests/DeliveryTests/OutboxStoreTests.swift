import Delivery
import Expressions
import Postgres
import SQLText
import Store
import Support
import Testing

@Suite("The outbox")
struct OutboxStoreTests {
  static let lease = Duration.seconds(60)

  @Test("ends the tenant's lease with the claim that is told to, and says when it is due")
  func claimReleases() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await outbox.enqueue([.webhook("crm", key: "1"), .webhook("crm", key: "2")])
      let store = OutboxStore(connection: try await outbox.connect())
      let lease = try #require(try await store.leaseTenant(for: Self.lease))
      let now = try #require(lease.leasedAt)
      let batch = try await store.claim(
        ofTenant: "acme", dueBy: now, atMost: 1, for: Self.lease, releasing: lease)
      #expect(batch.deliveries.count == 1)
      // One is left, so the tenant is due again at once, for whoever comes first.
      let next = try #require(try await store.leaseTenant(for: Self.lease))
      let rest = try await store.claim(
        ofTenant: "acme", dueBy: now, atMost: 9, for: Self.lease, releasing: next)
      #expect(rest.deliveries.count == 1)
      #expect(try await store.leaseTenant(for: Self.lease) == nil)
      // A claim that is put off brings the tenant forward from the end of the claim's lease.
      try await store.postpone(
        [PostponedDelivery(id: rest.deliveries[0].id, reason: "no secret")], by: .zero,
        ofTenant: "acme", token: rest.token)
      #expect(try await store.leaseTenant(for: Self.lease)?.tenant == "acme")
    }
  }

  @Test("writes an event once, whatever is asked")
  func dedupe() async throws {
    try await OutboxFixture.run { outbox async throws in
      let events = [
        NewEvent.webhook("a", key: "1"), .webhook("b", key: "2"), .webhook("c", key: "1"),
      ]
      #expect(try await outbox.enqueue(events) == [events[0].id, events[1].id])
      #expect(try await outbox.enqueue([.webhook("d", key: "2")]) == [])
      // Keys are a tenant's own.
      let other = NewEvent.webhook("e", key: "1")
      #expect(try await outbox.enqueue([other], tenant: "zeta") == [other.id])
      #expect(
        try await outbox.column("SELECT target FROM bellwether.delivery ORDER BY target")
          == ["a", "b", "e"])
      #expect(
        try await outbox.column("SELECT count(*) FROM bellwether.event WHERE tenant_id = 'acme'")
          == ["2"])
    }
  }

  @Test("writes nothing when the transaction comes to nothing")
  func rollBack() async throws {
    struct Stop: Error {}
    try await OutboxFixture.run { outbox async throws in
      let connection = try await outbox.connect()
      await #expect(throws: Stop.self) {
        try await TenantSession.inTenant("acme", on: connection) {
          _ = try await OutboxStore.enqueue([.webhook("a")], tenant: "acme", on: $0)
          throw Stop()
        }
      }
      #expect(try await outbox.states() == [])
      #expect(try await outbox.column("SELECT tenant_id FROM bellwether.tenant_work") == [])
    }
  }

  @Test("lets a lease begin anew for whom it belongs to, and for nobody else")
  func renewal() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await outbox.enqueue([.webhook("a")])
      let store = OutboxStore(connection: try await outbox.connect())
      func claim() async throws -> ClaimedBatch {
        try await store.claim(
          ofTenant: "acme", dueBy: try await store.now(), atMost: 10, for: Self.lease)
      }
      let batch = try await claim()
      let ids = batch.deliveries.map(\.id)
      #expect(ids.count == 1)
      try await outbox.passTime()
      try await store.renew(ids, ofTenant: "acme", token: batch.token, for: Self.lease)
      #expect(try await claim().deliveries.isEmpty)

      try await outbox.passTime()
      let stranger = UUIDv7(at: try await store.now())
      try await store.renew(ids, ofTenant: "acme", token: stranger, for: Self.lease)
      #expect(try await claim().deliveries.map(\.id) == ids)
    }
  }

  @Test("keeps bytes as they are")
  func bytes() async throws {
    try await OutboxFixture.run { outbox async throws in
      var event = NewEvent.webhook("a")
      event.body = Array(0...255) + Array(0...255)
      event.subject = "it's \\ \"quoted\" {,} NULL"
      try await outbox.enqueue([event], tenant: "o'brien \\")
      let store = OutboxStore(connection: try await outbox.connect())
      let now = try await store.now()
      let lease = try #require(try await store.leaseTenant(dueBy: now, for: Self.lease))
      #expect(lease.tenant == "o'brien \\")
      let batch = try await store.claim(
        ofTenant: lease.tenant, dueBy: now, atMost: 10, for: Self.lease)
      let delivery = try #require(batch.deliveries.first)
      #expect(delivery.id == event.id)
      #expect(delivery.eventID == event.id)
      #expect(delivery.body == event.body)
      #expect(delivery.subject == event.subject)
      #expect(delivery.type == event.type)
      #expect(delivery.contentType == event.contentType)
      #expect(delivery.channel == .webhook)
      #expect(delivery.target == "a")
      #expect(delivery.attempts == 0)
      #expect(delivery.age >= .zero && delivery.age < .seconds(3600))
    }
  }

  @Test("gives a delivery to one worker at a time")
  func oneAtATime() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await outbox.enqueue((0..<30).map { NewEvent.webhook("t\($0)") })
      let now = try await OutboxStore(connection: try await outbox.connect()).now()
      let claimed = try await withThrowingTaskGroup(of: [UUIDv7].self) { group in
        for _ in 0..<4 {
          let store = OutboxStore(connection: try await outbox.connect())
          group.addTask {
            var mine: [UUIDv7] = []
            while true {
              let batch = try await store.claim(
                ofTenant: "acme", dueBy: now, atMost: 3, for: Self.lease)
              if batch.deliveries.isEmpty { return mine }
              mine += batch.deliveries.map(\.id)
            }
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(claimed.count == 30)
      #expect(Set(claimed).count == 30)
    }
  }

  @Test("gives a tenant to one worker at a time, the one that waited longest first")
  func tenants() async throws {
    try await OutboxFixture.run { outbox async throws in
      for tenant in ["zeta", "acme", "mint"] {
        try await outbox.enqueue([.webhook("a")], tenant: tenant)
      }
      let store = OutboxStore(connection: try await outbox.connect())
      let now = try await store.now()
      var order: [String] = []
      var leases: [TenantLease] = []
      while let lease = try await store.leaseTenant(dueBy: now, for: Self.lease) {
        order.append(lease.tenant)
        leases.append(lease)
      }
      #expect(order == ["zeta", "acme", "mint"])
      // Nothing was done, so the tenant is due at once when its lease is given up.
      try await store.release(leases[1])
      #expect(try await store.leaseTenant(dueBy: now, for: Self.lease)?.tenant == "acme")
      #expect(try await store.leaseTenant(dueBy: now, for: Self.lease) == nil)
    }
  }

  @Test("takes no end from a worker whose lease is over")
  func fence() async throws {
    try await OutboxFixture.run { outbox async throws in
      let event = NewEvent.webhook("a")
      try await outbox.enqueue([event])
      let first = OutboxStore(connection: try await outbox.connect())
      let second = OutboxStore(connection: try await outbox.connect())
      let now = try await first.now()

      let stalled = try await first.claim(
        ofTenant: "acme", dueBy: now, atMost: 1, for: .milliseconds(1))
      let cut = try await first.begin(
        [event.id], ofTenant: "acme", token: stalled.token, for: .milliseconds(1))
      #expect(cut.map(\.number) == [1])

      let taken = try await second.claim(
        ofTenant: "acme", dueBy: try await second.now(), atMost: 1, for: Self.lease)
      #expect(taken.deliveries.map(\.id) == [event.id])
      #expect(taken.deliveries.map(\.attempts) == [1])
      let attempt = try await second.begin(
        [event.id], ofTenant: "acme", token: taken.token, for: Self.lease)
      #expect(attempt.map(\.number) == [2])

      // The stalled one wakes up.
      #expect(
        try await first.finish(
          [
            .init(
              attempt: cut[0], outcome: .permanent, status: 400, detail: "x",
              step: .dead(.permanent))
          ], ofTenant: "acme") == [])
      #expect(
        try await first.begin(
          [event.id], ofTenant: "acme", token: stalled.token, for: Self.lease) == [])
      #expect(
        try await first.postpone(
          [.init(id: event.id, reason: "x")], by: .zero, ofTenant: "acme", token: stalled.token)
          == [])

      #expect(
        try await second.finish(
          [
            .init(
              attempt: attempt[0], outcome: .success, status: 204, detail: nil,
              step: .succeeded)
          ], ofTenant: "acme") == [event.id])
      // A commit whose answer was lost is tried again, and changes nothing.
      #expect(
        try await second.finish(
          [
            .init(
              attempt: attempt[0], outcome: .success, status: 204, detail: nil,
              step: .succeeded)
          ], ofTenant: "acme") == [])
      #expect(try await outbox.states() == [["succeeded", nil]])
      #expect(
        try await outbox.column("SELECT outcome FROM bellwether.attempt ORDER BY number")
          == ["aborted", "success"])
    }
  }

  @Test("keeps all that a worker holds when it begins some of it")
  func heldTogether() async throws {
    try await OutboxFixture.run { outbox async throws in
      let events = ["a", "b", "c"].map { NewEvent.webhook($0) }
      try await outbox.enqueue(events)
      let store = OutboxStore(connection: try await outbox.connect())
      let batch = try await store.claim(
        ofTenant: "acme", dueBy: try await store.now(), atMost: 3, for: .milliseconds(50))
      let begun = try await store.begin(
        [events[0].id], keeping: [events[1].id], ofTenant: "acme", token: batch.token,
        for: .seconds(600))
      #expect(begun.map(\.delivery) == [events[0].id])
      #expect(
        try await outbox.column(
          """
          SELECT concat_ws(' ', target, attempts, leased_until > now() + interval '500 seconds')
          FROM bellwether.delivery WHERE due_at = leased_until ORDER BY target
          """) == ["a 1 t", "b 0 t", "c 0 f"])
      #expect(try await outbox.column("SELECT count(*) FROM bellwether.attempt") == ["1"])
    }
  }

  @Test("gives up a delivery that workers die on before they begin")
  func crashLoop() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await outbox.enqueue([.webhook("a"), .webhook("b")])
      let store = OutboxStore(connection: try await outbox.connect())
      for claim in 1...21 {
        let batch = try await store.claim(
          ofTenant: "acme", dueBy: try await store.now(), atMost: 10, for: Self.lease)
        #expect(batch.deliveries.map(\.target).sorted() == (claim <= 20 ? ["a", "b"] : ["b"]))
        #expect(batch.crashLooping == (claim <= 20 ? 0 : 1))
        // One of them gets as far as an attempt now and then.
        let second = batch.deliveries.filter { $0.target == "b" }.map(\.id)
        _ = try await store.begin(
          second, ofTenant: "acme", token: batch.token, for: Self.lease)
        try await outbox.passTime()
      }
      #expect(try await outbox.states() == [["dead", "crash_loop"], ["leased", nil]])
    }
  }

  @Test("counts nothing for a delivery that is put off")
  func postpone() async throws {
    try await OutboxFixture.run { outbox async throws in
      let event = NewEvent.webhook("a")
      try await outbox.enqueue([event])
      let store = OutboxStore(connection: try await outbox.connect())
      for _ in 1...25 {
        let batch = try await store.claim(
          ofTenant: "acme", dueBy: try await store.now(), atMost: 1, for: Self.lease)
        let postponed = try await store.postpone(
          [.init(id: event.id, reason: "no secret")], by: .seconds(60), ofTenant: "acme",
          token: batch.token)
        #expect(postponed == [event.id])
        try await outbox.passTime()
      }
      #expect(try await outbox.states() == [["ready", "no secret"]])
      #expect(try await outbox.column("SELECT claims + attempts FROM bellwether.delivery") == ["0"])
    }
  }

  @Test("says in the directory when a tenant next needs a worker")
  func directory() async throws {
    try await OutboxFixture.run { outbox async throws in
      let event = NewEvent.webhook("a")
      try await outbox.enqueue([event, .webhook("b")])
      let store = OutboxStore(connection: try await outbox.connect())
      let now = try await store.now()
      let lease = try #require(try await store.leaseTenant(dueBy: now, for: Self.lease))
      let batch = try await store.claim(
        ofTenant: "acme", dueBy: now, atMost: 10, for: Self.lease)
      let attempts = try await store.begin(
        batch.deliveries.map(\.id), ofTenant: "acme", token: batch.token, for: Self.lease)
      try await store.finish(
        attempts.map {
          .init(
            attempt: $0, outcome: .retryable, status: 503, detail: "later",
            step: $0.delivery == event.id ? .retry(after: .hours(2)) : .succeeded)
        }, ofTenant: "acme")
      try await store.release(lease)

      let isRight: [String?] = ["t"]
      let check: SQL =
        """
        SELECT next_due = (SELECT due_at FROM bellwether.delivery WHERE state = 'ready')
          AND next_due > now() + interval '110 minutes' AND lease_token IS NULL
        FROM bellwether.tenant_work
        """
      #expect(try await outbox.column(check) == isRight)

      // Its loss loses nothing.
      try await outbox.database.connection.execute(script: "DELETE FROM bellwether.tenant_work")
      try await store.rebuildDirectory(of: "acme")
      #expect(try await outbox.column(check) == isRight)
      try await store.rebuildDirectory(of: "nobody")
      #expect(try await outbox.column("SELECT tenant_id FROM bellwether.tenant_work") == ["acme"])

      // A new event brings the tenant forward.
      try await outbox.enqueue([.webhook("c")])
      #expect(
        try await outbox.column("SELECT next_due <= now() FROM bellwether.tenant_work") == ["t"])
    }
  }

  @Test("forgets no event that is committed while a tenant is given back")
  func releaseRace() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await outbox.enqueue([.webhook("a")])
      let store = OutboxStore(connection: try await outbox.connect())
      let now = try await store.now()
      let lease = try #require(try await store.leaseTenant(dueBy: now, for: Self.lease))
      let batch = try await store.claim(
        ofTenant: "acme", dueBy: now, atMost: 10, for: Self.lease)
      let attempts = try await store.begin(
        batch.deliveries.map(\.id), ofTenant: "acme", token: batch.token, for: Self.lease)
      try await store.finish(
        attempts.map {
          .init(attempt: $0, outcome: .success, status: 204, detail: nil, step: .succeeded)
        }, ofTenant: "acme")

      // The writer has written and not yet committed when the worker begins to give back.
      let writer = try await outbox.connect()
      let release = try await TenantSession.inTenant("acme", on: writer) { connection in
        _ = try await OutboxStore.enqueue([.webhook("b")], tenant: "acme", on: connection)
        let release = Task { try await store.release(lease) }
        try await outbox.waitForLock()
        return release
      }
      try await release.value
      #expect(
        try await outbox.column("SELECT next_due <= now() FROM bellwether.tenant_work") == ["t"])
    }
  }

  @Test("shows a tenant's worker nothing of another tenant")
  func isolation() async throws {
    try await OutboxFixture.run { outbox async throws in
      try await outbox.enqueue([.webhook("a")], tenant: "acme")
      let store = OutboxStore(connection: try await outbox.connect())
      let batch = try await store.claim(
        ofTenant: "zeta", dueBy: try await store.now(), atMost: 10, for: Self.lease)
      #expect(batch.deliveries.isEmpty)
      let unbound = try await outbox.connect()
      #expect(try await unbound.query("SELECT id FROM bellwether.event") == [])
    }
  }
}

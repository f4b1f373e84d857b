import Expressions
import Postgres
import Rules
import SQLText
import Store
import Support
import Templates
import Testing

@testable import Engine

@Suite("Digests, whatever happens")
struct DigestPropertyTests {
  private struct Crash: Error {}

  @Test(
    "have every line once: runs and senders at random, side by side, and dying before they commit",
    arguments: [UInt64(1), 2, 3])
  func everyLineOnce(_ seed: UInt64) async throws {
    let rules = [DigestRules.quiet("lifecycle: {reopen_within: 1d}"), DigestRules.heavy]
    try await withShop(rules: rules) { shop in
      let other = try await shop.onAnotherConnection()
      var dice = SeededGenerator(seed: seed)
      var count = 0
      for day in 2...15 {
        let date = "2026-03-\(day < 10 ? "0" : "")\(day)"
        for _ in 0..<Int.random(in: 0...3, using: &dice) {
          count += 1
          try await shop.add(
            ["c\(count)"], agent: 7, visited: "2026-01-01",
            weight: Int.random(in: 1...20, using: &dice))
        }
        if count > 0, Bool.random(using: &dice) {
          try await shop.visit("c\(Int.random(in: 1...count, using: &dice))", on: date)
        }
        if Int.random(in: 0..<3, using: &dice) == 0 { await dying(shop, date, sends: false) }
        try await shop.run(date)
        if Int.random(in: 0..<3, using: &dice) == 0 { await dying(shop, date, sends: true) }
        // Some days nobody sends, and the next digest has it all.
        guard Int.random(in: 0..<4, using: &dice) > 0 else { continue }
        async let one = shop.sendDigests("\(date) 07:00")
        async let two = other.sendDigests("\(date) 07:00")
        _ = try await (one, two)
      }
      try await shop.sendDigests("2027-01-01 07:00")
      try await check(shop, atLeast: 10)
    }
  }

  /// A run or a sender that does all its work and dies before it commits.
  private func dying(_ shop: Shop, _ date: String, sends: Bool) async {
    await #expect(throws: Crash.self) {
      let tenant = try #require(try await shop.engine.tenants().first { $0.slug == "north" })
      let due: Instant = try #require(Instant("\(date)T07:00:00Z", in: .utc))
      try await TenantSession.inTenant(
        tenant.key, zone: tenant.zone.identifier, on: shop.connection
      ) { connection in
        if sends {
          _ = try await DigestSender(
            tenant: tenant, formats: .init(), connection: connection, makeID: shop.engine.makeID
          ).sendDue(at: due)
        } else {
          let request = RunRequest(
            name: "dies", rules: Array(shop.ruleSet.rules.values),
            nominal: try #require(Instant("\(date)T01:00:00Z", in: .utc)), requestedBy: "test")
          _ = try await shop.engine.tenantRun(request, tenant).perform()
        }
        throw Crash()
      }
    }
  }

  private func check(_ shop: Shop, atLeast least: Int) async throws {
    let lines = try await shop.connection.query(
      """
      SELECT count(*), count(event_id), count(*) FILTER (WHERE outcome = 'done')
      FROM bellwether.action WHERE kind = 'email'
      """)[0].map { $0.flatMap(Int.init) ?? 0 }
    #expect(lines[0] >= least && lines[1] == lines[0] && lines[2] == lines[0])

    // What a message says is what its lines were, and each is in the message that the log names.
    let told = try await shop.connection.query(
      """
      SELECT event.id, (SELECT count(*) FROM regexp_matches(told, '^- ', 'gn')),
        (SELECT count(*) FROM bellwether.action WHERE event_id = event.id),
        (SELECT bool_and(strpos(told, 'Name of ' || entity_key) > 0)
         FROM bellwether.action WHERE event_id = event.id),
        delivery.target = (SELECT min(recipient) FROM bellwether.action WHERE event_id = event.id),
        (SELECT count(DISTINCT recipient) FROM bellwether.action WHERE event_id = event.id)
      FROM bellwether.event JOIN bellwether.delivery ON event_id = event.id,
        LATERAL (SELECT convert_from(event.body, 'UTF8')::jsonb->>'text' AS told) AS texts
      """)
    #expect(told.count > 1)
    for row in told {
      #expect(row[1] == row[2] && row[3] == "t" && row[4] == "t" && row[5] == "1", "\(row)")
    }
    let twice = try await shop.connection.query(
      """
      SELECT recipient, due, count(DISTINCT event_id) FROM bellwether.action
      WHERE kind = 'email' GROUP BY 1, 2 HAVING count(DISTINCT event_id) > 1
      """)
    #expect(twice == [], "one message for a recipient and time")
    #expect(
      try await shop.value("SELECT count(*) FROM bellwether.action WHERE outcome = 'digest'") == "0"
    )
  }
}

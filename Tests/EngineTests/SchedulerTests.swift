import Engine
import Expressions
import Foundation
import Postgres
import Rules
import SQLText
import Store
import Support
import Templates
import Testing

@Suite("The scheduler")
struct SchedulerTests {
  static let rules = [Shop.quiet("schedule: every 24h")]

  @Test("runs the latest missed time once, whoever else tries, and says what became of the others")
  func catchUp() async throws {
    try await withShop(rules: Self.rules) { shop in
      try await shop.add(["a1", "a2"], visited: "2020-01-01")
      try await shop.begin()
      // Nobody was there for three days.
      try await shop.connection.execute(
        "UPDATE bellwether.schedule_cursor SET nominal = nominal - interval '3 days'")
      try await shop.wake()
      let others = (0..<3).map { _ in shop.scheduler() }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for scheduler in others {
          group.addTask { while try await scheduler.serveOneTenant() {} }
        }
        try await group.waitForAll()
      }
      let ledger = try await shop.connection.query(
        """
        SELECT tenant_id, outcome, count(*), count(run_id) FROM bellwether.schedule_fire
        GROUP BY tenant_id, outcome ORDER BY tenant_id, outcome
        """)
      #expect(
        ledger == [
          ["1", "ran", "1", "1"], ["1", "skipped_catchup", "2", "0"],
          ["2", "ran", "1", "1"], ["2", "skipped_catchup", "2", "0"],
        ])
      #expect(
        try await shop.value(
          "SELECT count(*) FROM bellwether.run WHERE requested_by = 'schedule'") == "2")
      #expect(try await shop.value("SELECT count(*) FROM todo") == "2")
    }
  }

  @Test("leaves a tenant to who holds it, and takes it over when the lease ends")
  func takeover() async throws {
    try await withShop(rules: Self.rules) { shop in
      try await shop.begin()
      try await shop.wake()
      try await shop.connection.execute(
        """
        UPDATE bellwether.tenant_work SET leased_until = now() + interval '1 hour'
        WHERE kind = 'schedule'
        """)
      let scheduler = shop.scheduler()
      #expect(try await scheduler.serveOneTenant() == false)
      try await shop.connection.execute(
        """
        UPDATE bellwether.tenant_work SET leased_until = now() - interval '1 second'
        WHERE kind = 'schedule' AND tenant_id = '1'
        """)
      #expect(try await scheduler.serveOneTenant())
      #expect(try await scheduler.serveOneTenant() == false)
    }
  }

  @Test("writes a failed run down and goes on with the next time")
  func failure() async throws {
    try await withShop(rules: Self.rules) { shop in
      try await shop.add(["a1"], visited: "2020-01-01")
      try await shop.begin()
      try await shop.connection.execute(
        "UPDATE bellwether.schedule_cursor SET nominal = nominal - interval '1 day'")
      try await shop.connection.execute("ALTER TABLE todo ADD CHECK (title = '')")
      try await shop.wake()
      try await shop.begin()
      #expect(
        try await shop.connection.query(
          "SELECT tenant_id, outcome FROM bellwether.schedule_fire ORDER BY tenant_id")
          == [["1", "failed"], ["2", "ran"]])
      #expect(
        try await shop.value(
          "SELECT count(*) FROM bellwether.run WHERE outcome = 'failed' AND error IS NOT NULL")
          == "1")
      try await shop.wake()
      try await shop.begin()
      #expect(try await shop.value("SELECT count(*) FROM bellwether.run") == "2")
    }
  }

  @Test("keeps the text of what ran, by its hash, and says with each run which it was")
  func versions() async throws {
    try await withShop(rules: Self.rules) { shop in
      try await shop.run("2026-01-31")
      try await shop.run("2026-02-01")
      let rule = try #require(shop.ruleSet.rules["quiet"])
      #expect(
        try await shop.connection.query(
          "SELECT rule, version, source FROM bellwether.rule_version")
          == [["quiet", rule.version, Self.rules[0]]])
      #expect(
        try await shop.connection.query(
          "SELECT DISTINCT version FROM bellwether.rule_run") == [[rule.version]])
    }
  }

  @Test("passes a paused set over, and says so")
  func paused() async throws {
    try await withShop(rules: [Shop.quiet("schedule: every 24h\nmode: paused")]) { shop in
      try await shop.begin()
      try await shop.connection.execute(
        "UPDATE bellwether.schedule_cursor SET nominal = nominal - interval '1 day'")
      try await shop.wake()
      try await shop.begin()
      #expect(
        try await shop.connection.query("SELECT outcome FROM bellwether.schedule_fire")
          == [["skipped_paused"], ["skipped_paused"]])
      #expect(try await shop.value("SELECT count(*) FROM bellwether.run") == "0")
    }
  }
}

extension Shop {
  fileprivate func scheduler() -> SchedulerService {
    let catalog = ruleSet.catalog
    let makeID: @Sendable () -> UUIDv7 = {
      UUIDv7(unixMilliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }
    let rules = SchedulerService.Rules(ruleSet: ruleSet, generation: 0)
    return SchedulerService(
      pool: ConnectionPool(url: database.url, size: 3), rules: { rules },
      engine: { connection, _ in
        Engine(
          catalog: catalog, defaultZone: .utc, formats: TextFormats(), connection: connection,
          makeID: makeID)
      }, makeID: makeID)
  }

  fileprivate func wake() async throws {
    try await ScheduleDirectory(connection: connection).wake(["1", "2"])
  }

  /// Serves until nothing is due.
  fileprivate func begin() async throws {
    try await wake()
    let scheduler = scheduler()
    while try await scheduler.serveOneTenant() {}
  }
}

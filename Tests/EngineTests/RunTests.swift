import Engine
import Expressions
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing

@Suite("A run")
struct RunTests {
  @Test("writes a task, a mail, a webhook and an update for each new alert")
  func writesEverything() async throws {
    try await withShop { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      try await shop.add(["a2"], visited: "2026-02-20")

      let report = try await shop.run("2026-03-01")

      let counts = try #require(report.rules.first?.counts)
      #expect(counts.inScope == 2 && counts.matched == 1 && counts.opened == 1)
      #expect(counts.tasks == 1 && counts.emails == 1 && counts.webhooks == 1)
      #expect(counts.updates == 1 && counts.held == 0)
      let tasks = try await shop.connection.query(
        "SELECT title, owner, account_code, firm_id, due AT TIME ZONE 'UTC', done FROM todo")
      #expect(
        tasks == [
          ["Call Name of a1, quiet for 58 days", "7", "a1", "1", "2026-03-04 02:00:00", "f"]
        ])
      let risks = try await shop.connection.query("SELECT code, risk FROM account ORDER BY code")
      #expect(risks == [["a1", "quiet"], ["a2", nil]])
      let mail = try await shop.value(
        "SELECT convert_from(body, 'UTF8') FROM bellwether.event WHERE content_type LIKE '%mail%'")
      #expect(
        mail
          == #"{"to":{"name":"Ann Low","address":"ann@north.example"},"#
          + #""subject":"Name of a1 has gone quiet","text":"Last visit Jan 1, 2026."}"#)
      let event = try await shop.connection.query(
        """
        SELECT b->>'id' = event.id::text, b->>'type', b->>'subject', b->>'time', b->'data'->>'rule',
          b->'data'->'entity'->>'label', b->'data'->'values'->>'quiet_for'
        FROM bellwether.event, LATERAL (SELECT convert_from(body, 'UTF8')::jsonb AS b) AS parsed
        WHERE content_type = 'application/cloudevents+json'
        """)
      #expect(
        event == [
          [
            "t", "dev.bellwether.alert.opened", "account/a1", "2026-03-01T02:00:00Z", "quiet",
            "Name of a1", "PT5061600S",
          ]
        ])
    }
  }

  @Test("creates nothing when it is repeated, nor a day later for the same episode")
  func repeatedRun() async throws {
    try await withShop { shop in
      try await shop.add(["a1", "a2", "a3"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      let again = try await shop.run("2026-03-01")
      let later = try await shop.run("2026-03-02")

      for report in [again, later] {
        let counts = try #require(report.rules.first?.counts)
        #expect(counts.matched == 3 && counts.opened == 0 && counts.tasks == 0)
      }
      #expect(try await shop.value("SELECT count(*) FROM todo") == "3")
      #expect(try await shop.value("SELECT count(*) FROM bellwether.delivery") == "6")
      #expect(try await shop.value("SELECT count(*) FROM bellwether.run") == "3")
    }
  }

  @Test("leaves alone what a run for a later time has checked, and says so")
  func earlierRun() async throws {
    try await withShop { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      let before = try #require(try await shop.run("2026-01-05").rules.first?.counts)
      #expect(before.ahead == 1 && before.resolved == 0)
      let alert = try await shop.connection.query("SELECT state FROM bellwether.alert")
      #expect(alert == [["open"]])
    }
  }

  @Test(
    "counts what a rule on trial would open, and records once what it would have done",
    arguments: [("1 check", [3, 3, 0]), ("2 checks", [0, 0, 3])])
  func trial(_ openAfter: String, _ opened: [Int]) async throws {
    let rule = Shop.quiet("mode: dry_run\nlifecycle: {open_after: \(openAfter)}")
    try await withShop(rules: [rule]) { shop in
      try await shop.add(["a1", "a2", "a3"], visited: "2026-01-01")
      try await shop.add(["b1"], visited: "2026-02-28")
      for (turn, day) in ["2026-03-01", "2026-03-01", "2026-03-02"].enumerated() {
        let counts = try #require(
          try await shop.run(day, dryRun: turn == 0).rules.first?.counts)
        #expect(counts.inScope == 4 && counts.matched == 3 && counts.opened == opened[turn])
        #expect(counts.skipped == (turn == 0 ? 0 : 4 * opened[turn]))
        let rows = try await shop.value("SELECT count(*) FROM bellwether.action")
        #expect(turn > 0 || rows == "0")
      }
      for table in ["todo", "bellwether.event"] {
        #expect(try await shop.value("SELECT count(*) FROM \(table: table)") == "0", "\(table)")
      }
      #expect(try await shop.value("SELECT count(*) FROM account WHERE risk IS NOT NULL") == "0")
      let recorded = try await shop.connection.query(
        """
        SELECT rule, kind, outcome, reason, count(*) FROM bellwether.action
        GROUP BY 1, 2, 3, 4 ORDER BY kind
        """)
      #expect(
        recorded
          == ["email", "task", "update", "webhook"].map {
            ["quiet (dry run)", $0, "skipped", "dry_run", "3"]
          })
    }
  }

  @Test("records a second episode of a rule on trial, and begins anew once the rule is live")
  func afterTrial() async throws {
    try await withTestDatabase { database in
      let trial = try await Shop.open(database, rules: [Shop.quiet("mode: dry_run")])
      try await trial.add(["a1"], visited: "2026-01-01")
      func skipped() async throws -> String? {
        try await trial.value(
          "SELECT count(*) FROM bellwether.action WHERE outcome = 'skipped' AND kind = 'task'")
      }
      try await trial.run("2026-03-01")
      try await trial.run("2026-03-02")
      #expect(try await skipped() == "1")
      try await trial.visit("a1", on: "2026-03-02")
      try await trial.run("2026-03-03")
      try await trial.run("2026-05-01")
      try await trial.run("2026-05-02")
      #expect(try await skipped() == "2")
      let log = AlertLog(connection: trial.connection, tenant: "1")
      let alert = try #require(try await log.find(rule: "quiet", entity: "a1").first)
      #expect(alert.rule == "quiet (dry run)")
      let listed = try await log.list(AlertFilter(rules: ["quiet"], states: ["open"]))
      #expect(listed.alerts == [alert])
      let actions = try await log.story(of: alert).entries.compactMap { entry in
        if case .action(let action) = entry.event { action.outcome } else { nil }
      }
      #expect(actions == Array(repeating: "skipped", count: 10))

      let live = try trial.with(rules: [Shop.quiet()])
      let counts = try #require(try await live.run("2026-05-03").rules.first?.counts)
      #expect(counts.opened == 1 && counts.tasks == 1 && counts.emails == 1)
      let now = try await log.find(rule: "quiet", entity: "a1")
      #expect(now.map(\.rule) == ["quiet"])
    }
  }

  @Test("writes nothing when it is dry, and shows who matches with the rule's values")
  func dryRun() async throws {
    try await withShop { shop in
      try await shop.add(["a1"], visited: "2026-01-01", weight: 12)
      let report = try await shop.run("2026-03-01", dryRun: true)

      let match = try #require(report.rules.first?.matches.first)
      #expect(match.key == "a1" && match.severity == .high && !match.isOpen)
      #expect(match.values == [.duration(Period(microseconds: (58 * 24 + 14) * 3_600_000_000))])
      for table in ["todo", "bellwether.alert", "bellwether.event", "bellwether.run"] {
        let count = try await shop.value("SELECT count(*) FROM \(table: table)")
        #expect(count == "0", "\(table) has rows")
      }
    }
  }

  @Test("closes its tasks and resets the field when the matter is over")
  func resolves() async throws {
    try await withShop { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      try await shop.visit("a1", on: "2026-03-05")

      let report = try await shop.run("2026-03-06")

      #expect(report.rules.first?.counts.resolved == 1)
      #expect(try await shop.value("SELECT done FROM todo") == "t")
      #expect(try await shop.value("SELECT risk FROM account") == "fine")
      let alert = try await shop.connection.query(
        "SELECT state, close_reason FROM bellwether.alert")
      #expect(alert == [["closed", "resolved"]])
      // A new quiet spell is a new episode.
      try await shop.run("2026-06-01")
      #expect(try await shop.value("SELECT count(*) FROM todo WHERE NOT done") == "1")
    }
  }

  @Test("closes an alert whose thing left the scope or is gone")
  func outOfScope() async throws {
    try await withShop { shop in
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      try await shop.connection.execute(
        script:
          "UPDATE account SET state = 'closed' WHERE code = 'a1'; DELETE FROM account WHERE code = 'a2'"
      )
      try await shop.run("2026-03-02")
      let alerts = try await shop.connection.query(
        "SELECT entity_key, state, close_reason FROM bellwether.alert ORDER BY 1")
      #expect(alerts == [["a1", "closed", "out_of_scope"], ["a2", "closed", "out_of_scope"]])
    }
  }

  @Test("keeps tenants apart")
  func tenants() async throws {
    try await withShop { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      try await shop.add(["s1", "s2"], firm: 2, agent: 9, visited: "2026-01-01")
      let south = try await shop.run("2026-03-01", firm: "south")
      #expect(south.rules.first?.counts.opened == 2)
      let rows = try await shop.connection.query(
        "SELECT firm_id, account_code FROM todo ORDER BY account_code")
      #expect(rows == [["2", "s1"], ["2", "s2"]])
    }
  }

  @Test("never opens an alert on a missing input, and counts it as unknown")
  func unknown() async throws {
    try await withShop { shop in
      try await shop.connection.execute(
        script: "INSERT INTO account (code, firm_id, name) VALUES ('new', 1, 'No visit yet')")
      let report = try await shop.run("2026-03-01")
      let counts = try #require(report.rules.first?.counts)
      #expect(counts.unknown == 1 && counts.matched == 0 && counts.opened == 0)
    }
  }

  @Test("records an action that cannot be carried out, and carries out the others")
  func noAddress() async throws {
    try await withShop { shop in
      try await shop.add(["a1"], agent: 8, visited: "2026-01-01")
      let report = try await shop.run("2026-03-01")
      let counts = try #require(report.rules.first?.counts)
      #expect(counts.tasks == 1 && counts.emails == 0 && counts.webhooks == 1)
      let failed = try await shop.connection.query(
        "SELECT kind, reason FROM bellwether.action WHERE outcome = 'failed'")
      #expect(failed == [["email", "no address"]])
    }
  }

  @Test("leaves nothing behind when it fails, and records why")
  func failure() async throws {
    try await withShop { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      try await shop.connection.execute(
        script: "ALTER TABLE todo ADD CONSTRAINT short_title CHECK (length(title) < 5)")
      let error = try await #require(throws: PostgresError.self) {
        try await shop.run("2026-03-01")
      }
      #expect(error.kind == .constraint("short_title"))
      #expect(try await shop.value("SELECT count(*) FROM bellwether.alert") == "0")
      #expect(try await shop.value("SELECT count(*) FROM bellwether.event") == "0")
      let runs = try await shop.connection.query(
        "SELECT outcome, error LIKE '%short_title%' FROM bellwether.run")
      #expect(runs == [["failed", "t"]])
      // Once the cause is mended the same time runs as if nothing had happened.
      try await shop.connection.execute(script: "ALTER TABLE todo DROP CONSTRAINT short_title")
      #expect(try await shop.run("2026-03-01").rules.first?.counts.tasks == 1)
    }
  }

  @Test("acts once when several processes run the same time at once")
  func concurrentRuns() async throws {
    try await withShop { shop in
      try await shop.add((1...20).map { "a\($0)" }, visited: "2026-01-01")
      let opened = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<4 {
          let other = try await shop.onAnotherConnection()
          group.addTask {
            try await other.run("2026-03-01").rules.first?.counts.opened ?? 0
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(opened == 20)
      #expect(try await shop.value("SELECT count(*) FROM todo") == "20")
      #expect(try await shop.value("SELECT count(*) FROM bellwether.delivery") == "40")
    }
  }
}

import Foundation
import Postgres
import Rules
import Server
import SQLText
import Store
import Support
import Testing

@Suite("A job over HTTP")
struct JobTests {
  @Test("runs for every tenant or for one, by GET as by POST", arguments: ["GET", "POST"])
  func runs(method: String) async throws {
    try await withServedShop { shop in
      let path = "/api/jobs/process?job=triggers"
      let all = try await shop.send(method, path, token: ServedShop.secret)
      #expect(all.status == 200 && all.json["success"] == .bool(true), "\(all.text)")
      #expect(all.json["job"] == "triggers")
      guard case .array(let runs)? = all.json["runs"] else { throw Missing() }
      #expect(runs.compactMap { $0["tenant"]?.string } == ["north", "south"])
      #expect(try await shop.value("SELECT count(*) FROM bellwether.alert") == "3")

      let run = try #require(runs[0]["run"]?.string)
      let token = try await shop.token()
      let shown = try await shop.send("GET", "/api/runs/\(run)", token: token)
      #expect(shown.json["outcome"] == "finished" && shown.json["requested_by"] == "http")
      guard case .array(let rules)? = shown.json["rules"] else { throw Missing() }
      #expect(rules.map { $0["rule"]?.string } == ["in_debt"])
      #expect(rules.first?["opened"] == .integer(2))

      let one = try await shop.send(method, path + "&tenant=south", token: ServedShop.secret)
      guard case .array(let only)? = one.json["runs"] else { throw Missing() }
      #expect(only.compactMap { $0["tenant"]?.string } == ["south"])
      #expect(try await shop.value("SELECT count(*) FROM bellwether.run") == "3")
    }
  }

  private static let metric = """
    rule: debt_level
    owner: ops@north.example
    jobs: [daily]
    for_each: account
    set:
      level:
        deep: account.debt > 15
        shallow: otherwise
    """

  @Test("is a rule, a job that rules name, or all triggers, as on the command line")
  func names() async throws {
    try await withServedShop(
      rules: [ServedShop.rule, EventTests.waiting, Self.metric],
      catalog: ServedShop.catalog.replacing(
        "debt: number}", with: "debt: number, level: {type: text, writable: true}}")
    ) { shop in
      for (job, ran) in [
        ("triggers", ["in_debt", "overdrawn"]), ("process-triggers", ["in_debt", "overdrawn"]),
        ("overdrawn", ["overdrawn"]), ("daily", ["debt_level"]), ("debt_level", ["debt_level"]),
      ] {
        let answer = try await shop.process("job=\(job)&tenant=north&dry_run=1")
        guard case .array(let runs)? = answer.json["runs"],
          case .array(let rules)? = runs.first?["rules"]
        else {
          Issue.record("\(job): \(answer.text)")
          continue
        }
        #expect(rules.compactMap { $0["rule"]?.string } == ran, "\(job)")
      }
      let dry = try await shop.process("job=daily&tenant=north&dry_run=1")
      #expect(
        dry.text.contains(#""old":{"level":null},"new":{"level":"deep"}"#), "\(dry.text)")
      #expect(try await shop.value("SELECT count(level) FROM account") == "0")
      #expect(try await shop.process("job=daily&tenant=north").status == 200)
      #expect(try await shop.value("SELECT count(level) FROM account") == "3")
    }
  }

  @Test("writes nothing when it is dry")
  func dry() async throws {
    try await withServedShop { shop in
      let answer = try await shop.process("job=in_debt&dry_run=1")
      #expect(answer.status == 200 && answer.json["dry_run"] == .bool(true))
      #expect(answer.text.contains(#""matched":2"#))
      #expect(answer.text.contains(#"{"key":"a1","label":"Ann","severity":"medium","open":false}"#))
      for table in ["run", "alert", "event"] {
        #expect(try await shop.value("SELECT count(*) FROM bellwether.\(identifier: table)") == "0")
      }
    }
  }

  @Test("warns of a tenant that there is not, and knows no other jobs")
  func unknown() async throws {
    try await withServedShop { shop in
      let answer = try await shop.process("job=triggers&tenant=west")
      #expect(answer.status == 200 && answer.json["success"] == .bool(true))
      #expect(answer.json["runs"] == [])
      #expect(answer.json["warnings"] == ["there is no tenant 'west', so nothing ran"])
      #expect(try await shop.process("job=nothing").status == 404)
      #expect(try await shop.process("").status == 400)
    }
  }

  @Test("that takes long is answered at once and asked after")
  func slow() async throws {
    try await withServedShop(patience: .zero) { shop in
      let blocker = try await shop.database.connect()
      try await blocker.execute(script: "BEGIN; LOCK TABLE account")
      let first = try await shop.process()
      #expect(first.status == 202 && first.json["success"] == .null, "\(first.text)")
      let location = try #require(first.headers["location"])
      let second = try await shop.process()
      #expect(second.headers["location"] == location, "the same job is not started twice")
      let still = try await shop.send("GET", location, token: ServedShop.secret)
      #expect(still.status == 202)
      #expect(try await shop.send("GET", location, token: shop.token()).status == 401)
      try await blocker.execute(script: "COMMIT")
      var done = still
      while done.status == 202 {
        try await Task.sleep(for: .milliseconds(5))
        done = try await shop.send("GET", location, token: ServedShop.secret)
      }
      #expect(done.status == 200 && done.json["success"] == .bool(true))
      #expect(try await shop.value("SELECT count(*) FROM bellwether.run") == "2")
      let other = UUIDv7(unixMilliseconds: 1)
      let lost = try await shop.send(
        "GET", "/api/jobs/process/\(other)", token: ServedShop.secret)
      #expect(lost.status == 404)
    }
  }

  @Test("that fails says so, and leaves the run of the others")
  func failing() async throws {
    try await withServedShop { shop in
      try await shop.database.connection.execute(
        script: """
          CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN RAISE 'no alerts for north'; END $$;
          CREATE TRIGGER refuse BEFORE INSERT ON bellwether.alert FOR EACH ROW
          WHEN (NEW.tenant_id = '1') EXECUTE FUNCTION refuse();
          """)
      let answer = try await shop.process()
      #expect(answer.status == 500 && answer.json["success"] == .bool(false), "\(answer.text)")
      #expect(answer.text.contains("no alerts for north"))
      let token = try await shop.token()
      let failed = try await shop.send("GET", "/api/runs?outcome=failed", token: token)
      #expect(failed.items.count == 1)
      #expect(failed.items.first?["error"]?.string?.contains("no alerts for north") == true)
      #expect(try await shop.value("SELECT count(*) FROM bellwether.alert") == "1")

      let figures = try await shop.send("GET", "/metrics").text
      #expect(
        figures.contains(#"bellwether_runs_total{job="triggers",outcome="failed"} 1.0"#),
        "\(figures)")
      #expect(figures.contains(#"bellwether_runs_total{job="triggers",outcome="finished"} 1.0"#))
      #expect(figures.contains(#"bellwether_run_seconds_count{job="triggers"} 2.0"#))
      #expect(figures.contains(#"bellwether_alerts_opened_total{job="triggers"} 1.0"#))
      #expect(figures.contains("bellwether_outbox_depth 1.0"))
      #expect(figures.contains("bellwether_outbox_tenants 1.0"))
    }
  }

  @Test("is told to the endpoints that ask for it, in the transaction that it tells of")
  func notices() async throws {
    let listeners: [OperatorEvent: [String]] = [
      .runFinished: ["ops"], .runFailed: ["ops", "pager"],
    ]
    try await withServedShop(listeners: listeners) { shop in
      try await shop.database.connection.execute(
        script: """
          CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN RAISE 'no alerts for north'; END $$;
          CREATE TRIGGER refuse BEFORE INSERT ON bellwether.alert FOR EACH ROW
          WHEN (NEW.tenant_id = '1') EXECUTE FUNCTION refuse();
          """)
      try await shop.process("job=triggers&dry_run=1")
      try await shop.process()
      let told = try await shop.database.connection.query(
        """
        SELECT type, target, subject = 'run/' || run.id, convert_from(body, 'UTF8')
        FROM bellwether.event JOIN bellwether.delivery ON delivery.event_id = event.id
          JOIN bellwether.run ON run.tenant_id = event.tenant_id
        WHERE type LIKE '%.run.%' ORDER BY type, target
        """)
      #expect(
        told.map { [$0[0], $0[1], $0[2]] } == [
          ["dev.bellwether.run.failed", "ops", "t"], ["dev.bellwether.run.failed", "pager", "t"],
          ["dev.bellwether.run.finished", "ops", "t"],
        ])
      let failed = try #require(told.first?[3].flatMap { JSONValue(Array($0.utf8)) })
      #expect(failed["data"]?["error"]?.string?.contains("no alerts for north") == true)
      #expect(failed["data"]?["tenant"] == "north" && failed["specversion"] == "1.0")
      let finished = try #require(told.last?[3].flatMap { JSONValue(Array($0.utf8)) })
      #expect(finished["data"]?["job"] == "triggers" && finished["data"]?["tenant"] == "south")
      guard case .array(let rules)? = finished["data"]?["rules"] else { throw Missing() }
      #expect(rules.first?["opened"] == .integer(1))
    }
  }

  private struct Missing: Error {}
}

import Foundation
import Postgres
import SQLText
import Store
import Support
import Testing

@testable import bellwether

@Suite("The service")
struct ServeTests {
  static let fires: SQL = "SELECT count(*) FROM bellwether.schedule_fire"

  @Test("shares the work with another process, catches up, delivers, and stops when it is told to")
  func together() async throws {
    let catcher = try await WebhookCatcher.start()
    let project = try ServedProject(
      [ServedProject.rule(), ServedProject.grading], hook: catcher.url)
    try await withTestDatabase { database in
      let shop = try await ServedBusiness(database)
      // Every date of a metric rule runs, up to 31; of an alert only the latest.
      try await shop.miss(40, of: "every 24h", "daily at 00:00, every date")
      let both = [try Served(project, shop.url), try Served(project, shop.url)]
      try await shop.wait(Self.fires, is: "160", both[0], both[1])
      #expect(
        try await shop.rows(
          """
          SELECT rule_set, outcome, count(*) FROM bellwether.schedule_fire
          GROUP BY rule_set, outcome ORDER BY rule_set, outcome
          """)
          == [
            ["daily at 00:00, every date", "ran", "62"],
            ["daily at 00:00, every date", "skipped_catchup", "18"], ["every 24h", "ran", "2"],
            ["every 24h", "skipped_catchup", "78"],
          ])
      // As many runs as times that ran, and none for a time that another had run.
      #expect(
        try await shop.rows(
          """
          SELECT count(*), count(DISTINCT (tenant_id, rule_set, nominal)) FROM bellwether.run
          WHERE outcome = 'finished' AND requested_by = 'schedule'
          """) == [["64", "64"]])
      try await shop.wait(
        "SELECT count(*) FROM bellwether.delivery WHERE state = 'succeeded'", is: "2", both[0],
        both[1])

      #expect(try await both[0].get("/healthz").status == 200)
      #expect(try await both[1].get("/readyz").status == 200)
      let metrics = try await both[0].get("/metrics").text + both[1].get("/metrics").text
      #expect(metrics.contains("bellwether_runs_total{job=\"every 24h\",outcome=\"finished\"}"))
      for served in both { served.signal(SIGTERM) }
      for served in both {
        #expect(await served.end() == 0)
        #expect(served.log.contains("stopped"))
      }
    }
    await catcher.stop()
  }

  @Test("takes over what a killed process was running")
  func takeover() async throws {
    let project = try ServedProject()
    try await withTestDatabase { database in
      let shop = try await ServedBusiness(database)
      try await shop.miss(1, of: "every 24h")
      let first = try Served(project, shop.url, "--no-deliver")
      var second: Served?
      try await shop.whileBlocked(database) {
        try await shop.wait(ServedBusiness.waiting, is: "2", first)
        let dying = try await shop.rows(ServedBusiness.waitingSessions).compactMap { $0[0] }
        let other = try Served(project, shop.url, "--no-deliver")
        second = other
        try await other.waitFor("listening")
        first.signal(SIGKILL)
        #expect(await first.end() == SIGKILL)
        // The dead one's sessions end in the midst of their statements, and its leases with time.
        try await shop.wait(
          """
          SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'account'::regclass
            AND pid <> ALL(\(bind: dying)::int[])
          """, is: "2", other)
      }
      let other = try #require(second)
      try await shop.wait(Self.fires, is: "2", other)
      #expect(
        try await shop.rows("SELECT outcome, rule_set FROM bellwether.run")
          == [["finished", "every 24h"], ["finished", "every 24h"]])
      #expect(try await shop.value("SELECT count(*) FROM bellwether.alert") == "2")
      other.signal(SIGTERM)
      #expect(await other.end() == 0)
    }
  }

  @Test("told to stop, finishes the run under way and begins no other")
  func graceful() async throws {
    let project = try ServedProject([ServedProject.rule(), ServedProject.grading])
    try await withTestDatabase { database in
      let shop = try await ServedBusiness(database)
      try await shop.miss(5, of: "every 24h", "daily at 00:00, every date")
      let served = try Served(project, shop.url)
      try await shop.whileBlocked(database) {
        try await shop.wait(ServedBusiness.waiting, is: "2", served)
        served.signal(SIGTERM)
        try await Task.sleep(for: .milliseconds(300))
      }
      #expect(await served.end() == 0)
      #expect(try await shop.value("SELECT count(*) FROM bellwether.run") == "2")
      // What is left is due for whoever comes next.
      let next = try Served(project, shop.url)
      try await shop.wait("SELECT count(*) FROM bellwether.run", is: "12", next)
      next.signal(SIGTERM)
      #expect(await next.end() == 0)
    }
  }

  @Test("keeps the rules that ran while a file is wrong, says why, and takes them all when mended")
  func exchange() async throws {
    let project = try ServedProject()
    try await withTestDatabase { database in
      let shop = try await ServedBusiness(database)
      try await shop.miss(1, of: "every 24h")
      let served = try Served(project, shop.url)
      try await shop.wait(Self.fires, is: "2", served)
      let versions: SQL = """
        SELECT rule_run.version FROM bellwether.rule_run JOIN bellwether.run ON run.id = run_id
        WHERE run.tenant_id = '1' ORDER BY started_at
        """

      try project.write(
        "rules/in_debt.yaml", ServedProject.rule().replacing("debt >", with: "dept >"))
      try await served.waitFor("so the rules stay as they were")
      #expect(served.log.contains("rules/in_debt.yaml:7"))
      try await shop.miss(1, of: "every 24h")
      try await shop.wait(Self.fires, is: "2", served)

      try project.write("rules/in_debt.yaml", ServedProject.rule(above: 20))
      try await served.waitFor("1 rules run from now on")
      try await shop.miss(1, of: "every 24h")
      try await shop.wait(Self.fires, is: "2", served)

      let ran = try await shop.rows(versions).map { $0[0] ?? "" }
      #expect(ran.count == 3 && ran[0] == ran[1] && ran[1] != ran[2])
      let texts = try await shop.rows(
        "SELECT version, source FROM bellwether.rule_version WHERE tenant_id = '1' ORDER BY first_run_at"
      )
      #expect(
        texts == [
          [ran[0], ServedProject.rule() + "\n"], [ran[2], ServedProject.rule(above: 20) + "\n"],
        ])
      served.signal(SIGINT)
      #expect(await served.end() == 0)
    }
  }

  @Test("waits for a database that goes away, says so, and goes on when it is back")
  func databaseLoss() async throws {
    let folder = TemporaryFolder.make(prefix: "bellwether-lost")
    let project = try ServedProject()
    var server = try await EmbeddedServer.start(in: folder)
    let connection = try await Connection.open(server.url)
    try await connection.execute(script: ServedProject.schema)
    try await Migrator.migrate(connection)
    await connection.close()
    let served = try Served(project, server.url)
    #expect(try await served.get("/readyz").status == 200)
    await server.stop()
    try await served.waitFor("the database does not answer; trying again in")
    #expect(try await served.get("/readyz").status == 503)
    #expect(try await served.get("/healthz").status == 200)

    server = try await EmbeddedServer.start(in: folder)
    try await served.waitFor("the database answers again")
    let again = try await Connection.open(server.url)
    let shop = ServedBusiness(connection: again, url: server.url)
    try await shop.miss(1, of: "every 24h")
    try await shop.wait(Self.fires, is: "2", served)
    #expect(try await served.get("/readyz").status == 200)
    served.signal(SIGTERM)
    #expect(await served.end() == 0)
    await again.close()
    await server.stop()
  }
}

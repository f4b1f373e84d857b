import Diagnostics
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

/// The shipped rules that watch the engine's own runs, over records on both sides of every limit.
@Suite("Monitoring rules") struct MonitoringTests {
  /// Runs of jobs, newest first: `job`, then for each run `f` for a failure, or the seconds it
  /// took, the records and the errors.
  static let history: [(job: String, runs: [String])] = [
    ("failing", ["f", "f", "1 9 0"]), ("never", ["f", "f"]), ("recovered", ["1 9 0", "f", "f"]),
    ("once", ["f", "1 9 0", "f"]),
    ("slow", ["31 9 0"] + Array(repeating: "10 9 0", count: 20) + ["90 9 0"]),
    ("steady", ["30 9 0"] + Array(repeating: "10 9 0", count: 20)),
    ("young", ["31 9 0"] + Array(repeating: "10 9 0", count: 4)),
    (
      "aged",
      ["32 9 0"] + Array(repeating: "10 9 0", count: 10) + ["f"]
        + Array(repeating: "11 9 0", count: 10) + Array(repeating: "900 9 0", count: 30)
    ),
    ("wrong", ["1 1000 101"]), ("tenth", ["1 1000 100"]), ("void", ["1 0 0"]),
    ("empty", ["1 0 0"] + Array(repeating: "1 1 0", count: 5)),
    ("gap", ["1 0 0", "1 1 0", "1 1 0", "1 1 0", "1 1 0", "1 0 0"]),
    ("behind", ["f", "1 0 0"] + Array(repeating: "1 1 0", count: 5) + ["1 0 0"]),
  ]

  @Test("open for the jobs that are ill, tell operations twice, and close when all is well")
  func watch() async throws {
    let ruleSet = try Self.ruleSet()
    try await withTestDatabase { database in
      let connection = database.connection
      try await ReferenceSchema.install(on: connection)
      try await Migrator.migrate(connection)
      try await connection.execute(
        script: """
          INSERT INTO tenant (id, slug, name) VALUES
            ('00000000-0000-0000-0000-000000000001', 'north', 'North'),
            ('00000000-0000-0000-0000-000000000002', 'south', 'South')
          """)
      try await connection.execute(script: Self.script)
      let engine = Engine(
        catalog: ruleSet.catalog, defaultZone: .utc, formats: TextFormats(), connection: connection,
        makeID: { UUIDv7(unixMilliseconds: Int64(Date().timeIntervalSince1970 * 1000)) })
      let tenants = try await engine.tenants()
      func run(_ time: String) async throws {
        for tenant in tenants {
          let request = RunRequest(
            name: "monitoring", rules: try #require(ruleSet.rules(named: "monitoring")),
            nominal: try #require(Instant(time, in: .utc)), requestedBy: "test")
          _ = try await engine.run(request, for: tenant)
        }
      }
      let open = """
        SELECT a.rule, a.entity_key, a.severity, count(DISTINCT action.kind) FROM bellwether.alert a
        JOIN bellwether.action USING (tenant_id, rule, entity_key)
        WHERE a.state = 'open' AND tenant_id = '00000000-0000-0000-0000-000000000001'
        GROUP BY 1, 2, 3 ORDER BY 1, 2
        """

      try await run("2026-03-01T06:00:00Z")

      let expected = [
        ["job_empty", "behind", "medium", "2"], ["job_empty", "empty", "medium", "2"],
        ["job_errors", "wrong", "medium", "2"], ["job_failing", "failing", "critical", "2"],
        ["job_failing", "never", "critical", "2"], ["job_slow", "aged", "medium", "2"],
        ["job_slow", "slow", "medium", "2"],
      ]
      let found = try await connection.query(SQL(trusted: open))
      #expect(found == expected)
      let elsewhere = try await connection.query(
        """
        SELECT count(*) FROM bellwether.alert
        WHERE state = 'open' AND tenant_id <> '00000000-0000-0000-0000-000000000001'
        """)
      #expect(elsewhere == [["0"]])

      try await connection.execute(
        script: Self.history.map {
          Self.insertion(of: $0.job, "1 9 0", at: "timestamptz '2026-03-01 07:00+00'", number: 99)
        }.joined())
      try await run("2026-03-01T08:00:00Z")
      #expect(try await connection.query(SQL(trusted: open)) == [])
    }
  }

  private static var script: String {
    history.flatMap { job, runs in
      runs.enumerated().map { age, run in
        insertion(
          of: job, run, at: "timestamptz '2026-03-01 05:00+00' - interval '\(age) hours'",
          number: age)
      }
    }.joined()
  }

  private static func insertion(
    of job: String, _ run: String, at time: String, number: Int
  ) -> String {
    let tenant = "'00000000-0000-0000-0000-000000000001'"
    let parts = run.split(separator: " ")
    let id = "md5('\(job) \(number)')::uuid"
    guard parts.count == 3 else {
      return """
        INSERT INTO bellwether.run (tenant_id, id, rule_set, nominal, started_at, finished_at,
          outcome, requested_by, error)
        SELECT \(tenant), \(id), '\(job)', at, at, at, 'failed', 'test', 'no space left'
        FROM (SELECT \(time) AS at) AS t;
        """
    }
    return """
      INSERT INTO bellwether.run (tenant_id, id, rule_set, nominal, started_at, finished_at,
        outcome, requested_by)
      SELECT \(tenant), \(id), '\(job)', at, at, at + interval '\(parts[0]) s', 'finished', 'test'
      FROM (SELECT \(time) AS at) AS t;
      INSERT INTO bellwether.rule_run (tenant_id, run_id, rule, condition_hash, in_scope, matched,
        unknown, errors, opened, resolved, tasks, emails, webhooks, updates, held)
      SELECT \(tenant), \(id), 'part_' || n, '', CASE n WHEN 1 THEN \(parts[1]) ELSE 0 END, 0, 0,
        CASE n WHEN 2 THEN \(parts[2]) ELSE 0 END, 0, 0, 0, 0, 0, 0, 0
      FROM generate_series(1, 2) AS n;
      """
  }

  private static func ruleSet() throws -> RuleSet {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../rules")
    func file(_ path: String) throws -> SourceText {
      SourceText(
        path: path, text: try String(contentsOf: folder.appending(path: path), encoding: .utf8))
    }
    let kinds = ["failing", "slow", "errors", "empty"]
    let (ruleSet, found) = RuleLoader.load(
      RuleFiles(
        catalog: try file("catalog.yaml"),
        rules: try kinds.map { try file("monitoring/job_\($0).yaml") }), settings: nil)
    try #require(!found.flatMap(\.diagnostics).contains { $0.severity == .error })
    return try #require(ruleSet)
  }
}

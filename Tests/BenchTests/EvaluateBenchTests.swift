import Postgres
import SQLText
import Store
import Support
import Testing

@testable import bench

@Suite("The measured runs")
struct EvaluateBenchTests {
  @Test("find for every rule as many customers as a query of its own does")
  func matches() async throws {
    try await withBusiness { connection in
      let drawn = ThresholdRule.draw(24, from: try await Quantiles.read(on: connection))
      let runs = EngineRuns(
        try BenchProject.load(drawn.map { ($0.name, $0.yaml) }), on: connection)
      let total = try await runs.run()

      #expect(total.rows == 200)
      #expect(drawn.contains { $0.comparisons.count == 2 })
      for rule in drawn {
        let found = try await connection.query(rule.ownQuery)[0][0]
        #expect(total.counts[rule.name]?.matched == found.flatMap { Int($0) }, "\(rule.yaml)")
      }
      #expect(total.counts.values.reduce(0) { $0 + $1.matched } > 24)
      #expect(try await connection.query("SELECT FROM bellwether.alert").isEmpty)
    }
  }

  @Test("take the limit from the very queries that the engine sends, one for each tenant")
  func limit() async throws {
    try await withBusiness { connection in
      let drawn = ThresholdRule.draw(12, from: try await Quantiles.read(on: connection))
      let runs = EngineRuns(
        try BenchProject.load(drawn.map { ($0.name, $0.yaml) }), on: connection)
      let script = try await runs.limitScript()

      let copies = script.matches(of: /COPY \(([^;]+)\) TO STDOUT/)
      #expect(copies.count == 2)
      var keys: Set<String> = []
      for copy in copies {
        let rows = try await connection.query(SQL(trusted: String(copy.output.1)))
        keys.formUnion(rows.compactMap { $0[0] })
      }
      #expect(keys == Set((1...200).map(String.init)))
    }
  }

  @Test("open as many alerts as wanted, with a task and an event each, and once only")
  func opens() async throws {
    try await withBusiness { connection in
      let runs = EngineRuns(
        try WritingRules.load(1000, of: 200, acting: true), on: connection)
      let opened = try await runs.run()
      let again = try await runs.run(daysLater: 1)

      let expected = try await connection.query(
        "SELECT count(*) * 10 FROM customer WHERE id * 7919 % 1000 < 500")[0][0].flatMap { Int($0) }
      #expect(opened.opened == expected && again.opened == 0)
      for table in ["bellwether.alert", "bellwether.action", "task", "bellwether.delivery"] {
        let count = try await connection.query("SELECT count(*) FROM \(table: table)")[0][0]
        let perAlert = table == "bellwether.action" ? 2 : 1
        #expect(count == expected.map { "\($0 * perAlert)" }, "\(table)")
      }
      let observed = try await connection.query(
        """
        SELECT DISTINCT opened_at::date, last_observed_at::date, opened_values ? 'so_far'
        FROM bellwether.alert
        """)
      #expect(observed == [["2025-01-01", "2025-01-02", "t"]])
      let targets = try await connection.query(
        """
        SELECT count(*) FROM bellwether.action JOIN task ON target_key = task.id::text
        WHERE kind = 'task' AND entity_key = customer_id::text
        """)
      #expect(targets[0][0] == expected.map(String.init))

      try await WritingRules.clear(connection)
      #expect(try await runs.run().opened == expected)
    }
  }

  @Test("read Prometheus's time from what its script prints")
  func prometheus() {
    let printed = """
      1000 customers 10000 series 1000 rules 1 groups
      prometheus N=1000 groups=1 layout=wide: sum of group durations per evaluation median 6213 ms \
      [6100 .. 6400] n=2; process cpu per interval 9000 ms
      """
    #expect(PrometheusPeer.result(in: printed)?.seconds == 6.213)
    #expect(PrometheusPeer.result(in: "prometheus: not found") == nil)
    #expect(!PrometheusPeer(folder: "/nowhere").isThere)
  }

  /// Runs `body` in a database with a small business: two tenants, 200 customers, 4,000 orders.
  private func withBusiness(_ body: @Sendable (Connection) async throws -> Void) async throws {
    try await withTestDatabase { database in
      try await Migrator.migrate(database.connection)
      try await SampleBusiness(tenants: 2, customers: 200, orders: 4000)
        .install(on: database.connection)
      try await body(database.connection)
    }
  }
}

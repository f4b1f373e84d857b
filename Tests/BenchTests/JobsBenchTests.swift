import Foundation
import Postgres
import SQLText
import Store
import Support
import Testing

@testable import bench

@Suite("The measured jobs")
struct JobsBenchTests {
  @Test("write what plain SQL writes, over several tenants")
  func same() async throws {
    let rules = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../rules")
    try await withTestDatabase { database in
      let connection = database.connection
      try await Migrator.migrate(connection)
      try await StockedBusiness(tenants: 2, customers: 200, orders: 4000, skus: 40)
        .install(on: connection)
      var figures = JobsFigures(scale: "S")
      // A row that differs is an error.
      for job in try MeasuredJob.load(from: rules.path) {
        try await job.measure(on: connection, into: &figures)
      }

      #expect(figures.jobs["update-account-types"]?.rows == 200)
      #expect(figures.jobs["calculate-burn-rates"]?.rows == 40)
      let points = try await connection.query(
        "SELECT count(DISTINCT reorder_point) > 20, count(DISTINCT burn_rate) > 30 FROM sku")
      #expect(points == [["t", "t"]])
      let types = try await connection.query(
        "SELECT count(DISTINCT account_type) > 3 FROM customer")
      #expect(types == [["t"]])
    }
  }

  @Test("are told apart where the two do not write the same")
  func different() async throws {
    let rules = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../rules")
    try await withTestDatabase { database in
      let connection = database.connection
      try await Migrator.migrate(connection)
      try await StockedBusiness(tenants: 1, customers: 50, orders: 500, skus: 10)
        .install(on: connection)
      var job = try #require(try MeasuredJob.load(from: rules.path).first)
      job.peer.script = "UPDATE customer SET account_type = 'PROSPECT'"
      var figures = JobsFigures(scale: "S")
      await #expect(throws: BenchError.self) {
        try await job.measure(on: connection, into: &figures)
      }
    }
  }

  @Test("are printed as ratios of what was measured in turn")
  func json() throws {
    var figures = JobsFigures(scale: "S")
    figures.jobs["update-account-types"] = .init(
      ours: [0.3, 0.1, 0.2], sql: [0.1, 0.1, 0.1], naive: 20, rows: 5)
    figures.jobs["calculate-burn-rates"] = .init(ours: [0.5], sql: [0.5])
    figures.peakMemory = 41_500_000
    #expect(
      figures.json == """
        {"jobs":[{"job":"calculate-burn-rates","seconds":0.5,"over_sql":1.0,"naive_over_ours":null},\
        {"job":"update-account-types","seconds":0.2,"over_sql":2.0,"naive_over_ours":100.0}],\
        "peak_rss_mb":41}
        """)
  }

  @Test("take the script's seconds from what it prints")
  func naive() {
    let text = """
      biz_s naive ao rep0 tenants=all entities=1000 wall=2.80s client_cpu=2.00s server_cpu=0.60s
      biz_s naive c rep0 tenants=all entities=500 wall=2.40s client_cpu=1.00s server_cpu=0.60s
      biz_s naive z rep0 tenants=all entities=500 wall=9.00s client_cpu=1.00s server_cpu=0.60s
      """
    #expect(
      RecordByRecordPeer.result(in: text) == [
        "update-account-types": 2.8, "calculate-burn-rates": 2.4,
      ])
  }
}

import Foundation
import Postgres
import Support
import Testing

@Suite("A run that fails")
struct FailureReportTests {
  private struct Posted: Decodable {
    var headers: [String: String]
    var body: Data
  }

  @Test("is told to the error tracker that SENTRY_DSN names, once for each tenant, without secrets")
  func sentry() async throws {
    let receiver = try await Receiver.shared
    try await withTestDatabase { database in
      let project = try await StockProject(database)
      let dsn = "http://abc@127.0.0.1:\(receiver.port("http"))/failed-run/ok/42"
      let fine = try await project(["run", "low"], environment: ["SENTRY_DSN": dsn])
      #expect(fine.exitCode == 0, "\(fine.errors)")
      #expect(try receiver.records("failed-run", as: Posted.self).isEmpty)

      try await database.connection.execute(script: "DROP TABLE item")
      let failed = try await project(["run", "low"], environment: ["SENTRY_DSN": dsn])
      #expect(failed.exitCode == 1)
      let posted = try receiver.records("failed-run", as: Posted.self)
      #expect(posted.count == 2)
      for report in posted {
        #expect(report.headers["content-type"] == "application/x-sentry-envelope")
        let text = String(decoding: report.body, as: UTF8.self)
        #expect(text.contains("RunFailed") && text.contains("\"job\":\"low\""), "\(text)")
        #expect(!text.contains(database.url))
      }
    }
  }

  @Test("is no less recorded when the error tracker does not answer")
  func unreachable() async throws {
    try await withTestDatabase { database in
      let project = try await StockProject(database)
      try await database.connection.execute(script: "DROP TABLE item")
      let failed = try await project(
        ["run", "low"], environment: ["SENTRY_DSN": "http://abc@127.0.0.1:1/42"])
      #expect(failed.exitCode == 1)
      let runs = try await project.list("runs", "runs", "--failed")
      #expect(runs.count == 2)
    }
  }
}

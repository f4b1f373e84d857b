import Foundation
import Postgres
import SQLText
import Support
import Testing

@testable import bellwether

@Suite("The commands `runs` and `status`")
struct RunsCommandTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("tell what ran, what failed and why, and whether anything is wrong")
  func story() async throws {
    let project = try ServedProject([ServedProject.rule(), ServedProject.grading])
    try await withTestDatabase { database in
      let shop = try await ServedBusiness(database)
      func run(_ arguments: String...) async throws -> Outcome {
        try await bellwether(
          arguments + ["--project", project.path], environment: ["DATABASE_URL": shop.url])
      }
      #expect(try await run("runs").output == "no runs\n")
      try #require(try await run("run", "in_debt", "grading").exitCode == 0)
      let well = try await run("status")
      #expect(well.exitCode == 0 && well.output.hasSuffix("all is well\n"), "\(well)")

      let list = try #require(
        try object(try await run("runs", "--json", "--rule", "grading").output)["runs"]
          as? [[String: Any]])
      #expect(list.count == 2)
      let north = try #require(list.first { $0["tenant"] as? String == "north" })
      #expect(north["matched"] as? Int == 3 && north["opened"] as? Int == 1)
      #expect(north["requested_by"] as? String == "command line")
      let id = try #require(north["id"] as? String)
      let shown = try await run("runs", "show", id)
      for part in [
        "for North Ltd (north)", "finished, asked by command line, bellwether 0.1.0",
        "2 rows read", "plan ", "fetch ", "in_debt", "grading",
      ] { #expect(shown.output.contains(part), "\(part) in \(shown.output)") }
      let rules = try #require(
        try object(try await run("runs", "show", id, "--json").output)["rules"]
          as? [[String: Any]])
      #expect(rules.allSatisfy { ($0["version"] as? String)?.isEmpty == false })

      // One record cannot be written, then nothing can be read.
      try await shop.connection.execute(
        script: """
          UPDATE account SET grade = NULL;
          ALTER TABLE account ADD CHECK (code <> 's1' OR grade IS NULL)
          """)
      _ = try await run("run", "grading", "--tenant", "south")
      let south = try #require(
        try object(try await run("runs", "--json", "--tenant", "south").output)["runs"]
          as? [[String: Any]])
      #expect(south[0]["errors"] as? Int == 1)
      let failure = try await run("runs", "show", try #require(south[0]["id"] as? String))
      #expect(failure.output.contains("errors\n  grading: s1: "), "\(failure.output)")

      try await shop.connection.execute(script: "ALTER TABLE account DROP COLUMN debt")
      #expect(try await run("run", "in_debt").exitCode == 1)
      let failed = try await run("runs", "--failed")
      #expect(failed.output.contains("debt") && !failed.output.contains("finished"))
      let wrong = try await run("status")
      #expect(wrong.exitCode == 1)
      #expect(wrong.output.contains("north: the last run of in_debt failed; see `bellwether runs"))
    }
  }

  @Test("status complains when nobody runs what is due")
  func overdue() async throws {
    let project = try ServedProject()
    try await withTestDatabase { database in
      let shop = try await ServedBusiness(database)
      try await shop.miss(1, of: "every 24h")
      try await shop.connection.execute(
        "UPDATE bellwether.tenant_work SET next_due = now() - interval '1 hour'")
      let status = try await bellwether(
        "status", "--project", project.path, environment: ["DATABASE_URL": shop.url])
      #expect(status.exitCode == 1)
      #expect(status.output.contains("schedules have been due for 60 min and nobody runs them"))
    }
  }
}

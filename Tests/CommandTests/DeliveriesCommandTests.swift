import Foundation
import Postgres
import SQLText
import Support
import Testing

@Suite("The commands `deliveries` and `endpoints`")
struct DeliveriesCommandTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("find what is on its way, change it, and say what cannot be")
  func commands() async throws {
    try await withTestDatabase { database in
      let environment = ["DATABASE_URL": database.url]
      func run(_ arguments: String...) async throws -> Outcome {
        try await bellwether(arguments, environment: environment)
      }
      try #require(try await bellwether("demo", environment: environment).exitCode == 0)
      try await database.connection.execute(
        script: """
          UPDATE bellwether.delivery SET state = 'dead', reason = 'exhausted'
          WHERE channel = 'webhook' AND target = 'crm'
          """)
      let listed = try object(
        try await run(
          "deliveries", "list", "--status", "dead", "--endpoint", "crm", "--rule",
          "dormant_customer", "--json"
        ).output)
      let tenants = try #require(listed["tenants"] as? [[String: Any]])
      let dead = tenants.flatMap { $0["deliveries"] as? [[String: Any]] ?? [] }
      let id = try #require(dead.first?["id"] as? String)
      #expect(dead.allSatisfy { $0["rule"] as? String == "dormant_customer" })
      let shown = try await run("deliveries", "show", id)
      #expect(shown.output.contains("\"reason\" : \"exhausted\""), "\(shown)")
      #expect(try await run("deliveries", "list", "--status", "dead").output.contains(id))

      #expect(try await run("deliveries", "redrive").exitCode == 2)
      #expect(try await run("deliveries", "redrive", id).output == "1 to be sent again\n")
      #expect(try await run("deliveries", "redrive", id).exitCode == 1)
      #expect(try await run("deliveries", "show", UUID().uuidString).exitCode == 1)
      #expect(
        try await run("deliveries", "cancel", "--endpoint", "crm").output == "1 cancelled\n")

      #expect(try await run("endpoints", "disable", "crm").exitCode == 0)
      #expect(try await run("endpoints", "list").output.contains("disabled (operator)"))
      #expect(try await run("endpoints", "enable", "crmm").errors.contains("did you mean 'crm'"))
      #expect(try await run("endpoints", "enable", "crm", "--json").exitCode == 0)
      #expect(!(try await run("endpoints", "list", "--json").output.contains("disabled")))
    }
  }
}

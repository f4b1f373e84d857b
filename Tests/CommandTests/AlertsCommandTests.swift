import Foundation
import Postgres
import SQLText
import Support
import Testing

@Suite("The command `alerts`")
struct AlertsCommandTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("lists what is open and tells the whole story of one")
  func story() async throws {
    try await withTestDatabase { database in
      let environment = ["DATABASE_URL": database.url]
      func alerts(_ arguments: String...) async throws -> Outcome {
        try await bellwether(["alerts"] + arguments, environment: environment)
      }
      try #require(try await bellwether("demo", environment: environment).exitCode == 0)
      let rows = try await database.connection.query(
        """
        SELECT alert.entity_key, alert.label, tenant.slug, action.target_key, event.id
        FROM bellwether.alert JOIN tenant ON tenant.id::text = alert.tenant_id
        JOIN bellwether.action ON action.tenant_id = alert.tenant_id AND action.rule = alert.rule
          AND action.entity_key = alert.entity_key AND action.kind = 'task'
        JOIN bellwether.action AS mail ON mail.tenant_id = alert.tenant_id
          AND mail.rule = alert.rule AND mail.entity_key = alert.entity_key AND mail.kind = 'email'
        JOIN bellwether.event ON event.tenant_id = alert.tenant_id
          AND event.dedupe_key = mail.dedupe_key
        WHERE alert.rule = 'dormant_customer' AND state = 'open' AND action.outcome = 'done'
        ORDER BY 1 LIMIT 1
        """)
      let cells = try #require(rows.first).map { $0 ?? "" }
      let (key, label, slug, task, event) = (cells[0], cells[1], cells[2], cells[3], cells[4])

      let list = try await alerts("list", "--rule", "dormant_customer", "--tenant", slug)
      try #require(list.exitCode == 0, "\(list.errors)")
      #expect(list.output.contains(label))
      let page = try object(
        try await alerts(
          "list", "--rule", "dormant_customer", "--tenant", slug, "--limit", "1", "--json"
        ).output)
      let tenants = try #require(page["tenants"] as? [[String: Any]])
      #expect((tenants[0]["alerts"] as? [[String: Any]])?.count == 1)
      #expect(try #require(tenants[0]["total"] as? Int) > 1)
      #expect(try await alerts("list", "--entity", "no such thing").output == "no alerts\n")

      let text = try await alerts("show", "dormant_customer", label.uppercased())
      try #require(text.exitCode == 0, "\(text.errors)")
      let parts = [
        "(\(key))", "open since ", "  opened, ", "with quiet_for ", "event \(event)",
        "task \(task) for ", "delivery \(event) arrived", "attempt 1 of \(event): success, 250",
      ]
      var rest = text.output[...]
      for part in parts {
        let found = try #require(rest.range(of: part), "\(part) is not in order: \(text.output)")
        rest = rest[found.lowerBound...]
      }
      let json = try object(try await alerts("show", "dormant_customer", key, "--json").output)
      let entries = try #require(json["story"] as? [[String: Any]])
      #expect(entries.first?["what"] as? String == "opened")
      #expect(
        entries.contains { $0["what"] as? String == "attempt" && $0["status"] as? Int == 250 })
      let times = entries.compactMap { $0["time"] as? String }
      #expect(times.count == entries.count && times.first! <= times.last!)
    }
  }

  @Test("says what is wrong with a question")
  func usage() async throws {
    try await withTestDatabase { database in
      let environment = ["DATABASE_URL": database.url]
      func alerts(_ arguments: String...) async throws -> Outcome {
        try await bellwether(["alerts"] + arguments, environment: environment)
      }
      try #require(try await bellwether("demo", environment: environment).exitCode == 0)
      let nobody = try await alerts("show", "dormant_customer", "no one")
      #expect(nobody.exitCode == 1 && nobody.errors.contains("explain dormant_customer"))
      let unknown = try await alerts("show", "dormant_custmer", "1")
      #expect(unknown.exitCode == 2 && unknown.errors.contains("'dormant_customer'?"))
      let stranger = try await alerts("list", "--tenant", "verdir")
      #expect(stranger.exitCode == 1 && stranger.errors.contains("did you mean 'verdier'?"))
      #expect(try await alerts("list", "--status", "opened").exitCode == 2)
      #expect(try await alerts("list", "--limit", "0").exitCode == 2)
      let gone = try await alerts("list", "--rule", "low_stok")
      #expect(gone.exitCode == 0 && gone.errors.contains("did you mean 'low_stock'?"))
    }
  }
}

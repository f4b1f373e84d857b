import Foundation
import Postgres
import SQLText
import Support
import Testing

@Suite("The command `explain`")
struct ExplainCommandTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("says a rule in sentences, without a database")
  func sentences() async throws {
    let text = try await bellwether("explain", "dormant_customer")
    #expect(text.exitCode == 0)
    #expect(text.output.hasPrefix("Customer gone quiet (dormant_customer)\n"))
    #expect(text.output.contains("- the time since last order is at least dormant after\n"))
    let json = try object(try await bellwether("explain", "dormant_customer", "--json").output)
    #expect(json["rule"] as? String == "dormant_customer" && (json["tests"] as? Int ?? 0) > 0)
    let sections = try #require(json["sections"] as? [[String: Any]])
    #expect(sections[0]["heading"] as? String == "Looks at every customer for which")
  }

  @Test("offers the rule that was meant, and wants a thing for a time or a tenant")
  func usage() async throws {
    let unknown = try await bellwether("explain", "dormant_custmer", "--entity", "1")
    #expect(unknown.exitCode == 2)
    #expect(unknown.errors.contains("did you mean 'dormant_customer'?"))
    let incomplete = try await bellwether("explain", "low_stock", "--as-of", "2026-01-01")
    #expect(incomplete.exitCode == 2)
    #expect(incomplete.errors.contains("add --entity"))
  }

  @Test("explains one thing by key or name, says who is near, and writes nothing")
  func oneThing() async throws {
    try await withTestDatabase { database in
      let environment = ["DATABASE_URL": database.url]
      func explain(_ arguments: String...) async throws -> Outcome {
        try await bellwether(["explain"] + arguments, environment: environment)
      }
      try #require(try await bellwether("demo", environment: environment).exitCode == 0)
      let before = try await state(database)
      let alerts = try await database.connection.query(
        """
        SELECT alert.entity_key, alert.label, tenant.slug FROM bellwether.alert
        JOIN tenant ON tenant.id::text = alert.tenant_id
        WHERE rule = 'dormant_customer' AND state = 'open' ORDER BY 1 LIMIT 1
        """)
      let key = try #require(alerts.first?[0])
      let label = try #require(alerts.first?[1])
      let slug = try #require(alerts.first?[2])

      let open = try await explain("dormant_customer", "--entity", key, "--tenant", slug)
      try #require(open.exitCode == 0, "\(open.errors)")
      #expect(open.output.contains("a run now\n  nothing: the alert is open already"))
      #expect(open.output.contains("customer.status == \"active\""))
      #expect(open.output.contains("when it opened: quiet_for "))

      let json = try object(
        try await explain("dormant_customer", "--entity", label.uppercased(), "--json").output)
      #expect(json["key"] as? String == key && json["outcome"] as? String == "matches")
      #expect((json["alert"] as? [String: Any])?["state"] as? String == "open")
      #expect((json["when"] as? [String: Any])?["outcome"] as? String == "yes")

      let earlier = try await explain(
        "dormant_customer", "--entity", key, "--tenant", slug, "--as-of", "2020-01-31 02:00")
      #expect(earlier.output.contains("a run at 2020-01-31 02:00"))
      #expect(earlier.output.contains("nothing: the alert was checked for "))
      #expect(earlier.output.contains("last_order is missing"))

      let nobody = try await explain("dormant_customer", "--entity", String(label.dropLast(2)))
      #expect(nobody.exitCode == 1)
      #expect(nobody.errors.contains("\(key) (\(label))"))
      let stranger = try await explain("low_stock", "--entity", "1", "--tenant", "verdir")
      #expect(stranger.exitCode == 1 && stranger.output.isEmpty)
      #expect(stranger.errors.contains("did you mean 'verdier'?"))
      #expect(try await state(database) == before)
    }
  }

  @Test("says what would follow where no alert is open yet")
  func opening() async throws {
    try await withTestDatabase { database in
      let environment = ["DATABASE_URL": database.url]
      try #require(try await bellwether("demo", environment: environment).exitCode == 0)
      let rows = try await database.connection.query(
        """
        DELETE FROM bellwether.alert WHERE (rule, entity_key) = (
          SELECT rule, entity_key FROM bellwether.alert
          WHERE rule = 'dormant_customer' AND state = 'open' ORDER BY 2 LIMIT 1)
        RETURNING entity_key
        """)
      let key = try #require(rows.first?[0])
      let outcome = try await bellwether(
        ["explain", "dormant_customer", "--entity", key], environment: environment)
      #expect(outcome.output.contains("alert\n  none\n"))
      #expect(outcome.output.contains("opens an alert, "))
      #expect(outcome.output.contains("update: risk_status = dormant"))
      #expect(outcome.output.contains("holds it back (`per_recipient`, `per_rule`, `max_matches`)"))
    }
  }

  /// Everything a run could have changed.
  private func state(_ database: TestDatabase) async throws -> [[String?]] {
    try await database.connection.query(
      """
      SELECT (SELECT count(*) FROM task), (SELECT count(*) FROM bellwether.run),
        (SELECT count(*) FROM bellwether.action), (SELECT count(*) FROM bellwether.event),
        (SELECT sum(used) FROM bellwether.limit_window),
        (SELECT string_agg(alert::text, ';' ORDER BY rule, entity_key) FROM bellwether.alert)
      """)
  }
}

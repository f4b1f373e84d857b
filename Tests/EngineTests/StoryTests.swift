import Engine
import Expressions
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing

@Suite("An alert's story")
struct StoryTests {
  @Test("tells every change with its run, and what came before of the values")
  func changes() async throws {
    let rule = Shop.quiet("lifecycle: {reopen_within: 5d}")
    try await withShop(rules: [rule]) { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      let opening = try await shop.run("2026-03-01")
      try await shop.run("2026-03-02")
      try await shop.weigh("a1", 50)
      try await shop.run("2026-03-03")
      try await shop.visit("a1", on: "2026-03-03")
      try await shop.run("2026-03-04")
      try await shop.run("2026-06-01")

      let story = try await shop.story("a1")
      let changes = story.changes
      #expect(changes.map(\.kind) == ["opened", "severity_rose", "closed", "opened"])
      #expect(changes.map(\.episode) == [1, 1, 1, 2])
      #expect(changes.map(\.severity) == ["medium", "high", "high", "high"])
      #expect(changes.map(\.reason) == [nil, nil, "resolved", nil])
      #expect(
        changes.map { $0.at.iso8601.prefix(10) } == [
          "2026-03-01", "2026-03-03", "2026-03-04", "2026-06-01",
        ])
      #expect(changes[0].run == opening.runID.description)
      #expect(changes[0].values?.contains("PT5061600S") == true, "of the first episode")
      #expect(changes[3].values?.contains("PT7743600S") == true, "\(changes[3])")
      #expect(story.alert.openedValues == changes[3].values)
    }
  }

  @Test("tells what goes on, and counts a check that changes nothing as nothing")
  func reopened() async throws {
    let rule = Shop.quiet("lifecycle: {reopen_within: 60d}")
    try await withShop(rules: [rule]) { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      for day in ["2026-03-01", "2026-03-01", "2026-03-02"] { try await shop.run(day) }
      try await shop.visit("a1", on: "2026-03-02")
      try await shop.run("2026-03-03")
      try await shop.run("2026-04-10")
      let changes = try await shop.story("a1").changes
      #expect(changes.map(\.kind) == ["opened", "closed", "reopened"])
    }
  }

  @Test("orders changes, actions, deliveries and attempts by cause and time")
  func order() async throws {
    try await withShop { shop in
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      try await shop.connection.execute(
        script: """
          INSERT INTO bellwether.attempt (tenant_id, delivery_id, number, outcome, status, detail)
            SELECT tenant_id, id, 1, 'retryable', 503, 'HTTP 503' FROM bellwether.delivery
            WHERE channel = 'webhook';
          UPDATE bellwether.delivery SET attempts = 1 WHERE channel = 'webhook'
          """)
      let story = try await shop.story("a1")
      let kinds = story.entries.map { entry in
        switch entry.event {
        case .change(let change): change.kind
        case .action(let action): action.name
        case .delivery(let delivery): delivery.channel
        case .attempt(let attempt): "attempt \(attempt.number)"
        }
      }
      #expect(kinds[0] == "opened")
      #expect(kinds[1...4].sorted() == ["email", "task", "update.risk", "webhook"])
      #expect(kinds[5...6].sorted() == ["email", "webhook"] && kinds[7...] == ["attempt 1"])
      #expect(story.entries.map(\.time) == story.entries.map(\.time).sorted())

      let task = try #require(story.actions.first { $0.kind == "task" })
      let made = try await shop.value("SELECT id FROM todo WHERE account_code = 'a1'")
      #expect(task.target == made && task.outcome == "done")
      let mail = try #require(story.deliveries.first { $0.channel == "email" })
      #expect(mail.subject == "Name of a1 has gone quiet" && mail.state == "ready")
      #expect(story.actions.first { $0.kind == "email" }?.event == mail.event)
    }
  }

  @Test("tells of alerts that are older than stories what their row knows")
  func older() async throws {
    try await withShop { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      try await shop.visit("a1", on: "2026-03-02")
      try await shop.run("2026-03-03")
      let full = try await shop.story("a1").changes
      try await shop.connection.execute(script: "DELETE FROM bellwether.alert_change")
      let changes = try await shop.story("a1").changes
      #expect(changes.map(\.kind) == ["closed"], "an opening's time goes with the close")
      #expect(changes[0].at == full[1].at && changes[0].run == nil)
    }
  }

  @Test("shows nothing of another tenant")
  func tenants() async throws {
    try await withShop { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      let other = try await TenantSession.inTenant("2", on: shop.connection) { connection in
        let log = AlertLog(connection: connection, tenant: "2")
        return try await log.list(AlertFilter()).total + log.find(rule: "quiet", entity: "a1").count
      }
      #expect(other == 0)
    }
  }

  @Test("is found by rule, state, severity and a part of the name, page by page")
  func listing() async throws {
    try await withShop { shop in
      try await shop.add(["a1", "a2", "a3"], visited: "2026-01-01")
      try await shop.add(["b1"], visited: "2026-01-01", weight: 40)
      try await shop.run("2026-03-01")
      try await shop.visit("a3", on: "2026-03-01")
      try await shop.run("2026-03-02")
      func keys(_ filter: AlertFilter) async throws -> [String] {
        try await shop.log { try await $0.list(filter) }.alerts.map(\.entityKey)
      }
      #expect(try await keys(AlertFilter()) == ["a3", "a1", "a2", "b1"])
      #expect(try await keys(AlertFilter(states: ["closed"])) == ["a3"])
      #expect(try await keys(AlertFilter(rules: ["other"])) == [])
      #expect(try await keys(AlertFilter(rules: ["quiet"], severities: [.high])) == ["b1"])
      #expect(try await keys(AlertFilter(entity: "NAME OF A")) == ["a3", "a1", "a2"])
      #expect(try await keys(AlertFilter(entity: "a%")) == [])
      #expect(try await keys(AlertFilter(limit: 2, offset: 2)) == ["a2", "b1"])
      let beyond = try await shop.log { try await $0.list(AlertFilter(limit: 2, offset: 8)) }
      #expect(beyond.alerts.isEmpty && beyond.total == 4)
    }
  }
}

extension Shop {
  /// Reads alerts of the first firm.
  func log<Result: Sendable>(
    _ body: @Sendable (AlertLog) async throws -> Result
  ) async throws -> Result {
    try await TenantSession.inTenant("1", on: connection) { connection in
      try await body(AlertLog(connection: connection, tenant: "1"))
    }
  }

  /// The story of the alert about an account.
  func story(_ code: String, rule: String = "quiet") async throws -> AlertStory {
    try await log { log in
      let alert = try #require(try await log.find(rule: rule, entity: code).first)
      return try await log.story(of: alert)
    }
  }

  /// Changes an account's weight.
  func weigh(_ code: String, _ weight: Int) async throws {
    _ = try await connection.query(
      "UPDATE account SET weight = \(bind: weight) WHERE code = \(bind: code)")
  }
}

extension AlertStory {
  var changes: [Change] {
    entries.compactMap { if case .change(let change) = $0.event { change } else { nil } }
  }

  var actions: [Action] {
    entries.compactMap { if case .action(let action) = $0.event { action } else { nil } }
  }

  var deliveries: [Delivery] {
    entries.compactMap { if case .delivery(let delivery) = $0.event { delivery } else { nil } }
  }
}

import Engine
import Expressions
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing

@Suite("A digest")
struct DigestTests {
  @Test("lists all of a recipient's alerts in one message at the set time, across rules")
  func oneMessage() async throws {
    try await withShop(rules: [DigestRules.quiet(), DigestRules.heavy]) { shop in
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      try await shop.add(["z9"], visited: "2026-01-01", weight: 1234)
      let report = try await shop.run("2026-03-02")
      #expect(report.rules.map(\.counts.digested) == [2, 3])
      #expect(report.rules.map(\.counts.emails) == [0, 0])

      // Eight in Berlin is seven in London.
      #expect(try await shop.sendDigests("2026-03-02 06:59") == DigestReport())
      #expect(try await shop.mails() == [])
      let sent = try await shop.sendDigests("2026-03-02 07:00")
      #expect(sent.messages == 2 && sent.lines == 5)
      #expect(try await shop.sendDigests("2026-03-09 07:00") == DigestReport())

      let mails = try await shop.mails()
      #expect(mails.map(\.to.address) == ["ann@north.example", "boss@north.example"])
      #expect(mails[0].to.name == "Ann Low")
      #expect(mails[0].subject == "4 alerts: 1 high, 2 medium, 1 low")
      #expect(
        mails[0].text == """
          North Ltd, Mar 2, 2026

          Account gone quiet (3)
          - high: Name of z9, quiet for 59 days; since Mar 2, 2026
          - medium: Name of a1, quiet for 59 days; since Mar 2, 2026
          - medium: Name of a2, quiet for 59 days; since Mar 2, 2026

          Account too heavy (1)
          - low: Name of z9 weighs 1,234; since Mar 2, 2026

          """)
      #expect(mails[0].html?.contains("<li><b>high</b> Name of z9, quiet for 59 days") == true)
      #expect(mails[1].subject == "1 alert: 1 low")
      let events = try await shop.connection.query(
        "SELECT type, subject FROM bellwether.event ORDER BY subject")
      #expect(
        events == [
          ["dev.bellwether.digest", "digest/ann@north.example"],
          ["dev.bellwether.digest", "digest/boss@north.example"],
        ])
      #expect(try await shop.value("SELECT count(*) FROM bellwether.delivery") == "2")
      let story = try await shop.story("z9")
      let action = try #require(story.actions.first)
      #expect(action.outcome == "done" && action.due?.iso8601 == "2026-03-02T07:00:00Z")
      #expect(story.deliveries.map(\.event) == [action.event])
    }
  }

  @Test("says of an alert that is over meanwhile that it is, and when")
  func resolved() async throws {
    let rule = DigestRules.quiet(
      """
      lifecycle: {expire_after: 100d}
      when_resolved:
        - email: {to: account.agent, digest: weekly on monday at 08:00, line: "{{account.name}} is back"}
      """, digest: "weekly on monday at 08:00")
    try await withShop(rules: [rule]) { shop in
      try await shop.add(["a1", "a2", "a3"], visited: "2026-01-01")
      try await shop.run("2026-03-03")
      try await shop.visit("a1", on: "2026-03-04")
      try await shop.run("2026-03-05")
      try await shop.connection.execute("DELETE FROM account WHERE code = 'a3'")
      try await shop.run("2026-03-06")
      // It opens once more: the line of the first time says that that time is over.
      try await shop.run("2026-04-20")
      try await shop.sendDigests("2026-03-09 07:00")
      try await shop.sendDigests("2026-04-27 06:00")
      let mails = try await shop.mails()
      #expect(mails.map(\.subject) == ["3 alerts: 3 medium", "1 alert: 1 medium"])
      #expect(
        mails[0].text == """
          North Ltd, Mar 9, 2026

          Account gone quiet (4)
          - medium: Name of a1, quiet for 60 days; since Mar 3, 2026 (resolved Mar 5, 2026)
          - medium: Name of a2, quiet for 60 days; since Mar 3, 2026
          - medium: Name of a3, quiet for 60 days; since Mar 3, 2026 \
          (no longer looked at since Mar 6, 2026)
          - medium: Name of a1 is back; Mar 5, 2026

          """)
      #expect(mails[1].text.contains("Name of a1, quiet for 46 days; since Apr 20, 2026\n"))
    }
  }

  @Test("says that an alert is over while it is on its way to the next opening")
  func pendingAgain() async throws {
    let rule = DigestRules.quiet(
      "lifecycle: {open_after: 2 checks}", digest: "weekly on monday at 08:00")
    try await withShop(rules: [rule]) { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      for day in ["2026-03-02", "2026-03-03"] { try await shop.run(day) }
      try await shop.visit("a1", on: "2026-03-04")
      try await shop.run("2026-03-05")
      try await shop.connection.execute("DELETE FROM visit WHERE at > '2026-03-04'")
      try await shop.run("2026-03-06")
      #expect(try await shop.states("quiet") == [["a1", "pending"]])
      try await shop.sendDigests("2026-03-09 07:00")
      #expect(
        try await shop.mails().map(\.text)
          .filter { $0.contains("since Mar 3, 2026 (resolved Mar 5, 2026)\n") }.count == 1)
    }
  }

  @Test("shows numbers and dates as the tenant's settings say")
  func formats() async throws {
    try await withShop(rules: [DigestRules.heavy]) { shop in
      try await shop.add(["a1"], visited: "2026-01-01", weight: 1234)
      try await shop.add(["s1"], firm: 2, agent: 9, visited: "2026-01-01", weight: 1234)
      let german = shop.speaking("de_DE", to: "north")
      for firm in ["north", "south"] {
        try await german.run("2026-03-02", firm: firm)
        try await german.sendDigests("2026-03-02 08:00", firm: firm)
      }
      let mails = try await shop.mails()
      #expect(
        mails.map(\.to.address) == [
          "ann@north.example", "boss@north.example", "boss@north.example", "cy@south.example",
        ])
      #expect(mails[0].text.contains("wiegt") == false)
      #expect(mails[0].text.contains("weighs 1.234; since 2. März 2026"))
      #expect(mails[3].text.contains("weighs 1,234; since Mar 2, 2026"))
    }
  }

  @Test("follows once more where a run came late, and says nothing twice")
  func late() async throws {
    try await withShop(rules: [DigestRules.quiet()]) { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      try await shop.run("2026-03-02")
      try await shop.sendDigests("2026-03-02 07:00")
      try await shop.add(["a2"], visited: "2026-01-01")
      let tenant = try #require(try await shop.engine.tenants().first { $0.slug == "north" })
      _ = try await shop.engine.run(
        RunRequest(
          name: "late", rules: Array(shop.ruleSet.rules.values),
          nominal: try #require(Instant("2026-03-02T06:00:00Z", in: .utc)), requestedBy: "test"),
        for: tenant)
      #expect(try await shop.sendDigests("2026-03-02 07:30").messages == 1)
      let mails = try await shop.mails()
      #expect(mails.map(\.subject) == ["1 alert: 1 medium", "1 alert: 1 medium"])
      #expect(mails[0].text.contains("of a1,") && !mails[0].text.contains("of a2,"))
      #expect(mails[1].text.contains("of a2,") && !mails[1].text.contains("of a1,"))
    }
  }

  @Test("tells workers through the directory which tenants have one due")
  func directory() async throws {
    try await withShop(rules: [DigestRules.quiet()]) { shop in
      func due(_ time: String) async throws -> Set<String> {
        let due: Instant = try #require(Instant(time + "Z", in: .utc))
        return try await DigestStore.dueTenants(by: due, on: shop.connection)
      }
      try await shop.add(["a1"], visited: "2026-01-01")
      try await shop.run("2026-03-02")
      #expect(try await due("2026-03-02 06:59") == [])
      #expect(try await due("2026-03-02 07:00") == ["1"])
      try await shop.sendDigests("2026-03-02 07:00")
      #expect(try await due("2026-12-31 07:00") == [])
      #expect(try await DigestStore.dueTenants(on: shop.connection) == [])
    }
  }

  @Test("takes mails that a rate stops, next morning or in the digest they are for")
  func overflow() async throws {
    let rule = Shop.quiet("limits: {per_recipient: 1 per day, overflow: digest}")
    try await withShop(rules: [rule]) { shop in
      try await shop.add(["a1", "a2", "a3"], visited: "2026-01-01")
      let counts = try #require(try await shop.run("2026-03-28").rules.first?.counts)
      #expect(counts.tasks == 1 && counts.emails == 1 && counts.webhooks == 3)
      #expect(counts.held == 2, "tasks are nothing for a digest")
      #expect(counts.digested == 2)
      let waiting = try await shop.connection.query(
        """
        SELECT entity_key, reason, due AT TIME ZONE 'UTC' FROM bellwether.action
        WHERE outcome = 'digest' ORDER BY 1
        """)
      // Clocks go forward that night.
      #expect(
        waiting == [
          ["a2", "per_recipient", "2026-03-29 06:00:00"],
          ["a3", "per_recipient", "2026-03-29 06:00:00"],
        ])
      try await shop.sendDigests("2026-03-29 06:00")
      let digest = try #require(try await shop.mails().first { $0.subject.hasPrefix("2 alerts") })
      #expect(digest.text.contains("- medium: Name of a2 has gone quiet; since Mar 28, 2026\n"))
      let reasons = try await shop.connection.query(
        "SELECT DISTINCT outcome, reason FROM bellwether.action WHERE event_id IS NOT NULL AND due IS NOT NULL"
      )
      #expect(reasons == [["done", "per_recipient"]])
      #expect(try await shop.run("2026-03-29").rules.first?.counts.tasks == 1, "the next window")
    }
  }

  @Test("costs its recipient nothing of a limit, and waits when more match than expected")
  func limits() async throws {
    let rule = DigestRules.quiet("limits: {per_recipient: 1 per day, max_matches: 3}")
    try await withShop(rules: [rule]) { shop in
      try await shop.add(["a1", "a2", "a3"], visited: "2026-01-01")
      #expect(try await shop.run("2026-03-02").rules.first?.counts.digested == 3)
      try await shop.add(["b1"], visited: "2026-01-01")
      let counts = try #require(try await shop.run("2026-03-03").rules.first?.counts)
      #expect(counts.digested == 0 && counts.held == 1)
      #expect(try await shop.sendDigests("2026-03-04 07:00").lines == 3)
    }
  }

  @Test("joins the next digest when a limit lets it go")
  func released() async throws {
    let rule = DigestRules.quiet("limits: {per_rule: 1 per day}")
    try await withShop(rules: [rule]) { shop in
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      let counts = try #require(try await shop.run("2026-03-02").rules.first?.counts)
      #expect(counts.digested == 1 && counts.held == 1)
      #expect(try await shop.sendDigests("2026-03-02 07:00").lines == 1)
      try await shop.run("2026-03-03")
      #expect(try await shop.sendDigests("2026-03-03 06:59").lines == 0)
      #expect(try await shop.sendDigests("2026-03-03 07:00").lines == 1)
    }
  }

  @Test("fails a line that cannot be read, and sends the others")
  func unreadable() async throws {
    try await withShop(rules: [DigestRules.quiet()]) { shop in
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      try await shop.run("2026-03-02")
      try await shop.connection.execute(
        "UPDATE bellwether.action SET payload = '{}' WHERE entity_key = 'a1'")
      let report = try await shop.sendDigests("2026-03-02 07:00")
      #expect(report.messages == 1 && report.lines == 1 && report.unreadable == 1)
      #expect(
        try await shop.value("SELECT reason FROM bellwether.action WHERE outcome = 'failed'")
          == "what waited cannot be read")
    }
  }
}

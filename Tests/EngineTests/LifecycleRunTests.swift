import Engine
import Expressions
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing

@Suite("In the life of an alert, a run")
struct LifecycleRunTests {
  /// An account is reported lost as soon as its segment says so.
  ///
  /// The name comes after `quiet`, so that only `suppressed_by` puts the rule first.
  static let quitting = """
    rule: z_quitting
    owner: ops@north.example
    for_each: account
    when: account.segment == "lost"
    then:
      - email: {to: all@north.example, subject: "{{account.name}} quits", body: B}
    """

  static let suppressed = Shop.quiet("suppressed_by: [z_quitting]")

  @Test("holds back what another rule's alert suppresses, and opens it once that is over")
  func suppression() async throws {
    try await withShop(rules: [Self.suppressed, Self.quitting]) { shop in
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      try await shop.setSegment("a1", "lost")

      let first = try await shop.run("2026-03-01")
      #expect(first.counts("z_quitting").opened == 1)
      let held = first.counts("quiet")
      #expect(held.matched == 2 && held.opened == 1 && held.suppressed == 1 && held.tasks == 1)
      #expect(try await shop.states("quiet") == [["a1", "pending"], ["a2", "open"]])

      let skipped = """
        SELECT string_agg(kind || ' ' || reason, ', ' ORDER BY kind) FROM bellwether.action
        WHERE rule = 'quiet' AND entity_key = 'a1' AND outcome = 'skipped'
        """
      let all = ["email", "task", "update", "webhook"]
        .map { "\($0) suppressed_by:z_quitting" }.joined(separator: ", ")
      #expect(try await shop.value(SQL(trusted: skipped)) == all)

      // Alone, the rule goes by how the other's alerts stand.
      let alone = try await shop.run("2026-03-02", only: ["quiet"])
      #expect(alone.counts("quiet").suppressed == 1 && alone.counts("quiet").opened == 0)
      #expect(try await shop.value("SELECT risk FROM account WHERE code = 'a1'") == nil)

      try await shop.setSegment("a1", "kept")
      let released = try await shop.run("2026-03-03")
      #expect(released.counts("z_quitting").resolved == 1)
      #expect(released.counts("quiet").opened == 1 && released.counts("quiet").suppressed == 0)
      let runs = try await shop.connection.query(
        "SELECT suppressed FROM bellwether.rule_run WHERE rule = 'quiet' ORDER BY run_id")
      #expect(runs.compactMap { $0[0] }.sorted() == ["0", "1", "1"])
      // Said once, and none of it keeps the alert from acting when it opens.
      #expect(try await shop.value(SQL(trusted: skipped)) == all)
      #expect(
        try await shop.value(
          """
          SELECT count(*) FROM bellwether.action
          WHERE rule = 'quiet' AND entity_key = 'a1' AND outcome = 'done'
          """) == "4")
    }
  }

  @Test("is not held back by the alerts of a rule on trial, however old they are")
  func trialHoldsNothingBack() async throws {
    try await withShop(rules: [Self.suppressed, Self.quitting + "\nmode: dry_run"]) { shop in
      try await shop.add(["a1"], visited: "2026-02-15")
      try await shop.setSegment("a1", "lost")
      #expect(try await shop.run("2026-03-01").counts("z_quitting").opened == 1)
      let later = try await shop.run("2026-03-20").counts("quiet")
      #expect(later.opened == 1 && later.suppressed == 0)
    }
  }

  @Test("counts anew once the condition was edited, and opens at the end of that count")
  func editedCount() async throws {
    let rule = Shop.quiet("lifecycle: {open_after: 2 checks}")
    try await withShop(rules: [rule]) { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      #expect(try await shop.run("2026-03-01").counts("quiet").opened == 0)
      let edited = try shop.with(rules: [rule.replacing(">= 30d", with: ">= 29d")])
      #expect(try await edited.run("2026-03-02").counts("quiet").opened == 0)
      #expect(try await edited.run("2026-03-03").counts("quiet").opened == 1)
    }
  }

  @Test("closes the tasks of the episode that ends, and not those of one that expired")
  func tasksOfTheEpisode() async throws {
    try await withShop(rules: [Shop.quiet("lifecycle: {expire_after: 5d}")]) { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      #expect(try await shop.run("2026-03-06").counts("quiet").resolved == 1)
      try await shop.visit("a1", on: "2026-03-07")
      try await shop.run("2026-03-08")
      #expect(try await shop.run("2026-04-20").counts("quiet").opened == 1)
      try await shop.visit("a1", on: "2026-04-21")
      #expect(try await shop.run("2026-04-22").counts("quiet").resolved == 1)
      #expect(
        try await shop.connection.query("SELECT done FROM todo ORDER BY id") == [["f"], ["t"]])
    }
  }

  @Test("keeps silent of an open alert that is held back, and yet closes it")
  func silence() async throws {
    let rule = Shop.quiet("suppressed_by: [z_quitting]\nremind: every 1d")
    try await withShop(rules: [rule, Self.quitting]) { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      try await shop.run("2026-03-01")
      try await shop.setSegment("a1", "lost")
      try await shop.connection.execute("UPDATE account SET weight = 12")
      for day in ["2026-03-02", "2026-03-03"] {
        let counts = try await shop.run(day).counts("quiet")
        #expect(counts.reminded == 0 && counts.emails == 0 && counts.suppressed == 0, "\(day)")
      }
      try await shop.setSegment("a1", "kept")
      // What rose meanwhile is told now.
      #expect(try await shop.run("2026-03-04").counts("quiet").tasks == 1)
      #expect(
        try await shop.value("SELECT severity FROM bellwether.alert WHERE rule = 'quiet'") == "high"
      )

      try await shop.setSegment("a1", "lost")
      try await shop.visit("a1", on: "2026-03-04")
      #expect(try await shop.run("2026-03-05").counts("quiet").resolved == 1)
      #expect(try await shop.value("SELECT risk FROM account") == "fine")
    }
  }

  @Test("reminds with mails and webhooks alone, at most as often as it may")
  func reminders() async throws {
    try await withShop(rules: [Shop.quiet("remind: every 7d, at most 2 times")]) { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      var days: [String] = []
      // Clocks change on 29 March; the runs are at 02:00 UTC every day.
      for (month, last) in [("03", 31), ("04", 12)] {
        for day in 1...last {
          let date = "2026-\(month)-\(day < 10 ? "0" : "")\(day)"
          let counts = try await shop.run(date).counts("quiet")
          if counts.reminded == 1 { days.append(date) }
          #expect(counts.tasks == (date == "2026-03-01" ? 1 : 0))
          #expect(counts.emails == counts.reminded + (date == "2026-03-01" ? 1 : 0))
        }
      }
      #expect(days == ["2026-03-08", "2026-03-15"])
      let types = try await shop.connection.query(
        """
        SELECT type, count(*), count(DISTINCT dedupe_key) FROM bellwether.event
        GROUP BY type ORDER BY type
        """)
      #expect(
        types == [
          ["dev.bellwether.alert.opened", "2", "2"], ["dev.bellwether.alert.reminded", "4", "4"],
        ])
      #expect(try await shop.value("SELECT reminders FROM bellwether.alert") == "2")
      #expect(try await shop.value("SELECT count(*) FROM todo") == "1")
    }
  }

  @Test("compares with what a value was at the opening, and says it")
  func openedValues() async throws {
    let rule = """
      rule: falling
      owner: ops@north.example
      for_each: account
      values: {takings: "spent[30d]", gap: since(last_visit)}
      when: takings < 25
      lifecycle: {resolve_when: takings >= opened.takings + 20}
      remind: every 1d
      then:
        - email:
            to: all@north.example
            subject: "was {{number(opened.takings)}}, {{days(opened.gap)}}; is {{number(takings)}}"
            body: "{{severity}}"
      when_resolved:
        - email:
            to: all@north.example
            subject: "up from {{number(opened.takings)}} to {{number(takings)}}"
            body: B
            where: opened.takings is not missing
        - update: {account.weight_was: opened.takings}
      """
    try await withShop(rules: [rule]) { shop in
      try await shop.add(["a1"], visited: "2026-03-01")
      for day in ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"] {
        try await shop.run(day)
        try await shop.visit("a1", on: day)
      }
      let subjects = try await shop.connection.query(
        """
        SELECT convert_from(body, 'UTF8')::jsonb->>'subject' FROM bellwether.event ORDER BY id
        """)
      #expect(
        subjects == [
          ["was 10, 0 days; is 10"], ["was 10, 0 days; is 20"], ["up from 10 to 30"],
        ])
      #expect(try await shop.value("SELECT weight_was FROM account") == "10")
    }
  }

  @Test("is left out without fresh rows, tells the owner once a spell, and says so")
  func freshness() async throws {
    let rules = [Shop.quiet("needs_fresh: visits within 26h"), Self.quitting]
    try await withShop(rules: rules) { shop in
      try await shop.add(["a1", "a2"], visited: "2026-01-01")
      try await shop.setSegment("a2", "lost")
      try await shop.visit("a2", on: "2026-03-01")

      let fresh = try await shop.run("2026-03-02")
      #expect(fresh.stale("quiet") == nil && fresh.counts("quiet").opened == 1)

      // a1 came back, and nobody knows yet when: nothing closes either.
      try await shop.connection.execute("UPDATE account SET state = 'closed' WHERE code = 'a1'")
      let stale = try await shop.run("2026-03-03")
      #expect(
        stale.stale("quiet")?.words(in: .utc)
          == "rows of visits within 26h are needed, and the newest arrived 2026-03-01 12:00")
      #expect(stale.stale("quiet")?.isOwnerTold == true)
      #expect(stale.counts("quiet") == RuleCounts() && stale.counts("z_quitting").matched == 1)
      for (day, told) in [("2026-03-03", false), ("2026-03-04", false)] {
        #expect(try await shop.run(day).stale("quiet")?.isOwnerTold == told)
      }
      #expect(try await shop.states("quiet") == [["a1", "open"]])

      try await shop.visit("a2", on: "2026-03-04")
      #expect(try await shop.run("2026-03-05").counts("quiet").resolved == 1)
      #expect(try await shop.run("2026-03-07").stale("quiet")?.isOwnerTold == true)
      // A run for an earlier time ends no spell and begins none.
      #expect(try await shop.run("2026-03-05").stale("quiet") == nil)
      #expect(try await shop.run("2026-03-08").stale("quiet")?.isOwnerTold == false)

      let mails = try await shop.connection.query(
        """
        SELECT convert_from(body, 'UTF8')::jsonb->'to'->>'address',
          convert_from(body, 'UTF8')::jsonb->>'subject' FROM bellwether.event
        WHERE type = 'dev.bellwether.rule.stale'
        """)
      let mail = ["ops@north.example", "Account gone quiet is waiting for new rows of visits"]
      #expect(mails == [mail, mail])
      let skipped = try await shop.value(
        "SELECT count(*) FROM bellwether.rule_run WHERE skip_reason = 'stale: visits'")
      #expect(skipped == "5")
    }
  }

  @Test("says of a rule without an owner's address that it is left out, and tells nobody")
  func staleWithoutOwner() async throws {
    let rule = Shop.quiet("needs_fresh: visits within 26h")
      .replacing("owner: ops@north.example", with: "owner: the night shift")
    try await withShop(rules: [rule]) { shop in
      let report = try await shop.run("2026-03-01")
      let stale = try #require(report.stale("quiet"))
      #expect(!stale.isOwnerTold)
      #expect(stale.words(in: .utc) == "rows of visits within 26h are needed, and there are none")
      #expect(try await shop.value("SELECT count(*) FROM bellwether.event") == "0")
    }
  }

  @Test("asks each source once for all rules")
  func oneQuestion() async throws {
    let rules = ["one", "two", "three"].map { name in
      """
      rule: \(name)
      owner: ops@north.example
      for_each: account
      needs_fresh: visits within 26h
      when: account.segment == "\(name)"
      then:
        - email: {to: all@north.example, subject: \(name), body: B}
      """
    }
    try await withShop(rules: rules) { shop in
      let before = try await shop.scans()
      try await shop.run("2026-03-01")
      let after = try await shop.scans()
      #expect(after - before == 1)
    }
  }

  @Test("shows what would hold an alert back")
  func look() async throws {
    let rule = Shop.quiet("suppressed_by: [z_quitting]\nneeds_fresh: visits within 365d")
    try await withShop(rules: [rule, Self.quitting]) { shop in
      try await shop.add(["a1"], visited: "2026-01-01")
      try await shop.setSegment("a1", "lost")
      try await shop.run("2026-03-01", only: ["z_quitting"])
      let tenant = try #require(try await shop.engine.tenants().first { $0.slug == "north" })
      let quiet = try #require(shop.ruleSet.rules["quiet"])
      func look(_ day: String) async throws -> EntityLook? {
        let time = try #require(Instant(day + "T02:00:00Z", in: .utc))
        return try await shop.engine.look(at: "a1", by: quiet, at: time, for: tenant)
      }
      let held = try #require(try await look("2026-03-02"))
      #expect(held.suppressors == ["z_quitting"] && held.actions.isEmpty && held.stale == nil)
      #expect(try await look("2027-03-02")?.stale != nil)
    }
  }
}

extension TenantReport {
  func counts(_ rule: String) -> RuleCounts {
    rules.first { $0.rule == rule }?.counts ?? RuleCounts()
  }

  func stale(_ rule: String) -> StaleSource? { rules.first { $0.rule == rule }?.stale }
}

extension Shop {
  func setSegment(_ code: String, _ segment: String) async throws {
    _ = try await connection.query(
      "UPDATE account SET segment = \(bind: segment) WHERE code = \(bind: code)")
  }

  func states(_ rule: String) async throws -> [[String?]] {
    try await connection.query(
      """
      SELECT entity_key, state FROM bellwether.alert WHERE rule = \(bind: rule) ORDER BY 1
      """)
  }

  /// How often the visits were read from the beginning, as far as this session knows.
  func scans() async throws -> Int {
    let reads = try await value(
      """
      SELECT pg_stat_get_numscans('visit'::regclass) + pg_stat_get_xact_numscans('visit'::regclass)
      """)
    return reads.flatMap { Int($0) } ?? 0
  }
}

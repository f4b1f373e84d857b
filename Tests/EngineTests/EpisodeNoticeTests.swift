import Engine
import Expressions
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing

/// Two firms live through the same random history, one of them disturbed.
///
/// Its runs are killed before they commit, repeated, come late, and meet edited texts and engines
/// made anew.
@Suite("People are told")
struct EpisodeNoticeTests {
  @Test(
    "once an episode and once a rise, whatever happens to runs", arguments: [1, 2, 3] as [UInt64])
  func histories(seed: UInt64) async throws {
    try await withShop(rules: [Self.rule("at first")]) { shop in
      try await shop.prepareCrashes()
      var history = Disturbances(seed: seed)
      for number in 1...4 {
        try await shop.add(["n\(number)"], firm: 1, visited: "2026-01-01")
        try await shop.add(["s\(number)"], firm: 2, agent: 9, visited: "2026-01-01")
      }
      var disturbed = try await shop.onAnotherConnection()
      for day in 2...32 {
        let date = CivilDate(daysSinceEpoch: Self.first + day).iso8601
        try await history.live(day: date, in: shop)
        try await shop.run(date, firm: "south")
        disturbed = try await history.run(date, by: disturbed)
      }

      for facts in Self.facts {
        let north = try await shop.connection.query(facts("n", "1"))
        #expect(try await shop.connection.query(facts("s", "2")) == north)
      }
      let episodes = try await shop.value(
        "SELECT sum(episode) FROM bellwether.alert WHERE tenant_id = '1'")
      let opened = try await shop.value(
        """
        SELECT count(*) FROM bellwether.event
        WHERE tenant_id = '1' AND type = 'dev.bellwether.alert.opened'
        """)
      #expect(episodes == opened)
      #expect(history.crashes > 2 && history.repeats > 2 && history.edits > 0)
      let kinds = try await shop.connection.query(
        "SELECT DISTINCT type FROM bellwether.event WHERE tenant_id = '1'")
      #expect(kinds.count == 4, "opened, updated, reminded, resolved")
    }
  }

  private static let first = CivilDate(year: 2026, month: 1, day: 1).daysSinceEpoch

  /// The rule, with other words each time it is edited.
  static func rule(_ words: String) -> String {
    """
    rule: quiet
    title: Gone quiet, \(words)
    owner: ops@north.example
    for_each: account
    values: {quiet_for: since(last_visit)}
    when: quiet_for >= 3d
    severity: {high: account.weight >= 10, medium: otherwise}
    lifecycle: {resolve_after: 2 checks, reopen_within: 3d, cooldown: 2d}
    remind: every 3d, at most 2 times
    then:
      - task: {title: "Call, \(words)"}
      - email: {to: all@shop.example, subject: "{{account.name}}, \(words)", body: B}
      - update: {account.risk: quiet}
    when_resolved:
      - task: close
      - email: {to: all@shop.example, subject: "{{account.name}} is back, \(words)", body: B}
      - update: {account.risk: fine}
    """
  }

  /// What must be the same for both firms, apart from the first letter of their accounts.
  private static let facts: [@Sendable (_ letter: String, _ firm: String) -> SQL] = [
    { letter, firm in
      """
      SELECT replace(dedupe_key, \(bind: "|" + letter), '|'), kind, outcome, severity
      FROM bellwether.action WHERE tenant_id = \(bind: firm) ORDER BY 1
      """
    },
    { letter, firm in
      """
      SELECT replace(dedupe_key, \(bind: "|" + letter), '|'), type FROM bellwether.event
      WHERE tenant_id = \(bind: firm) ORDER BY 1
      """
    },
    { _, firm in
      """
      SELECT right(entity_key, 1), state, severity, episode, streak, opened_at, closed_at,
        close_reason, last_observed_at, reminders, reminded_at
      FROM bellwether.alert WHERE tenant_id = \(bind: firm) ORDER BY 1
      """
    },
    { _, firm in
      """
      SELECT right(account_code, 1), done, count(*) FROM todo
      WHERE firm_id = \(bind: firm)::bigint GROUP BY 1, 2 ORDER BY 1, 2
      """
    },
    { _, firm in
      "SELECT right(code, 1), risk FROM account WHERE firm_id = \(bind: firm)::bigint ORDER BY 1"
    },
  ]
}

/// What happens to the business and to one firm's runs.
private struct Disturbances {
  private var random: SeededGenerator
  private(set) var crashes = 0
  private(set) var repeats = 0
  private(set) var edits = 0

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  private mutating func happens(oneIn count: Int) -> Bool {
    Int.random(in: 0..<count, using: &random) == 0
  }

  /// The same visits and weights for the accounts of both firms.
  mutating func live(day: String, in shop: Shop) async throws {
    for number in 1...4 {
      if happens(oneIn: 6) {
        try await shop.visit("n\(number)", firm: 1, on: day)
        try await shop.visit("s\(number)", firm: 2, on: day)
      }
      if happens(oneIn: 5) {
        let weight = [1, 1, 20].randomElement(using: &random) ?? 1
        _ = try await shop.connection.query(
          "UPDATE account SET weight = \(bind: weight) WHERE right(code, 1) = \(bind: "\(number)")")
      }
    }
  }

  /// Runs the first firm's rules for a day in the end, and returns what to go on with.
  mutating func run(_ day: String, by shop: Shop) async throws -> Shop {
    var shop = shop
    if happens(oneIn: 5) {
      edits += 1
      shop = try shop.with(rules: [EpisodeNoticeTests.rule("edit \(edits)")])
    }
    while happens(oneIn: 3) {
      let table = Shop.crashing.randomElement(using: &random) ?? "run"
      if try await shop.crashes(at: table, on: day) {
        crashes += 1
        shop = try await shop.onAnotherConnection()
      }
    }
    try await shop.run(day)
    if happens(oneIn: 3) {
      repeats += 1
      let counts = try await shop.run(day).counts("quiet")
      #expect(counts.opened + counts.resolved + counts.reminded == 0)
    }
    if happens(oneIn: 4) { try await shop.run("2026-01-02") }
    if happens(oneIn: 4) { shop = try await shop.onAnotherConnection() }
    return shop
  }
}

extension Shop {
  /// Where a run can be killed: after it wrote to one of these.
  fileprivate static let crashing = ["alert", "action", "event", "delivery", "run", "rule_run"]

  /// Lets a session be killed right after a statement on the table that `crash` names.
  fileprivate func prepareCrashes() async throws {
    let triggers = Self.crashing.map { table in
      """
      CREATE TRIGGER crash AFTER INSERT OR UPDATE ON bellwether.\(table)
        FOR EACH STATEMENT EXECUTE FUNCTION crash();
      """
    }
    try await connection.execute(
      script: """
        CREATE TABLE crash (table_name text);
        CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT FROM crash WHERE table_name = TG_TABLE_NAME) THEN
            PERFORM pg_terminate_backend(pg_backend_pid());
          END IF;
          RETURN NULL;
        END
        $$;
        \(triggers.joined())
        """)
  }

  /// Runs a day until the session is killed at a table; false if the run never came there.
  fileprivate func crashes(at table: String, on day: String) async throws -> Bool {
    let other = try await database.connect()
    _ = try await other.query("INSERT INTO crash VALUES (\(bind: table))")
    var isKilled = false
    do {
      try await run(day)
    } catch {
      isKilled = true
    }
    _ = try await other.query("DELETE FROM crash")
    return isKilled
  }
}

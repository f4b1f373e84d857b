import Engine
import Expressions
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing

@Suite("Leaving out rows that no rule looks at")
struct PreFilterRunTests {
  /// Sees every row and matches none: beside it nothing is left out.
  private static let everything = """
    rule: everything
    owner: ops@north.example
    for_each: account
    when: account.weight < 0
    """

  @Test("changes nothing that runs find, keep, write and say")
  func same() async throws {
    var leftOut = 0
    var all = RuleCounts()
    for seed: UInt64 in 1...12 {
      var generator = SeededGenerator(seed: seed)
      var rules: [String] = []
      for number in 1...3 { rules.append(Self.rule("r\(number)", using: &generator)) }
      var changes: [[SQL]] = []
      for day in ["01-01", "02-18", "02-25", "03-04"] {
        changes.append(Self.changes(on: "2026-\(day)", isFirst: changes.isEmpty, using: &generator))
      }
      let narrow = try await History(rules: rules, changes: changes)
      let whole = try await History(rules: rules + [Self.everything], changes: changes)
      #expect(narrow.days == whole.days, "seed \(seed): \(rules)")
      #expect(narrow.tables == whole.tables, "seed \(seed): \(rules)")
      leftOut += whole.rowsRead - narrow.rowsRead
      for counts in whole.days.flatMap(\.counts.values) {
        all.opened += counts.opened
        all.unknown += counts.unknown
        all.errors += counts.errors
        all.ahead += counts.ahead
        all.resolved += counts.resolved
        all.held += counts.held
      }
    }
    #expect(leftOut > 500)
    let seen = [all.opened, all.unknown, all.errors, all.ahead, all.resolved, all.held]
    #expect(seen.allSatisfy { $0 > 0 }, "\(seen)")
  }

  @Test("fetches a row that an alert waits for, and closes the alert with the row's values")
  func awaited() async throws {
    try await withShop { shop in
      try await shop.add(["a1", "a2", "a3"], visited: "2026-01-01")
      try await shop.connection.execute(
        script: "UPDATE account SET state = 'closed' WHERE code = 'a3'")
      #expect(try await shop.run("2026-03-01").rowsRead == 2)
      try await shop.connection.execute(
        script: "UPDATE account SET state = 'closed', name = 'New name'")
      let second = try await shop.run("2026-03-02")
      #expect(second.rowsRead == 2 && second.rules[0].counts.resolved == 2)
      let alerts = try await shop.connection.query(
        "SELECT DISTINCT label, state, close_reason FROM bellwether.alert")
      #expect(alerts == [["New name", "closed", "out_of_scope"]])
      #expect(try await shop.run("2026-03-03").rowsRead == 0)
    }
  }

  private static let texts = [
    "a", "A", "\u{E4}", "a\u{308}", "it's", #"back\slash"#, "", " a", "{a,b}", #"say "a""#,
  ]

  /// A rule whose scope SQL can ask in part at least.
  private static func rule(_ name: String, using generator: inout SeededGenerator) -> String {
    let scope =
      "(\(asked(depth: 1, using: &generator))) and (\(asked(depth: 2, using: &generator)))"
      + (Bool.random(using: &generator) ? " and (\(any(using: &generator)))" : "")
    return """
      rule: \(name)
      owner: ops@north.example
      for_each: account
      where: >-
        \(scope)
      values: {quiet_for: since(last_visit)}
      when: quiet_for >= \(Int.random(in: 5...30, using: &generator))d
      severity: {high: account.weight >= 10, medium: otherwise}
      lifecycle:
        open_after: \(Int.random(in: 1...2, using: &generator)) check
        resolve_after: \(Int.random(in: 1...2, using: &generator)) check
        expire_after: \(Int.random(in: 4...60, using: &generator))d
      limits: {max_matches: \(Int.random(in: 5...60, using: &generator))% of population}
      then:
        - task: {title: "Call {{account.name}}", assign_to: account.agent}
        - webhook: {endpoint: crm}
      when_resolved:
        - task: close
        - update: {account.risk: "\(name)"}
      """
  }

  /// A condition that SQL decides.
  private static func asked(depth: Int, using generator: inout SeededGenerator) -> String {
    switch Int.random(in: 0..<(depth > 0 ? 10 : 7), using: &generator) {
    case 0: "account.segment == \(literal(using: &generator))"
    case 1: "account.segment != \(literal(using: &generator))"
    case 2: "account.segment in [\(literal(using: &generator)), \(literal(using: &generator))]"
    case 3: "account.vip"
    case 4: "account.segment is missing"
    case 5: "account.vip is not missing"
    case 6: #"account.state == "active""#
    case 7: "not (\(asked(depth: depth - 1, using: &generator)))"
    case 8:
      "(\(asked(depth: depth - 1, using: &generator))) and "
        + "(\(asked(depth: depth - 1, using: &generator)))"
    default:
      "(\(asked(depth: depth - 1, using: &generator))) or "
        + "(\(asked(depth: depth - 1, using: &generator)))"
    }
  }

  /// A condition that SQL does not decide; it fails or is unknown for some.
  private static func any(using generator: inout SeededGenerator) -> String {
    [
      "account.weight > 3", "visits[30d] > 0", "since(last_visit) > 1d",
      "double(account.segment) > 1", "account.vip or account.weight > 5",
      "not (account.vip and account.weight > 5)",
    ].randomElement(using: &generator) ?? ""
  }

  private static func literal(using generator: inout SeededGenerator) -> String {
    let text = texts.randomElement(using: &generator) ?? ""
    return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  /// What happens to the business before a run: new accounts at first, later what they become.
  private static func changes(
    on day: String, isFirst: Bool, using generator: inout SeededGenerator
  ) -> [SQL] {
    (1...60).flatMap { number -> [SQL] in
      let code = "a\(number)"
      guard isFirst || Int.random(in: 0..<3, using: &generator) == 0 else { return [] }
      let segment = ([nil] + texts).randomElement(using: &generator) ?? nil
      let vip: Bool? = [nil, true, false].randomElement(using: &generator) ?? nil
      let state = Int.random(in: 0..<4, using: &generator) == 0 ? "closed" : "active"
      let weight = Int.random(in: 1...12, using: &generator)
      let upsert: SQL = """
        INSERT INTO account (code, firm_id, name, agent_id, segment, vip, state, weight)
        VALUES (\(bind: code), 1, \(bind: "\(code) on \(day)"), 7, \(bind: segment),
          \(bind: vip)::boolean, \(bind: state), \(bind: weight))
        ON CONFLICT (code) DO UPDATE SET segment = excluded.segment, vip = excluded.vip,
          state = excluded.state, name = excluded.name, weight = excluded.weight
        """
      let visit: SQL = "INSERT INTO visit VALUES (1, \(bind: code), \(bind: day)::date, 10)"
      let loss: SQL = "DELETE FROM account WHERE code = \(bind: code)"
      return switch Int.random(in: 0..<8, using: &generator) {
      case 0: [upsert]
      case 1 where !isFirst: [loss]
      default: [upsert, visit]
      }
    }
  }
}

/// What some days of one business came to; the rule `everything` is not looked at.
private struct History: Sendable {
  struct Day: Sendable, Equatable {
    var counts: [String: RuleCounts]
    var matches: [String: [RuleReport.Match]]
  }

  private(set) var days: [Day] = []
  private(set) var tables: [[[String?]]] = []
  private(set) var rowsRead = 0

  init(rules: [String], changes: [[SQL]]) async throws {
    self = try await withTestDatabase { database in
      try await History(Shop.open(database, rules: rules), changes: changes)
    }
  }

  private init(_ shop: Shop, changes: [[SQL]]) async throws {
    try await shop.connection.execute(
      script: """
        CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
        ALTER TABLE account ALTER segment TYPE text COLLATE loose
        """)
    for (changes, day) in zip(changes, ["2026-02-10", "2026-02-20", "2026-03-01", "2026-03-10"]) {
      for change in changes { _ = try await shop.connection.query(change) }
      for isDry in [true, false] { try await run(shop, day, isDry: isDry) }
    }
    // A time that is over, then one at which much has expired.
    for day in ["2026-02-25", "2026-03-20", "2026-04-20"] {
      try await run(shop, day, isDry: false)
    }
    try await readTables(shop.connection)
  }

  private mutating func run(_ shop: Shop, _ day: String, isDry: Bool) async throws {
    let report = try await shop.run(day, dryRun: isDry)
    rowsRead += report.rowsRead
    let rules = report.rules.filter { $0.rule != "everything" }
    days.append(
      Day(
        counts: Dictionary(uniqueKeysWithValues: rules.map { ($0.rule, $0.counts) }),
        matches: Dictionary(uniqueKeysWithValues: rules.map { ($0.rule, $0.matches) })))
  }

  private mutating func readTables(_ connection: Connection) async throws {
    for query: SQL in [
      "SELECT * FROM bellwether.alert ORDER BY rule, entity_key",
      """
      SELECT rule, entity_key, episode, kind, outcome, reason, severity, recipient, decided_at
      FROM bellwether.action ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
      """,
      "SELECT title, owner, account_code, due, done FROM todo ORDER BY 1, 2, 3, 4, 5",
      "SELECT code, risk FROM account ORDER BY code",
      """
      SELECT type, subject, convert_from(body, 'UTF8')::jsonb - 'id' FROM bellwether.event
      ORDER BY 1, 2, 3
      """,
    ] {
      tables.append(try await connection.query(query))
    }
  }
}

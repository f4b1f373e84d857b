import Diagnostics
import Engine
import Expressions
import Foundation
import Postgres
import Rules
import SQLText
import Store
import Support
import Templates
import Testing

/// A small business with two tenants, and an engine over it.
///
/// Accounts are `a1`…; an account matches the rule `quiet` when its last visit is 30 days gone.
struct Shop: Sendable {
  let database: TestDatabase
  let connection: Connection
  let engine: Engine
  let ruleSet: RuleSet
  let limits: TenantLimits

  static let schema = """
    CREATE TABLE firm (id bigint PRIMARY KEY, slug text, name text, zone text);
    CREATE TABLE agent (id bigint PRIMARY KEY, firm_id bigint, name text, email text);
    CREATE TABLE account (
      code text PRIMARY KEY, firm_id bigint NOT NULL, name text NOT NULL, agent_id bigint,
      state text NOT NULL DEFAULT 'active', risk text, weight numeric NOT NULL DEFAULT 1,
      segment text, vip boolean, score numeric(6, 2) CONSTRAINT score_limit CHECK (score < 1000),
      scored_at timestamptz, grade text NOT NULL DEFAULT 'none', weight_was numeric);
    CREATE TABLE visit (
      firm_id bigint NOT NULL, code text NOT NULL, at timestamptz NOT NULL, spent numeric);
    CREATE TABLE todo (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, firm_id bigint NOT NULL,
      title text NOT NULL, notes text, owner bigint, account_code text, due timestamptz,
      done boolean NOT NULL DEFAULT false);
    INSERT INTO firm VALUES (1, 'north', 'North Ltd', 'Europe/Berlin'),
      (2, 'south', 'South Ltd', NULL);
    INSERT INTO agent VALUES (7, 1, 'Ann Low', 'ann@north.example'),
      (8, 1, 'Bob High', NULL), (9, 2, 'Cy Far', 'cy@south.example');
    """

  static let catalog = """
    catalog: 1
    tenants: {table: firm, key: id, slug: slug, name: name, timezone: zone}
    sources:
      visits:
        from: visit v
        tenant: v.firm_id
        time: v.at
        keys: {account: v.code}
        loaded_at: max(v.at)
    entities:
      agent:
        table: agent
        key: id
        tenant: firm_id
        label: name
        fields: {name: text, email: text}
      account:
        table: account
        key: code
        tenant: firm_id
        label: name
        fields:
          name: text
          state: {type: text, one_of: [active, closed]}
          risk: {type: text, writable: true}
          weight: number
          segment: text
          vip: yes_no
          score: {type: number, writable: true}
          scored_at: {type: timestamp, writable: true}
          grade: {type: text, writable: true, one_of: [none, low, high]}
          weight_was: {type: number, writable: true}
          agent: {type: person, entity: agent, column: agent_id}
    metrics:
      last_visit: {of: account, latest: time, from: visits}
      visits: {of: account, count: rows, from: visits, empty: 0}
      spent: {of: account, sum: v.spent, from: visits, empty: 0}
    writes:
      task:
        table: todo
        key: id
        tenant: firm_id
        columns: {title: title, body: notes, assign_to: owner, due: due, entity.id: account_code}
        close: {done: "true"}
    """

  /// The rule that most tests use; `extra` adds keys at the top level.
  static func quiet(_ extra: String = "") -> String {
    """
    rule: quiet
    title: Account gone quiet
    owner: ops@north.example
    for_each: account
    where: account.state == "active"
    values:
      quiet_for: since(last_visit)
    when: quiet_for >= 30d
    severity:
      high: account.weight >= 10
      medium: otherwise
    then:
      - task:
          title: Call {{account.name}}, quiet for {{days(quiet_for)}}
          assign_to: account.agent
          due_in: 3d
      - email:
          to: account.agent
          subject: "{{account.name}} has gone quiet"
          body: "Last visit {{date(last_visit)}}."
      - webhook: {endpoint: crm}
      - update: {account.risk: quiet}
    when_resolved:
      - task: close
      - update: {account.risk: fine}
    \(extra)
    """
  }

  /// Makes the business in an empty database and loads `rules`, which must be right.
  static func open(
    _ database: TestDatabase, rules: [String] = [quiet()], limits: TenantLimits = TenantLimits()
  ) async throws -> Shop {
    let connection = database.connection
    try await connection.execute(script: schema)
    try await Migrator.migrate(connection)
    return Shop(
      database: database, connection: connection, ruleSet: try load(rules), limits: limits)
  }

  private static func load(_ rules: [String]) throws -> RuleSet {
    let sources = rules.map { text in
      let name = text.split(separator: "\n").first { $0.hasPrefix("rule: ") }?.dropFirst(6) ?? "?"
      return SourceText(path: "rules/\(name).yaml", text: text)
    }
    let settings = Settings(endpoints: [
      "crm": EndpointSettings(
        name: "crm", url: "https://crm.example/hook", secretVariables: ["CRM_SECRET"])
    ])
    let (ruleSet, reports) = RuleLoader.load(
      RuleFiles(catalog: SourceText(path: "rules/catalog.yaml", text: catalog), rules: sources),
      settings: settings)
    let errors = reports.flatMap { report in
      report.diagnostics.filter { $0.severity == .error }
        .map { DiagnosticRenderer.text($0, in: report.source) }
    }
    try #require(errors.isEmpty, "\(errors.joined(separator: "\n"))")
    return try #require(ruleSet)
  }

  private init(
    database: TestDatabase, connection: Connection, ruleSet: RuleSet,
    limits: TenantLimits = TenantLimits(), tenantFormats: [String: TextFormats] = [:]
  ) {
    self.database = database
    self.connection = connection
    self.ruleSet = ruleSet
    self.limits = limits
    engine = Engine(
      catalog: ruleSet.catalog, defaultZone: .utc, formats: TextFormats(),
      tenantFormats: tenantFormats, tenantLimits: limits, connection: connection,
      makeID: { UUIDv7(unixMilliseconds: Int64(Date().timeIntervalSince1970 * 1000)) })
  }

  /// The same business as another process sees it.
  func onAnotherConnection() async throws -> Shop {
    Shop(
      database: database, connection: try await database.connect(), ruleSet: ruleSet,
      limits: limits)
  }

  /// The same business with one firm's numbers and dates in those of a locale.
  func speaking(_ locale: String, to firm: String) -> Shop {
    Shop(
      database: database, connection: connection, ruleSet: ruleSet,
      tenantFormats: [firm: TextFormats(locale: locale)])
  }

  /// The same business with other rules, in an engine made anew.
  func with(rules: [String]) throws -> Shop {
    Shop(database: database, connection: connection, ruleSet: try Self.load(rules))
  }

  /// Adds accounts of a firm whose only visit was on `day`.
  func add(
    _ codes: [String], firm: Int = 1, agent: Int? = 7, visited day: String, weight: Int = 1
  ) async throws {
    for code in codes {
      _ = try await connection.query(
        """
        INSERT INTO account (code, firm_id, name, agent_id, weight)
        VALUES (\(bind: code), \(bind: firm), \(bind: "Name of \(code)"),
          \(bind: agent)::bigint, \(bind: weight))
        """)
      try await visit(code, firm: firm, on: day)
    }
  }

  /// Adds as many accounts of the first firm, `m00001` and so on, that nobody has visited; each
  /// is as heavy as its number.
  func addMany(_ count: Int) async throws {
    _ = try await connection.query(
      """
      INSERT INTO account (code, firm_id, name, agent_id, weight)
      SELECT 'm' || lpad(n::text, 5, '0'), 1, 'Account ' || n, 7, n
      FROM generate_series(1, \(bind: count)::integer) AS n
      """)
  }

  /// Adds a visit at noon UTC of `day`.
  func visit(_ code: String, firm: Int = 1, on day: String) async throws {
    _ = try await connection.query(
      """
      INSERT INTO visit VALUES (\(bind: firm), \(bind: code),
        (\(bind: day + " 12:00:00+00"))::timestamptz, 10)
      """)
  }

  /// Runs every rule, or some, for one firm at 02:00 UTC of `day`.
  @discardableResult
  func run(
    _ day: String, firm: String = "north", only names: Set<String>? = nil, dryRun: Bool = false
  ) async throws -> TenantReport {
    let tenant = try await tenant(firm)
    let nominal = try Self.time(day)
    return try await engine.run(
      RunRequest(
        name: "triggers",
        rules: ruleSet.rules.values.filter { names?.contains($0.name) ?? true }
          .sorted { $0.name < $1.name },
        nominal: nominal, isDryRun: dryRun, requestedBy: "test"), for: tenant)
  }

  /// A firm as a tenant.
  func tenant(_ slug: String = "north") async throws -> Tenant {
    try #require(try await engine.tenants().first { $0.slug == slug })
  }

  /// When ``run(_:firm:dryRun:)`` runs on a day.
  static func time(_ day: String) throws -> Instant {
    try #require(Instant(day + "T02:00:00Z", in: .utc))
  }

  /// The single cell of a query.
  func value(_ sql: SQL) async throws -> String? { try await connection.query(sql)[0][0] }
}

/// Runs a test on a new database with a shop in it.
func withShop(
  rules: [String] = [Shop.quiet()], limits: TenantLimits = TenantLimits(),
  _ body: @Sendable (Shop) async throws -> Void
) async throws {
  try await withTestDatabase { database in
    try await body(try await Shop.open(database, rules: rules, limits: limits))
  }
}

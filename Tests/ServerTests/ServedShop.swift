import Diagnostics
import Engine
import Expressions
import Foundation
import FoundationNetworking
import Postgres
import Rules
import SQLText
import Server
import Store
import Support
import Templates
import Testing

/// A small business with two tenants behind the HTTP interface, as a role that row-level security
/// holds for.
struct ServedShop: Sendable {
  let database: TestDatabase
  let address: String
  let metrics: Metrics

  static let secret = "a secret of more than 16 bytes"

  static let schema = """
    CREATE TABLE firm (id bigint PRIMARY KEY, slug text, name text);
    CREATE TABLE account (
      code text PRIMARY KEY, firm_id bigint NOT NULL, name text NOT NULL, debt numeric NOT NULL,
      level text);
    INSERT INTO firm VALUES (1, 'north', 'North Ltd'), (2, 'south', 'South Ltd');
    INSERT INTO account VALUES ('a1', 1, 'Ann', 10), ('a2', 1, 'Bob', 20), ('a3', 1, 'Cy', 0),
      ('s1', 2, 'Sid', 30);
    """

  static let catalog = """
    catalog: 1
    tenants: {table: firm, key: id, slug: slug, name: name}
    entities:
      account:
        table: account
        key: code
        tenant: firm_id
        label: name
        fields: {name: text, debt: number}
    """

  static let rule = """
    rule: in_debt
    title: Account in debt
    about: Somebody owes us money.
    owner: ops@north.example
    for_each: account
    when: account.debt > 5
    then:
      - webhook: {endpoint: crm}
    """

  static func ruleSet(_ rules: [String] = [rule], catalog: String = catalog) throws -> RuleSet {
    let sources = rules.map { text in
      let name = text.split(separator: "\n").first { $0.hasPrefix("rule: ") }?.dropFirst(6) ?? "?"
      return SourceText(path: "rules/\(name).yaml", text: text)
    }
    let settings = Settings(endpoints: [
      "crm": EndpointSettings(name: "crm", url: "https://crm.example/hook", secretVariables: ["S"])
    ])
    let (ruleSet, reports) = RuleLoader.load(
      RuleFiles(catalog: SourceText(path: "rules/catalog.yaml", text: catalog), rules: sources),
      settings: settings)
    let errors = reports.flatMap(\.diagnostics).filter { $0.severity == .error }
    try #require(errors.isEmpty, "\(errors)")
    return try #require(ruleSet)
  }

  /// The single cell of a query, as a superuser.
  func value(_ sql: SQL) async throws -> String? { try await database.connection.query(sql)[0][0] }

  /// Makes a token of a tenant.
  func token(_ tenant: String = "1", name: String = "desk") async throws -> String {
    let token = APIToken.make(tenant: tenant)
    try await TenantSession.inTenant(tenant, on: database.connection) { connection in
      try await TokenStore(connection: connection, tenant: tenant)
        .add(id: token.id, name: name, digest: token.digest, by: "test")
    }
    return token.text
  }

  /// Sends a request and returns the answer.
  func send(
    _ method: String = "GET", _ path: String, token: String? = nil, body: String? = nil,
    type: String = "application/json", headers: [String: String] = [:]
  ) async throws -> Answer {
    var request = URLRequest(url: try #require(URL(string: address + path)))
    request.httpMethod = method
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
    if let body {
      request.httpBody = Data(body.utf8)
      request.setValue(type, forHTTPHeaderField: "Content-Type")
    }
    let (data, response) = try await URLSession.shared.data(for: request)
    let answer = try #require(response as? HTTPURLResponse)
    return Answer(
      status: answer.statusCode, text: String(decoding: data, as: UTF8.self),
      headers: answer.allHeaderFields.reduce(into: [:]) {
        $0["\($1.key)".lowercased()] = "\($1.value)"
      })
  }

  /// Runs a job as a scheduler does.
  @discardableResult
  func process(_ query: String = "job=triggers") async throws -> Answer {
    try await send("GET", "/api/jobs/process?\(query)", token: Self.secret)
  }
}

/// What came back.
struct Answer: Sendable {
  var status: Int
  var text: String

  /// By name in lower case.
  var headers: [String: String]

  var json: JSONValue { JSONValue(Array(text.utf8)) ?? .null }

  /// The objects of a list.
  var items: [JSONValue] { if case .array(let items)? = json["items"] { items } else { [] } }

  /// The texts of one member of each of them.
  func texts(_ name: String) -> [String] { items.compactMap { $0[name]?.string } }
}

/// Runs a test against a server on loopback.
func withServedShop(
  rules: [String] = [ServedShop.rule], catalog: String = ServedShop.catalog,
  listeners: [OperatorEvent: [String]] = [:],
  secret: String? = ServedShop.secret,
  patience: Duration = .seconds(20), limiter: RequestLimiter = .onClock(perSecond: 1e6, burst: 1e6),
  failures: RequestLimiter = .onClock(perSecond: 1e6, burst: 1e6),
  _ body: @Sendable (ServedShop) async throws -> Void
) async throws {
  let ruleSet = try ServedShop.ruleSet(rules, catalog: catalog)
  try await withTestDatabase { database in
    try await database.connection.execute(script: ServedShop.schema)
    try await Migrator.migrate(database.connection)
    let metrics = Metrics()
    let url = try await database.url(asRoleWithRightsOn: ["bellwether", "public"])
    var interface = HTTPInterface(
      pool: ConnectionPool(url: url, size: 4), ruleSet: { ruleSet },
      rules: { job, ruleSet in ruleSet.rules(named: job) },
      engine: { connection, ruleSet in
        Engine(
          catalog: ruleSet.catalog, defaultZone: .utc, formats: TextFormats(),
          connection: connection,
          makeID: { UUIDv7(unixMilliseconds: Int64(Date().timeIntervalSince1970 * 1000)) },
          observers: [metrics],
          listeners: listeners)
      },
      schedulerSecret: secret, metrics: metrics)
    interface.patience = patience
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    let service = HTTPService(
      interface, host: "127.0.0.1", port: 0, limiter: limiter, failures: failures
    ) { listening.yield($0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { listening.finish() }
        try await service.run()
      }
      let port = try #require(await ports.first { _ in true })
      try await body(
        ServedShop(database: database, address: "http://127.0.0.1:\(port)", metrics: metrics))
      group.cancelAll()
    }
    await interface.pool.closeIdle()
  }
}

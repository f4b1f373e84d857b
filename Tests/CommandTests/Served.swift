import Foundation
import FoundationNetworking
import Postgres
import Rules
import SQLText
import Store
import Support
import Testing

@testable import bellwether

/// `bellwether serve` as a process.
final class Served: Sendable {
  private let process: Process
  private let logPath: String
  private let ended: AsyncStream<Int32>

  /// Starts a process on the project in `folder`.
  init(_ folder: ServedProject, _ url: String, _ arguments: String...) throws {
    let path = TemporaryFolder.make(prefix: "bellwether-serve") + "/log"
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    let (ended, end) = AsyncStream.makeStream(of: Int32.self)
    let process = Process()
    process.executableURL = program
    process.arguments =
      [
        "serve", "--project", folder.path, "--listen", "127.0.0.1:0", "--lease-milliseconds",
        "1000", "--watch-milliseconds", "50",
      ] + arguments
    var variables = ProcessInfo.processInfo.environment
    variables["DATABASE_URL"] = url
    variables["CRM_SECRET"] = "whsec_" + Data((0..<32).map { UInt8($0) }).base64EncodedString()
    process.environment = variables
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: URL(filePath: path))
    process.terminationHandler = { end.yield($0.terminationStatus) }
    try process.run()
    (self.process, self.logPath, self.ended) = (process, path, ended)
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  /// Everything that it has said.
  var log: String {
    String(decoding: FileManager.default.contents(atPath: logPath) ?? Data(), as: UTF8.self)
  }

  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits for the end; the exit code, or the signal that ended it.
  func end() async -> Int32 { await ended.first { _ in true } ?? -1 }

  /// Waits until the log holds a text.
  func waitFor(_ text: String) async throws {
    try await Served.wait {
      self.log.contains(text)
    } orElse: {
      "no '\(text)' in: \(self.log)"
    }
  }

  /// The status and the text that a path answers with.
  func get(_ path: String) async throws -> (status: Int, text: String) {
    try await waitFor("listening on ")
    let line = log.split(separator: "\n").first { $0.hasPrefix("listening on ") } ?? ""
    let url = try #require(URL(string: "http://\(line.dropFirst("listening on ".count))\(path)"))
    let (data, response) = try await URLSession.shared.data(from: url)
    return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
  }

  /// Looks again and again until it is so, for half a minute at most.
  static func wait(
    _ isSo: () async throws -> Bool, orElse complaint: () -> String = { "it never came" }
  ) async throws {
    for _ in 0..<1500 {
      if try await isSo() { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("\(complaint())")
    throw CancellationError()
  }
}

/// A folder of rule files over a small business.
struct ServedProject: Sendable {
  let path = TemporaryFolder.make(prefix: "bellwether-project")

  static let schema = """
    CREATE TABLE firm (id bigint PRIMARY KEY, slug text, name text);
    CREATE TABLE account (
      code text PRIMARY KEY, firm_id bigint NOT NULL, name text NOT NULL, debt numeric NOT NULL,
      grade text);
    INSERT INTO firm VALUES (1, 'north', 'North Ltd'), (2, 'south', 'South Ltd');
    INSERT INTO account VALUES ('a1', 1, 'Ann', 10), ('a2', 1, 'Bob', 0), ('s1', 2, 'Sid', 30);
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
        fields:
          name: text
          debt: number
          grade: {type: text, writable: true}
    """

  /// An alert at more than so much debt.
  static func rule(above limit: Int = 5) -> String {
    """
    rule: in_debt
    title: Account in debt
    about: Somebody owes us money.
    owner: ops@north.example
    schedule: every 24h
    for_each: account
    when: account.debt > \(limit)
    then:
      - webhook: {endpoint: crm}
    """
  }

  static let grading = """
    rule: grading
    about: What they are worth.
    owner: ops@north.example
    schedule: daily at 00:00
    for_each: account
    set:
      grade:
        poor: account.debt > 5
        rich: otherwise
    """

  init(_ rules: [String] = [rule()], hook: String = "http://127.0.0.1:9/") throws {
    try write("rules/catalog.yaml", Self.catalog)
    for rule in rules {
      let name = rule.prefix { $0 != "\n" }.dropFirst("rule: ".count)
      try write("rules/\(name).yaml", rule)
    }
    try write(
      "bellwether.yaml",
      """
      timezone: UTC
      endpoints:
        crm: {url: "\(hook)", secrets_from: [CRM_SECRET], allow_private_network: true}
      """)
  }

  func write(_ name: String, _ text: String) throws {
    let file = URL(filePath: path).appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data((text + "\n").utf8).write(to: file, options: .atomic)
  }
}

/// A database with the small business in it.
struct ServedBusiness: Sendable {
  let connection: Connection

  /// As a role that row-level security holds for.
  let url: String

  init(connection: Connection, url: String) {
    self.connection = connection
    self.url = url
  }

  /// Fills an empty database.
  init(_ database: TestDatabase) async throws {
    connection = database.connection
    try await connection.execute(script: ServedProject.schema)
    try await Migrator.migrate(connection)
    url = try await database.url(asRoleWithRightsOn: ["bellwether", "public"])
  }

  /// Leaves both tenants with this many days that nobody ran.
  func miss(_ days: Int, of sets: String...) async throws {
    try await connection.execute(
      """
      INSERT INTO bellwether.schedule_cursor (tenant_id, rule_set, nominal)
      SELECT tenant, set, (now() AT TIME ZONE 'UTC')::date - \(bind: days)::int
      FROM unnest(ARRAY['1', '2']) AS tenant, unnest(\(bind: sets)::text[]) AS set
      ON CONFLICT (tenant_id, rule_set) DO UPDATE SET nominal = EXCLUDED.nominal
      """)
    try await connection.execute("DELETE FROM bellwether.schedule_fire")
    try await ScheduleDirectory(connection: connection).wake(["1", "2"])
  }

  func rows(_ sql: SQL) async throws -> [[String?]] { try await connection.query(sql) }

  func value(_ sql: SQL) async throws -> String? { try await rows(sql).first?[0] }

  /// Waits until a query's single cell has a value.
  func wait(_ sql: SQL, is value: String, _ served: Served...) async throws {
    try await Served.wait {
      try await self.value(sql) == value
    } orElse: {
      "\(sql.text) never was \(value): \(served.map(\.log).joined(separator: "\n--\n"))"
    }
  }

  /// Keeps every run waiting at its first table while `body` runs.
  func whileBlocked(_ database: TestDatabase, _ body: () async throws -> Void) async throws {
    let blocker = try await database.connect()
    try await blocker.transaction { blocker in
      try await blocker.execute(script: "LOCK TABLE account IN ACCESS EXCLUSIVE MODE")
      try await body()
    }
    await blocker.close()
  }

  /// The server's processes that wait for the table.
  static let waitingSessions: SQL = """
    SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'account'::regclass
    """

  /// How many sessions wait for the table.
  static let waiting: SQL = """
    SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'account'::regclass
    """
}

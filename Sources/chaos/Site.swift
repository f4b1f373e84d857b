import Foundation
import Postgres
import SQLText

/// The database that everything happens to, and what moves its world on.
actor Site {
  private var server: EmbeddedServer
  private let folder: String
  private let options: EmbeddedServer.Options
  private var pool: ConnectionPool

  init(in folder: String) async throws {
    self.folder = folder
    var options = EmbeddedServer.Options()
    // An immediate restart loses no memory of the operating system; a power cut is not injected.
    options.settings = ["fsync": "off", "full_page_writes": "off"]
    self.options = options
    server = try await EmbeddedServer.start(in: folder, options: options)
    pool = ConnectionPool(url: server.url, size: 3)
  }

  var url: String { server.url }

  /// Ends the server as a crash would, and starts it again.
  func restart() async throws {
    server.kill()
    await server.stop()
    server = try await EmbeddedServer.start(in: folder, options: options)
    await pool.closeIdle()
  }

  func stop() async {
    await pool.closeIdle()
    await server.stop()
  }

  /// Asks, and again while the server restarts.
  func query(_ sql: SQL) async throws -> [[String?]] {
    var tries = 0
    while true {
      do {
        return try await pool.withConnection { try await $0.query(sql) }
      } catch let error as PostgresError {
        tries += 1
        guard error.kind == .unavailable, tries < 100 else { throw error }
        try await Task.sleep(for: .milliseconds(100))
      }
    }
  }

  func number(_ sql: SQL) async throws -> Int {
    try await query(sql).first?.first.flatMap { $0 }.flatMap { Int($0) } ?? 0
  }

  func number(_ sql: SQL, decimal: Bool) async throws -> Double {
    try await query(sql).first?.first.flatMap { $0 }.flatMap { Double($0) } ?? 0
  }

  func make() async throws {
    try await pool.withConnection { try await $0.execute(script: Business.schema) }
  }

  /// Waits until the program has made its tables.
  func waitForTables() async throws {
    let end = ContinuousClock.now + .seconds(60)
    while try await number(
      "SELECT count(to_regclass('bellwether.endpoint_health'))") == 0
    {
      guard ContinuousClock.now < end else {
        throw ChaosFailure("the program made no tables within a minute; its logs say why")
      }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  /// Opens accounts that a rule finds overdrawn.
  func openAccounts(_ count: Int) async throws {
    _ = try await query(
      """
      WITH fresh AS (
        SELECT nextval('account_number') AS n FROM generate_series(1, \(bind: "\(count)")::int)
      ), people AS (
        INSERT INTO person
        SELECT n, n % 2 + 1, 'Person ' || n, 'p' || n || '@mail.example' FROM fresh
      )
      INSERT INTO account SELECT 'a' || n, n % 2 + 1, 'Account ' || n, n, -n FROM fresh
      """)
  }

  /// Lets waits of minutes and hours pass at once; leases run as they are.
  func skipWaits() async throws {
    _ = try await query(
      """
      WITH due AS (
        UPDATE bellwether.delivery SET due_at = now()
        WHERE state = 'ready' AND due_at > now() + interval '1 second' RETURNING tenant_id
      ), opened AS (
        UPDATE bellwether.endpoint_health SET open_until = now() WHERE open_until > now()
      )
      UPDATE bellwether.tenant_work SET next_due = LEAST(next_due, now())
      WHERE kind = 'delivery' AND tenant_id IN (SELECT tenant_id FROM due)
      """)
  }

  /// Cuts one session of the program.
  func cutSession() async throws -> Bool {
    try await !query(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND query NOT LIKE '%account_number%' ORDER BY random() LIMIT 1
      """
    ).isEmpty
  }

  /// Accounts without a task and deliveries under way.
  func unfinished() async throws -> Int {
    try await number(
      """
      SELECT (SELECT count(*) FROM account) - (SELECT count(*) FROM todo)
        + (SELECT count(*) FROM bellwether.delivery WHERE state IN ('ready', 'leased'))
      """)
  }
}

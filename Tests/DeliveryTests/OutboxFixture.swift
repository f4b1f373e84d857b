import Delivery
import Expressions
import Foundation
import Postgres
import Rules
import SQLText
import Store
import Support
import Transport

/// A database with the engine's tables, and a role that row-level security holds for.
struct OutboxFixture: Sendable {
  let database: TestDatabase
  let url: String

  /// Runs `body` with an outbox that is new.
  static func run(_ body: (OutboxFixture) async throws -> Void) async throws {
    try await withTestDatabase { database in
      try await Migrator.migrate(database.connection)
      let url = try await database.url(asRoleWithRightsOn: ["bellwether"])
      try await body(OutboxFixture(database: database, url: url))
    }
  }

  /// Opens a session as the role.
  func connect() async throws -> Connection { try await Connection.open(url) }

  /// Sessions as the role.
  func pool() -> ConnectionPool { ConnectionPool(url: url, size: 3) }

  /// Breaks all sessions but the fixture's own, and lets no new ones in.
  func shutOut() async {
    let script = """
      DO $$ BEGIN
        EXECUTE format('ALTER ROLE %I RENAME TO %I',
          current_database() || '_app', current_database() || '_away');
      END $$;
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
      """
    try? await database.connection.execute(script: script)
  }

  /// Lets sessions in again.
  func letIn() async throws {
    try await database.connection.execute(
      script: """
        DO $$ BEGIN
          EXECUTE format('ALTER ROLE %I RENAME TO %I',
            current_database() || '_away', current_database() || '_app');
        END $$
        """)
  }

  /// Writes events, in a transaction of their own.
  @discardableResult
  func enqueue(_ events: [NewEvent], tenant: String = "acme") async throws -> Set<UUIDv7> {
    let connection = try await connect()
    return try await TenantSession.inTenant(tenant, on: connection) {
      try await OutboxStore.enqueue(events, tenant: tenant, on: $0)
    }
  }

  /// The database's time.
  func now() async throws -> Instant {
    try await DatabaseClock(connection: database.connection).now()
  }

  /// One column of a query, as the owner of all rows.
  func column(_ sql: SQL) async throws -> [String?] {
    try await database.connection.query(sql).map { $0[0] }
  }

  /// Rows of the ledger: state and reason of every delivery, in the order of its target.
  func states() async throws -> [[String?]] {
    try await database.connection.query(
      "SELECT state, reason FROM bellwether.delivery ORDER BY target")
  }

  /// Makes everything that waits due, and every lease end, as if time had passed.
  func passTime() async throws {
    try await database.connection.execute(
      script: """
        UPDATE bellwether.delivery SET due_at = now() - interval '1 second',
          leased_until = CASE WHEN state = 'leased' THEN now() - interval '1 second' END
        WHERE state IN ('ready', 'leased');
        UPDATE bellwether.tenant_work
        SET next_due = now() - interval '1 second', lease_token = NULL, leased_until = NULL
        """)
  }
}

extension NewEvent {
  /// A webhook's event.
  static func webhook(_ endpoint: String, body: String = #"{"a":1}"#, key: String? = nil) -> Self {
    let id = UUIDv7(unixMilliseconds: 1_795_505_400_000)
    return NewEvent(
      id: id, type: "dev.bellwether.alert.opened", subject: "customer/1",
      contentType: "application/cloudevents+json", body: Array(body.utf8),
      dedupeKey: key ?? id.description, channel: .webhook, target: endpoint)
  }

  /// A mail's event.
  static func email(
    _ address: String, subject: String = "Hello", text: String = "There", html: String? = nil
  ) throws -> Self {
    struct Body: Encodable {
      var to: [String: String]
      var subject: String
      var text: String
      var html: String?
    }
    let id = UUIDv7(unixMilliseconds: 1_795_505_400_000)
    let body = Body(
      to: ["name": "Änn", "address": address], subject: subject, text: text, html: html)
    return NewEvent(
      id: id, type: "dev.bellwether.alert.opened", subject: "customer/1",
      contentType: EmailChannel.contentType, body: Array(try JSONEncoder().encode(body)),
      dedupeKey: id.description, channel: .email, target: address)
  }
}

extension OutboxFixture {
  /// Waits until some session waits for a lock.
  func waitForLock() async throws {
    while try await column(
      """
      SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'
      """
    ).isEmpty {
      try await Task.sleep(for: .milliseconds(5))
    }
  }
}

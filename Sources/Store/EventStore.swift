package import Postgres
import SQLText

/// A business event that came in, by what CloudEvents calls unique, and its type.
package struct IncomingEvent: Sendable, Hashable {
  package var source: String
  package var id: String
  package var type: String

  /// Creates an event.
  package init(source: String, id: String, type: String) {
    self.source = source
    self.id = id
    self.type = type
  }
}

/// The ledger of events that came in, inside a tenant's transaction.
package struct EventStore: Sendable {
  private let connection: Connection
  private let tenant: String

  /// Creates a store over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String) {
    self.connection = connection
    self.tenant = tenant
  }

  /// What the event was answered when it came first, as a JSON object.
  package func answer(to event: IncomingEvent) async throws(PostgresError) -> String? {
    try await connection.query(
      """
      SELECT answer FROM bellwether.incoming_event
      WHERE tenant_id = \(bind: tenant) AND source = \(bind: event.source)
        AND id = \(bind: event.id)
      """
    ).first?[0]
  }

  /// Keeps an event that has not come before, with its answer.
  package func add(_ event: IncomingEvent, answer: String) async throws(PostgresError) {
    try await connection.execute(
      """
      INSERT INTO bellwether.incoming_event (tenant_id, source, id, type, answer)
      VALUES (\(bind: tenant), \(bind: event.source), \(bind: event.id), \(bind: event.type),
        \(bind: answer)::jsonb)
      """)
  }
}

import Expressions
package import Postgres
package import Rules
import SQLText

/// An alert as the table holds it.
package struct StoredAlert: Sendable, Hashable {
  package var entityKey: String

  /// What people call the thing.
  package var label: String
  package var state: AlertState

  /// The rule's named values when the episode began, as a JSON object.
  package var openedValues: String

  /// Creates an alert.
  package init(entityKey: String, label: String, state: AlertState, openedValues: String = "{}") {
    self.entityKey = entityKey
    self.label = label
    self.state = state
    self.openedValues = openedValues
  }
}

/// A changed alert, to be written.
package struct AlertChange: Sendable, Hashable {
  package var rule: String
  package var entity: String
  package var alert: StoredAlert

  /// Creates a change.
  package init(rule: String, entity: String, alert: StoredAlert) {
    self.rule = rule
    self.entity = entity
    self.alert = alert
  }
}

/// The alert table, inside a tenant's transaction.
package struct AlertStore: Sendable {
  private let connection: Connection
  private let tenant: String

  /// Creates a store over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String) {
    self.connection = connection
    self.tenant = tenant
  }

  /// The alerts of the rules, by rule and entity key; of one thing only if its key is given.
  package func load(
    rules: [String], entityKey: String? = nil
  ) async throws(PostgresError) -> [String: [String: StoredAlert]] {
    var query: SQL = """
      SELECT rule, entity_key, label, state, coalesce(severity, 'medium'), episode, streak,
        condition_hash, coalesce(close_reason, ''),
        (extract(epoch FROM coalesce(opened_at, last_observed_at)) * 1000000)::bigint,
        (extract(epoch FROM coalesce(closed_at, last_observed_at)) * 1000000)::bigint,
        (extract(epoch FROM last_observed_at) * 1000000)::bigint, opened_values
      FROM bellwether.alert
      WHERE tenant_id = \(bind: tenant) AND rule = ANY(\(bind: rules)::text[])
      """
    if let entityKey { query += " AND entity_key = \(bind: entityKey)" }
    let rows = try await connection.query(query)
    var alerts: [String: [String: StoredAlert]] = [:]
    for row in rows {
      let row = row.map { $0 ?? "" }
      let alert = StoredAlert(
        entityKey: row[1], label: row[2], state: AlertState(row: row), openedValues: row[12])
      alerts[row[0], default: [:]][row[1]] = alert
    }
    return alerts
  }

  /// Writes alerts in bulk, whether new or known.
  package func save(_ changes: [AlertChange]) async throws(PostgresError) {
    guard !changes.isEmpty else { return }
    var rows = CopyBuffer(columnCount: 14)
    for change in changes { rows.append(change) }
    try await connection.execute(
      script: """
        CREATE TEMP TABLE alert_change (LIKE bellwether.alert) ON COMMIT DROP;
        ALTER TABLE alert_change ALTER tenant_id DROP NOT NULL;
        """)
    try await connection.copyIn(
      """
      alert_change (rule, entity, entity_key, label, state, severity, episode, streak,
        condition_hash, opened_at, closed_at, close_reason, last_observed_at, opened_values)
      """, rows: rows)
    _ = try await connection.query(
      """
      INSERT INTO bellwether.alert
      SELECT \(bind: tenant), rule, entity, entity_key, label, state, severity, episode, streak,
        condition_hash, opened_at, closed_at, close_reason, last_observed_at, opened_values
      FROM alert_change
      ON CONFLICT (tenant_id, rule, entity_key) DO UPDATE SET
        label = excluded.label, state = excluded.state, severity = excluded.severity,
        episode = excluded.episode, streak = excluded.streak,
        condition_hash = excluded.condition_hash, opened_at = excluded.opened_at,
        closed_at = excluded.closed_at, close_reason = excluded.close_reason,
        last_observed_at = excluded.last_observed_at, opened_values = excluded.opened_values
      """)
    try await connection.execute(script: "DROP TABLE alert_change")
  }
}

extension CopyBuffer {
  fileprivate mutating func append(_ change: AlertChange) {
    let state = change.alert.state
    let stored = StoredPhase(state.phase)
    beginRow()
    append(change.rule)
    append(change.entity)
    append(change.alert.entityKey)
    append(change.alert.label)
    append(stored.name)
    append(state.severity.rawValue)
    append(Int32(state.episode))
    append(Int32(stored.streak))
    append(state.conditionHash)
    append(unixMicroseconds: stored.openedAt?.microseconds)
    append(unixMicroseconds: stored.closedAt?.microseconds)
    append(stored.reason)
    append(unixMicroseconds: state.observedAt?.microseconds)
    append(jsonb: change.alert.openedValues)
  }
}

/// A phase as columns.
private struct StoredPhase {
  var name: String
  var streak = 0
  var openedAt: Instant?
  var closedAt: Instant?
  var reason: String?

  init(_ phase: AlertState.Phase) {
    switch phase {
    case .inactive:
      name = "inactive"
    case .pending(let checks):
      name = "pending"
      streak = checks
    case .open(let since, let overChecks):
      name = "open"
      openedAt = since
      streak = overChecks
    case .closed(let at, let closeReason, let stillMatching):
      name = "closed"
      closedAt = at
      reason = closeReason.rawValue
      streak = stillMatching ? 1 : 0
    }
  }
}

extension AlertState {
  fileprivate init(row: [String]) {
    func number(_ index: Int) -> Int64 {
      guard let value = Int64(row[index]) else {
        preconditionFailure("column \(index) of an alert is a number")
      }
      return value
    }
    let streak = Int(number(6))
    let phase: Phase =
      switch row[3] {
      case "pending": .pending(checks: streak)
      case "open": .open(since: Instant(microseconds: number(9)), overChecks: streak)
      case "closed":
        .closed(
          at: Instant(microseconds: number(10)), reason: CloseReason(rawValue: row[8]) ?? .resolved,
          stillMatching: streak > 0)
      default: .inactive
      }
    self.init(
      phase: phase, episode: Int(number(5)), severity: Severity(rawValue: row[4]) ?? .medium,
      conditionHash: row[7], observedAt: Instant(microseconds: number(11)))
  }
}

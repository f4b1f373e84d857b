package import Expressions
package import Postgres
import SQLText

/// One action of one alert, as the log of executions holds it.
package struct ActionRecord: Sendable, Hashable {
  /// What kind of thing was done.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case task, email, webhook, update
    case closeTask = "close_task"
  }

  /// What became of it.
  package enum Outcome: String, Sendable, Hashable, CaseIterable {
    case done, held, dropped, failed
  }

  /// What makes the action unique for ever: rule, entity, episode, action and recipient.
  package var dedupeKey: String
  package var rule: String
  package var entityKey: String
  package var episode: Int
  package var kind: Kind
  package var outcome: Outcome

  /// Why it was held or dropped: `per_rule`, `per_recipient`, `max_matches`.
  package var reason: String?
  package var severity: Severity
  package var recipient: String?

  /// JSON: what a held action would have done.
  package var payload: String?
  package var decidedAt: Instant

  /// Creates a record.
  package init(
    dedupeKey: String, rule: String, entityKey: String, episode: Int, kind: Kind,
    outcome: Outcome, reason: String? = nil, severity: Severity, recipient: String? = nil,
    payload: String? = nil, decidedAt: Instant
  ) {
    self.dedupeKey = dedupeKey
    self.rule = rule
    self.entityKey = entityKey
    self.episode = episode
    self.kind = kind
    self.outcome = outcome
    self.reason = reason
    self.severity = severity
    self.recipient = recipient
    self.payload = payload
    self.decidedAt = decidedAt
  }
}

/// The log of actions, inside a tenant's transaction.
package struct ActionStore: Sendable {
  private let connection: Connection
  private let tenant: String

  /// Creates a store over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String) {
    self.connection = connection
    self.tenant = tenant
  }

  /// Records actions in bulk and returns the keys of those that were not there before.
  ///
  /// Only what is returned may be carried out: the unique key is what makes it happen once. A
  /// concurrent run that records the same key waits here until this transaction ends.
  package func record(
    _ records: [ActionRecord], run: UUIDv7
  ) async throws(PostgresError) -> Set<String> {
    guard !records.isEmpty else { return [] }
    var rows = CopyBuffer(columnCount: 11)
    for record in records {
      rows.beginRow()
      rows.append(record.dedupeKey)
      rows.append(record.rule)
      rows.append(record.entityKey)
      rows.append(Int32(record.episode))
      rows.append(record.kind.rawValue)
      rows.append(record.outcome.rawValue)
      rows.append(record.reason)
      rows.append(record.severity.rawValue)
      rows.append(record.recipient)
      rows.append(jsonb: record.payload)
      rows.append(unixMicroseconds: record.decidedAt.microseconds)
    }
    try await connection.execute(
      script: """
        CREATE TEMP TABLE action_new (
          dedupe_key text, rule text, entity_key text, episode integer, kind text, outcome text,
          reason text, severity text, recipient text, payload jsonb, decided_at timestamptz
        ) ON COMMIT DROP
        """)
    try await connection.copyIn("action_new", rows: rows)
    let inserted = try await connection.query(
      """
      INSERT INTO bellwether.action (tenant_id, run_id, dedupe_key, rule, entity_key, episode,
        kind, outcome, reason, severity, recipient, payload, decided_at)
      SELECT \(bind: tenant), \(bind: run.description)::uuid, * FROM action_new
      ON CONFLICT (tenant_id, dedupe_key) DO NOTHING
      RETURNING dedupe_key
      """)
    try await connection.execute(script: "DROP TABLE action_new")
    return Set(inserted.compactMap { $0.first ?? nil })
  }

  /// Remembers the keys of rows that actions made in the business's tables.
  package func setTargets(
    _ targets: [(dedupeKey: String, key: String)]
  ) async throws(PostgresError) {
    guard !targets.isEmpty else { return }
    _ = try await connection.query(
      """
      UPDATE bellwether.action SET target_key = made.key
      FROM unnest(\(bind: targets.map(\.dedupeKey))::text[], \(bind: targets.map(\.key))::text[])
        AS made (dedupe_key, key)
      WHERE tenant_id = \(bind: tenant) AND action.dedupe_key = made.dedupe_key
      """)
  }

  /// The rows that `task` actions of the given alerts made, by alert's entity key.
  package func taskTargets(
    rule: String, entityKeys: [String]
  ) async throws(PostgresError) -> [(entityKey: String, targetKey: String)] {
    guard !entityKeys.isEmpty else { return [] }
    let rows = try await connection.query(
      """
      SELECT entity_key, target_key FROM bellwether.action
      WHERE tenant_id = \(bind: tenant) AND rule = \(bind: rule) AND kind = 'task'
        AND entity_key = ANY(\(bind: entityKeys)::text[]) AND target_key IS NOT NULL
      """)
    return rows.compactMap { row in
      guard let entityKey = row[0], let target = row[1] else { return nil }
      return (entityKey, target)
    }
  }

  /// Actions of a rule that a rate held back, most severe first, then oldest.
  ///
  /// Those whose alert has closed since are dropped here, with that reason.
  package func takeHeld(
    rule: String, at now: Instant
  ) async throws(PostgresError) -> [ActionRecord] {
    _ = try await connection.query(
      """
      UPDATE bellwether.action SET outcome = 'dropped', reason = reason || ', then closed'
      FROM bellwether.alert
      WHERE action.tenant_id = \(bind: tenant) AND action.rule = \(bind: rule)
        AND action.outcome = 'held' AND action.reason IN ('per_rule', 'per_recipient')
        AND alert.tenant_id = action.tenant_id AND alert.rule = action.rule
        AND alert.entity_key = action.entity_key
        AND (alert.state <> 'open' OR alert.episode <> action.episode)
      """)
    let rows = try await connection.query(
      """
      SELECT dedupe_key, entity_key, episode, kind, reason, severity, recipient, payload,
        (extract(epoch FROM decided_at) * 1000000)::bigint
      FROM bellwether.action
      WHERE tenant_id = \(bind: tenant) AND rule = \(bind: rule) AND outcome = 'held'
        AND reason IN ('per_rule', 'per_recipient')
      ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], severity), decided_at,
        dedupe_key
      """)
    return rows.map { row in
      ActionRecord(
        dedupeKey: row[0] ?? "", rule: rule, entityKey: row[1] ?? "",
        episode: row[2].flatMap(Int.init) ?? 0,
        kind: row[3].flatMap(ActionRecord.Kind.init) ?? .task,
        outcome: .held, reason: row[4], severity: row[5].flatMap(Severity.init) ?? .medium,
        recipient: row[6], payload: row[7],
        decidedAt: Instant(microseconds: row[8].flatMap(Int64.init) ?? now.microseconds))
    }
  }

  /// Marks held actions as impossible to carry out, and says why.
  package func fail(_ dedupeKeys: [String], reason: String) async throws(PostgresError) {
    guard !dedupeKeys.isEmpty else { return }
    _ = try await connection.query(
      """
      UPDATE bellwether.action SET outcome = 'failed', reason = \(bind: reason)
      WHERE tenant_id = \(bind: tenant) AND dedupe_key = ANY(\(bind: dedupeKeys)::text[])
        AND outcome = 'held'
      """)
  }

  /// Marks held actions as carried out.
  package func release(_ dedupeKeys: [String]) async throws(PostgresError) {
    guard !dedupeKeys.isEmpty else { return }
    _ = try await connection.query(
      """
      UPDATE bellwether.action SET outcome = 'done', payload = NULL
      WHERE tenant_id = \(bind: tenant) AND dedupe_key = ANY(\(bind: dedupeKeys)::text[])
        AND outcome = 'held'
      """)
  }
}

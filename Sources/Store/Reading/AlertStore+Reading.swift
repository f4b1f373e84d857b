package import Postgres
import SQLText

/// What an alert is known by: a rule and the key of the thing it is about.
package struct AlertKey: Sendable, Hashable {
  package var rule: String
  package var entityKey: String

  /// Creates a key.
  package init(rule: String, entityKey: String) {
    self.rule = rule
    self.entityKey = entityKey
  }
}

/// What an attempt to acknowledge an alert came to.
package enum Acknowledgement: Sendable, Hashable {
  /// The alert, as a JSON object.
  case acknowledged(String)
  case notOpen
  case unknown
}

extension AlertStore {
  /// Which alerts are asked for; what is `nil` does not matter.
  package struct Filter: Sendable, Hashable {
    package var state: String?
    package var rule: String?
    package var severity: String?
    package var isAcknowledged: Bool?

    /// Asks for all that are kept.
    package init() {}
  }

  /// Alerts in the order of their keys, from the one behind `place` on.
  package func page(
    _ filter: Filter, after place: AlertKey? = nil, limit: Int
  ) async throws(PostgresError) -> LedgerPage {
    let rows = try await connection.query(
      """
      SELECT \(Self.object), \(Self.id) FROM \(joined)
      WHERE alert.tenant_id = \(bind: tenant)
        AND (\(bind: filter.state)::text IS NULL OR state = \(bind: filter.state))
        AND (\(bind: filter.rule)::text IS NULL OR rule = \(bind: filter.rule))
        AND (\(bind: filter.severity)::text IS NULL OR severity = \(bind: filter.severity))
        AND (\(bind: filter.isAcknowledged.map(String.init))::boolean IS NULL
          OR (acknowledged_at IS NOT NULL) = \(bind: filter.isAcknowledged.map(String.init))::boolean)
        AND (\(bind: place?.rule)::text IS NULL
          OR (rule, entity_key) > (\(bind: place?.rule), \(bind: place?.entityKey)))
      ORDER BY rule, entity_key LIMIT \(bind: limit + 1)::bigint
      """)
    return LedgerPage(rows: rows, limit: limit)
  }

  /// One alert, as a JSON object.
  package func object(_ key: AlertKey) async throws(PostgresError) -> String? {
    try await connection.query(
      """
      SELECT \(Self.object) FROM \(joined)
      WHERE alert.tenant_id = \(bind: tenant) AND rule = \(bind: key.rule)
        AND entity_key = \(bind: key.entityKey)
      """
    ).first?[0]
  }

  /// Notes that somebody has seen an open alert; who was first stays named until it closes.
  package func acknowledge(
    _ key: AlertKey, by person: String, note: String?
  ) async throws(PostgresError) -> Acknowledgement {
    let states = try await connection.query(
      """
      SELECT state FROM bellwether.alert
      WHERE tenant_id = \(bind: tenant) AND rule = \(bind: key.rule)
        AND entity_key = \(bind: key.entityKey) FOR UPDATE
      """)
    guard let state = states.first?[0] else { return .unknown }
    guard state == "open" else { return .notOpen }
    try await connection.execute(
      """
      INSERT INTO bellwether.alert_acknowledgement AS known
        (tenant_id, rule, entity_key, episode, acknowledged_by, note)
      SELECT tenant_id, rule, entity_key, episode, \(bind: person), \(bind: note)
      FROM bellwether.alert
      WHERE tenant_id = \(bind: tenant) AND rule = \(bind: key.rule)
        AND entity_key = \(bind: key.entityKey)
      ON CONFLICT (tenant_id, rule, entity_key) DO UPDATE
      SET episode = excluded.episode, acknowledged_at = excluded.acknowledged_at,
        acknowledged_by = excluded.acknowledged_by, note = excluded.note
      WHERE known.episode <> excluded.episode
      """)
    return try await object(key).map { .acknowledged($0) } ?? .unknown
  }

  private var joined: SQL {
    """
    bellwether.alert LEFT JOIN (
      SELECT rule, entity_key, episode, acknowledged_at, acknowledged_by, note
      FROM bellwether.alert_acknowledgement WHERE tenant_id = \(bind: tenant)
    ) AS seen USING (rule, entity_key, episode)
    """
  }

  /// The rule's name, a colon, and the key in hexadecimal.
  private static var id: SQL { "(rule || ':' || encode(convert_to(entity_key, 'UTF8'), 'hex'))" }

  private static var object: SQL {
    """
    jsonb_build_object(
      'id', \(id),
      'rule', rule, 'entity', entity, 'key', entity_key, 'label', label,
      'state', state, 'severity', severity, 'episode', episode, 'opened_at', opened_at,
      'closed_at', closed_at, 'close_reason', close_reason,
      'last_observed_at', last_observed_at, 'values', opened_values,
      'acknowledged_at', acknowledged_at, 'acknowledged_by', acknowledged_by, 'note', note)
    """
  }
}

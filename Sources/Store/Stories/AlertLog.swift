import Expressions
package import Postgres
import Rules
import SQLText

/// Reads alerts and what became of them, inside a tenant's transaction.
package struct AlertLog: Sendable {
  private let connection: Connection
  private let tenant: String

  /// Creates a log over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String) {
    self.connection = connection
    self.tenant = tenant
  }

  /// The alerts that fit, newest change first.
  package func list(_ filter: AlertFilter) async throws(PostgresError) -> AlertListing {
    let condition: SQL = """
      \(rulesFit(filter)) AND \(statesFit(filter)) AND \(severitiesFit(filter))
        AND \(entityFits(filter.entity))
      """
    let rows = try await connection.query(
      """
      SELECT \(Self.columns), count(*) OVER () FROM bellwether.alert
      WHERE tenant_id = \(bind: tenant) AND \(condition)
      ORDER BY coalesce(greatest(opened_at, closed_at), last_observed_at) DESC, rule, entity_key
      LIMIT \(bind: filter.limit)::bigint OFFSET \(bind: filter.offset)::bigint
      """)
    guard rows.isEmpty, filter.offset > 0 else {
      let total = rows.first?.last.flatMap { $0 }.flatMap(Int.init) ?? 0
      return AlertListing(alerts: rows.map(ListedAlert.init), total: total)
    }
    // Beyond the last page no row tells how many there are.
    let count = try await connection.query(
      """
      SELECT count(*) FROM bellwether.alert WHERE tenant_id = \(bind: tenant) AND \(condition)
      """)
    return AlertListing(alerts: [], total: count[0][0].flatMap(Int.init) ?? 0)
  }

  /// The alerts of a rule about the thing with this key, or else this name, in any case; those of
  /// its trial if it has no others.
  package func find(
    rule: String, entity: String
  ) async throws(PostgresError) -> [ListedAlert] {
    let rows = try await connection.query(
      """
      SELECT \(Self.columns) FROM bellwether.alert
      WHERE tenant_id = \(bind: tenant)
        AND rule = ANY(\(bind: [rule, Rule.trialName(of: rule)])::text[])
        AND (entity_key = \(bind: entity) OR lower(label) = lower(\(bind: entity)))
      ORDER BY entity_key
      """)
    let all = rows.map(ListedAlert.init)
    let live = all.filter { $0.rule == rule }
    let alerts = live.isEmpty ? all : live
    let exact = alerts.filter { $0.entityKey == entity }
    return exact.isEmpty ? alerts : exact
  }

  /// Everything that is kept of an alert.
  package func story(of alert: ListedAlert) async throws(PostgresError) -> AlertStory {
    let deliveries = try await deliveries(of: alert)
    return AlertStory(
      of: alert,
      telling: try await changes(of: alert) + actions(of: alert) + deliveries
        + attempts(of: deliveries))
  }
}

// MARK: Filters

extension AlertLog {
  private func rulesFit(_ filter: AlertFilter) -> SQL {
    let names = filter.rules + filter.rules.map { Rule.trialName(of: $0) }
    return names.isEmpty ? "true" : "rule = ANY(\(bind: names)::text[])"
  }

  private func statesFit(_ filter: AlertFilter) -> SQL {
    filter.states.isEmpty ? "true" : "state = ANY(\(bind: filter.states)::text[])"
  }

  private func severitiesFit(_ filter: AlertFilter) -> SQL {
    filter.severities.isEmpty
      ? "true" : "severity = ANY(\(bind: filter.severities.map(\.rawValue))::text[])"
  }

  private func entityFits(_ entity: String?) -> SQL {
    guard let entity else { return "true" }
    return "(entity_key = \(bind: entity) OR strpos(lower(label), lower(\(bind: entity))) > 0)"
  }
}

// MARK: Parts of a story

extension AlertLog {
  private func changes(
    of alert: ListedAlert
  ) async throws(PostgresError) -> [AlertStory.Entry] {
    let rows = try await connection.query(
      """
      SELECT \(microseconds: "written_at"), kind, \(microseconds: "at"), episode, severity, reason,
        run_id, opened_values
      FROM bellwether.alert_change
      WHERE tenant_id = \(bind: tenant) AND rule = \(bind: alert.rule)
        AND entity_key = \(bind: alert.entityKey)
      ORDER BY at
      """)
    return rows.map { row in
      let episode = row[3].flatMap(Int.init) ?? 0
      let isLatest = row[1] == "opened" && episode == alert.episode
      return AlertStory.Entry(
        time: instant(row[0]),
        event: .change(
          AlertStory.Change(
            kind: row[1] ?? "", at: instant(row[2]), episode: episode, severity: row[4] ?? "",
            reason: row[5], run: row[6], values: row[7] ?? (isLatest ? alert.openedValues : nil))))
    }
  }

  private func actions(
    of alert: ListedAlert
  ) async throws(PostgresError) -> [AlertStory.Entry] {
    let rows = try await connection.query(
      """
      SELECT \(microseconds: "action.created_at"), action.dedupe_key, kind, outcome, reason, episode,
        severity, recipient, target_key, \(microseconds: "decided_at"), \(microseconds: "due"),
        coalesce(event_id, event.id), run_id
      FROM bellwether.action LEFT JOIN bellwether.event
        ON event.tenant_id = action.tenant_id AND event.dedupe_key = action.dedupe_key
      WHERE action.tenant_id = \(bind: tenant) AND rule = \(bind: alert.rule)
        AND entity_key = \(bind: alert.entityKey)
      ORDER BY action.created_at, action.dedupe_key
      """)
    return rows.map { row in
      AlertStory.Entry(
        time: instant(row[0]),
        event: .action(
          AlertStory.Action(
            key: row[1] ?? "", kind: row[2] ?? "", outcome: row[3] ?? "", reason: row[4],
            episode: row[5].flatMap(Int.init) ?? 0, severity: row[6] ?? "", recipient: row[7],
            target: row[8], decidedAt: instant(row[9]), due: row[10].map { instant($0) },
            event: row[11], run: row[12] ?? "")))
    }
  }

  private func deliveries(
    of alert: ListedAlert
  ) async throws(PostgresError) -> [AlertStory.Entry] {
    let rows = try await connection.query(
      """
      WITH acted AS (
        SELECT dedupe_key, event_id FROM bellwether.action
        WHERE tenant_id = \(bind: tenant) AND rule = \(bind: alert.rule)
          AND entity_key = \(bind: alert.entityKey)
      ), told AS (
        SELECT event.id FROM acted JOIN bellwether.event USING (dedupe_key)
        WHERE event.tenant_id = \(bind: tenant)
        UNION SELECT event_id FROM acted WHERE event_id IS NOT NULL
      )
      SELECT \(microseconds: "delivery.created_at"), delivery.id, event.id, type, channel, target,
        CASE channel WHEN 'email' THEN convert_from(body, 'UTF8')::jsonb->>'subject' END,
        state, reason, attempts,
        CASE WHEN state IN ('ready', 'leased') THEN \(microseconds: "due_at") END,
        \(microseconds: "finished_at")
      FROM told JOIN bellwether.event USING (id) JOIN bellwether.delivery ON event_id = event.id
      WHERE event.tenant_id = \(bind: tenant) AND delivery.tenant_id = \(bind: tenant)
      ORDER BY delivery.created_at, delivery.id
      """)
    return rows.map { row in
      AlertStory.Entry(
        time: instant(row[0]),
        event: .delivery(
          AlertStory.Delivery(
            id: row[1] ?? "", event: row[2] ?? "", type: row[3] ?? "", channel: row[4] ?? "",
            target: row[5] ?? "", subject: row[6], state: row[7] ?? "", reason: row[8],
            attempts: row[9].flatMap(Int.init) ?? 0, due: row[10].map { instant($0) },
            finishedAt: row[11].map { instant($0) })))
    }
  }

  private func attempts(
    of deliveries: [AlertStory.Entry]
  ) async throws(PostgresError) -> [AlertStory.Entry] {
    let ids: [String] = deliveries.compactMap { entry in
      if case .delivery(let delivery) = entry.event { delivery.id } else { nil }
    }
    let rows = try await connection.query(
      """
      SELECT \(microseconds: "started_at"), delivery_id, number, \(microseconds: "finished_at"),
        outcome, status, detail
      FROM bellwether.attempt
      WHERE tenant_id = \(bind: tenant) AND delivery_id = ANY(\(bind: ids)::uuid[])
      ORDER BY started_at, delivery_id, number
      """)
    return rows.map { row in
      AlertStory.Entry(
        time: instant(row[0]),
        event: .attempt(
          AlertStory.Attempt(
            delivery: row[1] ?? "", number: row[2].flatMap(Int.init) ?? 0,
            finishedAt: row[3].map { instant($0) }, outcome: row[4],
            status: row[5].flatMap(Int.init), detail: row[6])))
    }
  }
}

// MARK: Rows

extension AlertLog {
  fileprivate static let columns: SQL = """
    rule, entity, entity_key, label, state, severity, episode, streak,
    \(microseconds: "opened_at"), \(microseconds: "closed_at"), close_reason,
    \(microseconds: "last_observed_at"), opened_values
    """
}

extension ListedAlert {
  fileprivate init(row: [String?]) {
    self.init(
      rule: row[0] ?? "", entity: row[1] ?? "", entityKey: row[2] ?? "", label: row[3] ?? "",
      state: row[4] ?? "", severity: row[5] ?? "medium", episode: row[6].flatMap(Int.init) ?? 0,
      streak: row[7].flatMap(Int.init) ?? 0, openedAt: row[8].map { instant($0) },
      closedAt: row[9].map { instant($0) }, closeReason: row[10], checkedAt: instant(row[11]),
      openedValues: row[12] ?? "{}")
  }
}

/// Reads what the interpolation of microseconds selects.
private func instant(_ text: String?) -> Instant {
  Instant(microseconds: text.flatMap(Int64.init) ?? 0)
}

extension SQL.StringInterpolation {
  /// A time as microseconds since 1970.
  fileprivate mutating func appendInterpolation(microseconds column: SQL) {
    appendInterpolation("(extract(epoch FROM \(column)) * 1000000)::bigint" as SQL)
  }
}

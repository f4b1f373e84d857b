package import Expressions
package import Postgres
package import Rules
import SQLText

/// An alert as the table holds it.
package struct StoredAlert: Sendable, Hashable {
  package var entityKey: String

  /// What people call the thing.
  package var label: String
  package var state: AlertState

  /// The rule's named values when the episode began, as a JSON object; `nil` leaves those that
  /// are stored.
  package var openedValues: String?

  /// Creates an alert.
  package init(
    entityKey: String, label: String, state: AlertState, openedValues: String? = nil
  ) {
    self.entityKey = entityKey
    self.label = label
    self.state = state
    self.openedValues = openedValues
  }
}

/// A changed alert, to be written.
package struct AlertChange: Sendable, Hashable {
  package var alert: StoredAlert

  /// Whether the table does not hold the alert yet.
  package var isNew: Bool

  /// What the alert's story tells of the check; `nil` is nothing.
  package var effect: AlertEffect?

  /// Creates a change.
  package init(alert: StoredAlert, isNew: Bool, effect: AlertEffect? = nil) {
    self.alert = alert
    self.isNew = isNew
    self.effect = effect
  }
}

/// Changed alerts, as the table will hold them.
package struct AlertChanges: Sendable {
  fileprivate var rows = CopyBuffer(columnCount: 18)
  fileprivate var newCount = 0
  fileprivate var effectCount = 0

  /// Whether an alert that has opened before opens again, which writes over its values.
  fileprivate var beginsLaterEpisode = false

  /// How many there are.
  package var count: Int { rows.rowCount }

  /// Starts with none.
  package init() {}

  /// Adds a change of an alert of `rule`, which is about an `entity`.
  package mutating func append(_ change: AlertChange, rule: String, entity: String) {
    rows.append(change, rule: rule, entity: entity)
    if change.isNew { newCount += 1 }
    if change.effect != nil { effectCount += 1 }
    if change.effect == .opened, change.alert.state.episode > 1 { beginsLaterEpisode = true }
  }
}

/// The alert table, inside a tenant's transaction.
package struct AlertStore: Sendable {
  let connection: Connection
  let tenant: String

  /// Creates a store over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String) {
    self.connection = connection
    self.tenant = tenant
  }

  /// The alerts of the rules, by rule and entity key; of one thing only if its key is given.
  ///
  /// What was stored of values is only loaded for the open alerts of the rules in `valuesOf`.
  package func load(
    rules: [String], entityKey: String? = nil, valuesOf: [String] = []
  ) async throws -> [String: [String: StoredAlert]] {
    var query: SQL = """
      SELECT rule, entity_key, label, state, severity, episode, streak, condition_hash,
        close_reason, opened_at, closed_at, last_observed_at, reminders, reminded_at,
        CASE WHEN state = 'open' AND rule = ANY(\(bind: valuesOf)::text[])
          THEN opened_values::text END
      FROM bellwether.alert
      WHERE tenant_id = \(bind: tenant) AND rule = ANY(\(bind: rules)::text[])
      """
    if let entityKey { query += " AND entity_key = \(bind: entityKey)" }
    return try await connection.copyOut(query, into: [:]) {
      (alerts: inout [String: [String: StoredAlert]], bytes) in
      var row = CopyRow(bytes)
      let rule = row.text() ?? ""
      let key = row.text() ?? ""
      let label = row.text() ?? ""
      let state = AlertState(&row)
      alerts[rule, default: [:]][key] = StoredAlert(
        entityKey: key, label: label, state: state, openedValues: row.text())
    }
  }

  /// The keys of the things that the rules have an open alert for, by rule; of one thing only if
  /// its key is given.
  package func openKeys(
    rules: [String], entityKey: String? = nil
  ) async throws(PostgresError) -> [String: Set<String>] {
    guard !rules.isEmpty else { return [:] }
    var query: SQL = """
      SELECT rule, entity_key FROM bellwether.alert
      WHERE tenant_id = \(bind: tenant) AND rule = ANY(\(bind: rules)::text[])
        AND state = 'open'
      """
    if let entityKey { query += " AND entity_key = \(bind: entityKey)" }
    return try await connection.query(query).reduce(into: [:]) { keys, row in
      if let rule = row[0], let key = row[1] { keys[rule, default: []].insert(key) }
    }
  }

  /// The values of an alert when its episode began, as a JSON object.
  package func openedValues(
    rule: String, entityKey: String
  ) async throws(PostgresError) -> String? {
    try await connection.query(
      """
      SELECT opened_values FROM bellwether.alert
      WHERE tenant_id = \(bind: tenant) AND rule = \(bind: rule)
        AND entity_key = \(bind: entityKey)
      """
    ).first?[0]
  }

  /// Writes alerts in bulk, and into their stories what `run` made of them; whoever says which are
  /// new holds the tenant's run lock.
  package func save(
    _ changes: consuming AlertChanges, run: UUIDv7
  ) async throws(PostgresError) {
    guard changes.count > 0 else { return }
    let staging = StagingTable(
      "alert_change",
      columns: """
        rule text, entity text, entity_key text, label text, state text, severity text,
        episode integer, streak integer, condition_hash text, opened_at timestamptz,
        closed_at timestamptz, close_reason text, last_observed_at timestamptz,
        reminders integer, reminded_at timestamptz, opened_values jsonb, is_new boolean,
        effect text
        """)
    let (isAnyNew, isAnyKnown) = (changes.newCount > 0, changes.newCount < changes.count)
    let (hasEffects, isLaterEpisode) = (changes.effectCount > 0, changes.beginsLaterEpisode)
    try await staging.fill(changes.rows, on: connection)
    if isLaterEpisode { try await keepValues(from: staging) }
    if hasEffects { try await tell(from: staging, run: run) }
    if isAnyKnown { try await update(from: staging) }
    if isAnyNew { try await insert(from: staging) }
  }

  /// Keeps the values of episodes that are over with their openings.
  private func keepValues(from staging: StagingTable) async throws(PostgresError) {
    try await connection.execute(
      """
      UPDATE bellwether.alert_change SET opened_values = alert.opened_values
      FROM \(staging.name) AS change JOIN bellwether.alert
        ON alert.tenant_id = \(bind: tenant) AND alert.rule = change.rule
          AND alert.entity_key = change.entity_key
      WHERE change.effect = 'opened' AND NOT change.is_new
        AND alert_change.tenant_id = \(bind: tenant) AND alert_change.rule = change.rule
        AND alert_change.entity_key = change.entity_key AND alert_change.kind = 'opened'
        AND alert_change.episode = alert.episode
      """)
  }

  /// Writes what changed in words that stay, where the alert's row has only the last of them.
  private func tell(from staging: StagingTable, run: UUIDv7) async throws(PostgresError) {
    try await connection.execute(
      """
      INSERT INTO bellwether.alert_change
        (tenant_id, rule, entity_key, at, kind, episode, severity, reason, run_id)
      SELECT \(bind: tenant), rule, entity_key, last_observed_at, effect, episode, severity,
        CASE effect WHEN 'closed' THEN close_reason END, \(bind: run.description)::uuid
      FROM \(staging.name) WHERE effect IS NOT NULL ORDER BY rule, entity_key
      """)
  }

  private func update(from staging: StagingTable) async throws(PostgresError) {
    try await connection.execute(
      """
      UPDATE bellwether.alert SET
        label = change.label, state = change.state, severity = change.severity,
        episode = change.episode, streak = change.streak,
        condition_hash = change.condition_hash, opened_at = change.opened_at,
        closed_at = change.closed_at, close_reason = change.close_reason,
        last_observed_at = change.last_observed_at,
        reminders = change.reminders, reminded_at = change.reminded_at,
        opened_values = coalesce(change.opened_values, alert.opened_values)
      FROM \(staging.name) AS change
      WHERE alert.tenant_id = \(bind: tenant) AND alert.rule = change.rule
        AND alert.entity_key = change.entity_key AND NOT change.is_new
      """)
  }

  private func insert(from staging: StagingTable) async throws(PostgresError) {
    try await connection.execute(
      """
      INSERT INTO bellwether.alert (tenant_id, rule, entity, entity_key, label, state, severity,
        episode, streak, condition_hash, opened_at, closed_at, close_reason, last_observed_at,
        reminders, reminded_at, opened_values)
      SELECT \(bind: tenant), rule, entity, entity_key, label, state, severity, episode, streak,
        condition_hash, opened_at, closed_at, close_reason, last_observed_at, reminders,
        reminded_at, coalesce(opened_values, '{}')
      FROM \(staging.name) WHERE is_new ORDER BY rule, entity_key
      """)
  }

  /// Notes that every open alert of the rules was checked at `now` and found as it was.
  ///
  /// Those that a later run has checked stay as they are. With a key only the alerts of that thing
  /// were checked.
  package func touch(
    rules: [String], entityKey: String? = nil, at now: Instant
  ) async throws(PostgresError) {
    guard !rules.isEmpty else { return }
    let time = now.iso8601
    var statement: SQL =
      """
      UPDATE bellwether.alert SET last_observed_at = \(bind: time)::timestamptz
      WHERE tenant_id = \(bind: tenant) AND rule = ANY(\(bind: rules)::text[])
        AND state = 'open' AND last_observed_at < \(bind: time)::timestamptz
      """
    if let entityKey { statement += " AND entity_key = \(bind: entityKey)" }
    try await connection.execute(statement)
  }
}

extension CopyBuffer {
  fileprivate mutating func append(_ change: AlertChange, rule: String, entity: String) {
    let state = change.alert.state
    let stored = StoredPhase(state.phase)
    beginRow()
    append(rule)
    append(entity)
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
    append(Int32(state.reminders))
    append(unixMicroseconds: state.remindedAt?.microseconds)
    append(jsonb: change.alert.openedValues)
    append(change.isNew)
    append(change.effect?.storedName)
  }
}

extension AlertEffect {
  fileprivate var storedName: String {
    switch self {
    case .opened: "opened"
    case .reopened: "reopened"
    case .severityRose: "severity_rose"
    case .reminded: "reminded"
    case .closed: "closed"
    }
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
  /// Reads the columns from `state` to `reminded_at`.
  fileprivate init(_ row: inout CopyRow) {
    let name = row.text()
    let severity = row.text().flatMap(Severity.init) ?? .medium
    let episode = Int(row.integer(Int32.self) ?? 0)
    let streak = Int(row.integer(Int32.self) ?? 0)
    let hash = row.text() ?? ""
    let reason = row.text().flatMap(CloseReason.init) ?? .resolved
    let opened = row.unixMicroseconds()
    let closed = row.unixMicroseconds()
    let observed = Instant(microseconds: row.unixMicroseconds() ?? 0)
    let reminders = Int(row.integer(Int32.self) ?? 0)
    let reminded = row.unixMicroseconds().map { Instant(microseconds: $0) }
    let phase: Phase =
      switch name {
      case "pending": .pending(checks: streak)
      case "open":
        .open(since: opened.map { Instant(microseconds: $0) } ?? observed, overChecks: streak)
      case "closed":
        .closed(
          at: closed.map { Instant(microseconds: $0) } ?? observed, reason: reason,
          stillMatching: streak > 0)
      default: .inactive
      }
    self.init(
      phase: phase, episode: episode, severity: severity, conditionHash: hash,
      observedAt: observed, reminders: reminders, remindedAt: reminded)
  }
}

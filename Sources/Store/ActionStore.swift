package import Expressions
package import Postgres
package import SQLText

/// One action of one alert, as the log of executions holds it.
package struct ActionRecord: Sendable, Hashable {
  /// What kind of thing was done.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case task, email, webhook, update
    case closeTask = "close_task"
  }

  /// What became of it.
  package enum Outcome: String, Sendable, Hashable, CaseIterable {
    /// Carried out; a mail or webhook is queued then, and its delivery says what became of it.
    case done

    /// Waits, with what it would do.
    case held

    /// Never happens: over a limit, discarded, or held until its alert was over.
    case dropped

    /// Never happens, because somebody wanted it so: a silence, a trial, a suppression.
    case skipped
    case failed

    /// A mail that waits for its recipient's next digest.
    case digest
  }

  /// What makes the action unique for ever: rule, entity, episode, action and recipient.
  package var dedupeKey: String
  package var rule: String
  package var entityKey: String
  package var episode: Int
  package var kind: Kind
  package var outcome: Outcome

  /// Why it was held, dropped, skipped or failed: `per_rule`, `max_matches`, `silence:ID`.
  package var reason: String?
  package var severity: Severity
  package var recipient: String?

  /// JSON: what a held action would have done.
  package var payload: String?
  package var decidedAt: Instant

  /// The event that carries a mail or a webhook.
  package var eventID: UUIDv7?

  /// When the digest goes out that a mail waits for.
  package var due: Instant?

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
  let connection: Connection
  let tenant: String

  /// Creates a store over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String) {
    self.connection = connection
    self.tenant = tenant
  }

  /// The actions that ``stage(released:fresh:)`` brought into the session, `n` being their places
  /// from 0.
  package static let staging = StagingTable(
    "action_new",
    columns: """
      n integer, is_held boolean, dedupe_key text, rule text, entity_key text, episode integer,
      kind text, outcome text, reason text, severity text, recipient text, payload jsonb,
      decided_at timestamptz, event_id uuid, due timestamptz
      """)

  /// Brings actions into the session: those that were held and may go now, then new ones, each
  /// with a key of its own.
  ///
  /// Returns the keys of new ones that the log has already: what they stand for may not be carried
  /// out again, and they are not recorded again.
  package func stage(
    released: some Sequence<ActionRecord>, fresh: some Sequence<ActionRecord>
  ) async throws(PostgresError) -> Set<String> {
    var rows = CopyBuffer(columnCount: 15)
    for record in released { rows.append(record, isHeld: true) }
    for record in fresh { rows.append(record, isHeld: false) }
    try await Self.staging.fill(rows, on: connection)
    let known = try await connection.query(
      """
      DELETE FROM \(Self.staging.name) AS fresh USING bellwether.action
      WHERE action.tenant_id = \(bind: tenant) AND action.dedupe_key = fresh.dedupe_key
        AND NOT fresh.is_held
      RETURNING fresh.dedupe_key
      """)
    return Set(known.compactMap { $0[0] })
  }

  /// Records the staged actions but those that make a row each in `targets`.
  ///
  /// The log's key is what makes an action happen once: should another transaction have recorded
  /// one of them meanwhile, past the tenant's run lock, this fails and nothing is written.
  package func record(
    run: UUIDv7, except targets: [StagingTable]
  ) async throws(PostgresError) {
    let others = targets.map { "n NOT IN (SELECT n FROM \($0.name))" as SQL }
    let condition = (["true"] + others).joined(separator: " AND ")
    try await connection.execute(
      """
      WITH released AS (\(release(target: "target_key", from: "", where: condition)))
      \(insertion(run: run, target: "NULL", from: "", where: condition))
      """)
  }

  /// Makes a row in a business's table for each of `targets`, whose `n` are those of staged
  /// actions, and records the actions with the rows' keys; returns how many rows were made.
  ///
  /// `made` inserts the rows in the order of `n` and returns their keys as `key`.
  package func record(
    run: UUIDv7, making made: SQL, from targets: StagingTable
  ) async throws(PostgresError) -> Int {
    // INSERT … SELECT … ORDER BY returns rows in the order it inserted them.
    let rows = try await connection.query(
      """
      WITH made AS (
        \(made)
      ), placed AS (
        SELECT key, row_number() OVER () AS place FROM made
      ), target AS (
        SELECT n, key
        FROM (SELECT n, row_number() OVER (ORDER BY n) AS place FROM \(targets.name)) AS asked
        JOIN placed USING (place)
      ), released AS (
        \(release(target: "key", from: ", target", where: "fresh.n = target.n"))
      ), recorded AS (
        \(insertion(run: run, target: "key", from: "JOIN target USING (n)", where: "true"))
      )
      SELECT count(*) FROM made
      """)
    return rows[0][0].flatMap(Int.init) ?? 0
  }

  private func insertion(
    run: UUIDv7, target: SQL, from others: SQL, where condition: SQL
  ) -> SQL {
    """
    INSERT INTO bellwether.action (tenant_id, run_id, dedupe_key, rule, entity_key, episode, kind,
      outcome, reason, severity, recipient, payload, target_key, decided_at, event_id, due)
    SELECT \(bind: tenant), \(bind: run.description)::uuid, dedupe_key, rule, entity_key, episode,
      kind, outcome, reason, severity, recipient, payload, \(target), decided_at, event_id, due
    FROM \(Self.staging.name) AS fresh \(others)
    WHERE NOT is_held AND \(condition)
    """
  }

  private func release(target: SQL, from others: SQL, where condition: SQL) -> SQL {
    """
    UPDATE bellwether.action SET target_key = \(target), event_id = fresh.event_id,
      due = fresh.due, outcome = CASE fresh.outcome WHEN 'digest' THEN 'digest' ELSE 'done' END,
      payload = CASE fresh.outcome WHEN 'digest' THEN fresh.payload END
    FROM \(Self.staging.name) AS fresh\(others)
    WHERE action.tenant_id = \(bind: tenant) AND action.dedupe_key = fresh.dedupe_key
      AND action.outcome = 'held' AND fresh.is_held AND \(condition)
    """
  }

  /// The keys of the rows that `task` actions made for the alerts that a staged action closes, as
  /// a query of one text.
  package var closedTargets: SQL {
    """
    SELECT target_key FROM bellwether.action
    WHERE tenant_id = \(bind: tenant) AND kind = 'task' AND target_key IS NOT NULL
      AND (rule, entity_key, episode) IN (
        SELECT rule, entity_key, episode FROM \(Self.staging.name)
        WHERE kind = 'close_task' AND outcome = 'done')
    """
  }
}

extension CopyBuffer {
  fileprivate mutating func append(_ record: ActionRecord, isHeld: Bool) {
    let position = Int32(rowCount)
    beginRow()
    append(position)
    append(isHeld)
    append(record.dedupeKey)
    append(record.rule)
    append(record.entityKey)
    append(Int32(record.episode))
    append(record.kind.rawValue)
    append(record.outcome.rawValue)
    append(record.reason)
    append(record.severity.rawValue)
    append(record.recipient)
    append(jsonb: record.payload)
    append(unixMicroseconds: record.decidedAt.microseconds)
    append(uuid: record.eventID?.words)
    append(unixMicroseconds: record.due?.microseconds)
  }
}

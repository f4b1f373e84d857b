package import Expressions
package import Postgres
import SQLText

/// What holds actions back.
package enum HoldReason: Sendable, Hashable, CaseIterable {
  /// A calendar window is full; the next run after it goes on.
  case rate

  /// More match than the rule expects; somebody must release or discard.
  case maxMatches

  /// What the log of actions says.
  fileprivate var names: [String] {
    switch self {
    case .rate: ["per_rule", "per_recipient", "per_tenant", "tenant_per_recipient"]
    case .maxMatches: ["max_matches"]
    }
  }
}

/// What is held of one rule for one reason.
package struct HeldSummary: Sendable, Hashable {
  package var rule: String
  package var reason: String
  package var alerts: Int
  package var actions: Int

  /// How many of the actions belong to alerts that are over, so that a release drops them.
  package var over: Int
  package var oldest: Instant
}

/// One held action, with the name of what it is about.
package struct HeldAction: Sendable, Hashable {
  package var rule: String
  package var entityKey: String
  package var label: String
  package var severity: String
  package var kind: String
  package var recipient: String?
  package var reason: String
  package var decidedAt: Instant
}

extension ActionStore {
  /// Drops what is held for alerts that have closed or gone on since, and says how many it dropped.
  ///
  /// What is to be done because an alert closed still waits.
  @discardableResult
  package func dropOver(
    rules: [String], heldFor reason: HoldReason
  ) async throws(PostgresError) -> Int {
    try await connection.execute(
      """
      UPDATE bellwether.action SET outcome = 'dropped', payload = NULL,
        reason = reason || ', then closed'
      FROM bellwether.alert
      WHERE \(isHeld(rules, reason)) AND alert.tenant_id = action.tenant_id
        AND alert.rule = action.rule AND alert.entity_key = action.entity_key
        AND \(Self.isOver)
      """)
  }

  /// What is held back, by rule, most severe first, then oldest; `count` is of alerts.
  package func held(
    rules: [String], for reason: HoldReason, atMost count: Int? = nil
  ) async throws(PostgresError) -> [String: [ActionRecord]] {
    let order: SQL = """
      array_position(ARRAY['critical', 'high', 'medium', 'low'], severity), decided_at
      """
    let chosen =
      count.map { count -> SQL in
        """
        AND (rule, entity_key, episode) IN (
          SELECT rule, entity_key, episode
          FROM bellwether.action
          WHERE \(isHeld(rules, reason))
          GROUP BY rule, entity_key, episode
          ORDER BY min(array_position(ARRAY['critical', 'high', 'medium', 'low'], severity)),
            min(decided_at), rule, entity_key
          LIMIT \(bind: count)::bigint)
        """
      } ?? ""
    let rows = try await connection.query(
      """
      SELECT dedupe_key, entity_key, episode, kind, reason, severity, recipient, payload,
        (extract(epoch FROM decided_at) * 1000000)::bigint, rule
      FROM bellwether.action
      WHERE \(isHeld(rules, reason)) \(chosen)
      ORDER BY \(order), dedupe_key
      """)
    return rows.reduce(into: [:]) { held, row in
      let rule = row[9] ?? ""
      held[rule, default: []].append(
        ActionRecord(
          dedupeKey: row[0] ?? "", rule: rule, entityKey: row[1] ?? "",
          episode: row[2].flatMap(Int.init) ?? 0,
          kind: row[3].flatMap(ActionRecord.Kind.init) ?? .task,
          outcome: .held, reason: row[4], severity: row[5].flatMap(Severity.init) ?? .medium,
          recipient: row[6], payload: row[7],
          decidedAt: Instant(microseconds: row[8].flatMap(Int64.init) ?? 0)))
    }
  }

  /// Writes what became of held actions that are not carried out: a new reason, or an end.
  package func settle(_ records: [ActionRecord]) async throws(PostgresError) {
    guard !records.isEmpty else { return }
    try await connection.execute(
      """
      UPDATE bellwether.action SET outcome = settled.outcome, reason = settled.reason,
        payload = CASE WHEN settled.outcome IN ('held', 'failed') THEN payload END
      FROM unnest(
        \(bind: records.map(\.dedupeKey))::text[], \(bind: records.map(\.outcome.rawValue))::text[],
        \(bind: records.map { $0.reason ?? "" })::text[]
      ) AS settled (dedupe_key, outcome, reason)
      WHERE tenant_id = \(bind: tenant) AND action.dedupe_key = settled.dedupe_key
        AND action.outcome = 'held'
      """)
  }

  /// Ends what is held for any reason with `reason` appended; returns how many by rule.
  package func discard(
    rules: [String], reason: String
  ) async throws(PostgresError) -> [String: Int] {
    let rows = try await connection.query(
      """
      WITH discarded AS (
        UPDATE bellwether.action SET outcome = 'dropped', payload = NULL,
          reason = reason || ', ' || \(bind: reason)
        WHERE \(isHeld(rules, nil)) RETURNING rule
      )
      SELECT rule, count(*) FROM discarded GROUP BY rule
      """)
    return rows.reduce(into: [:]) { $0[$1[0] ?? ""] = $1[1].flatMap(Int.init) }
  }

  /// What is held, by rule and reason, of one rule or of all.
  package func heldSummaries(of rule: String?) async throws(PostgresError) -> [HeldSummary] {
    let rows = try await connection.query(
      """
      SELECT action.rule, reason, count(DISTINCT (action.entity_key, action.episode)), count(*),
        count(*) FILTER (WHERE \(Self.isOver)),
        (extract(epoch FROM min(decided_at)) * 1000000)::bigint
      FROM bellwether.action
      LEFT JOIN bellwether.alert USING (tenant_id, rule, entity_key)
      WHERE \(isHeld(rule.map { [$0] }, nil))
      GROUP BY action.rule, reason ORDER BY action.rule, reason
      """)
    return rows.map { row in
      HeldSummary(
        rule: row[0] ?? "", reason: row[1] ?? "", alerts: row[2].flatMap(Int.init) ?? 0,
        actions: row[3].flatMap(Int.init) ?? 0, over: row[4].flatMap(Int.init) ?? 0,
        oldest: Instant(microseconds: row[5].flatMap(Int64.init) ?? 0))
    }
  }

  /// Held actions one by one, most severe first, then oldest, of one rule or of all.
  package func heldActions(
    of rule: String?, atMost count: Int
  ) async throws(PostgresError) -> [HeldAction] {
    try await actions(where: isHeld(rule.map { [$0] }, nil), atMost: count)
  }

  /// What a silence kept from being sent, most severe first, then oldest.
  package func silenced(
    by silence: String, atMost count: Int
  ) async throws(PostgresError) -> [HeldAction] {
    try await actions(
      where: """
        action.tenant_id = \(bind: tenant) AND outcome = 'skipped'
          AND reason = \(bind: SilenceStore.reason(silence))
        """, atMost: count)
  }

  private func actions(
    where condition: SQL, atMost count: Int
  ) async throws(PostgresError) -> [HeldAction] {
    let rows = try await connection.query(
      """
      SELECT action.rule, action.entity_key, coalesce(label, action.entity_key), action.severity,
        kind, recipient, reason, (extract(epoch FROM decided_at) * 1000000)::bigint
      FROM bellwether.action
      LEFT JOIN bellwether.alert USING (tenant_id, rule, entity_key)
      WHERE \(condition)
      ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], action.severity),
        decided_at, dedupe_key
      LIMIT \(bind: count)::bigint
      """)
    return rows.map { row in
      HeldAction(
        rule: row[0] ?? "", entityKey: row[1] ?? "", label: row[2] ?? "", severity: row[3] ?? "",
        kind: row[4] ?? "", recipient: row[5], reason: row[6] ?? "",
        decidedAt: Instant(microseconds: row[7].flatMap(Int64.init) ?? 0))
    }
  }

  /// Rows of `action` that are held; `nil` means every rule and every reason.
  private func isHeld(_ rules: [String]?, _ reason: HoldReason?) -> SQL {
    let reasons = reason?.names ?? HoldReason.allCases.flatMap(\.names)
    let ofRules = rules.map { " AND action.rule = ANY(\(bind: $0)::text[])" as SQL } ?? ""
    return """
      action.tenant_id = \(bind: tenant) AND action.outcome = 'held'
        AND action.reason = ANY(\(bind: reasons)::text[])\(ofRules)
      """
  }

  /// Whether the alert of an action has closed or gone on since the action was decided.
  private static var isOver: SQL {
    """
    (alert.episode = action.episode AND action.decided_at >=
      CASE alert.state WHEN 'open' THEN alert.opened_at ELSE alert.closed_at END) IS NOT TRUE
    """
  }
}

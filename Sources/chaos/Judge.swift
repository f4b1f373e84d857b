import Foundation
import SQLText

/// Holds what is left at rest against every promise.
struct Judge {
  let site: Site
  let ledger: Ledger.State
  let logs: URL

  /// The longest time from a crash to the next attempt.
  static let redeliveryLimit = 40.0

  func judge(_ figures: inout Figures) async throws {
    try await count(&figures)
    try await judgeTasks(&figures)
    try await judgeEvents(&figures)
    try await judgePosts(&figures)
    try await judgeSecret(&figures)
  }

  private func expectNone(_ what: String, _ sql: SQL, _ figures: inout Figures) async throws {
    let found = try await site.number(sql)
    if found != 0 { figures.broken.append("\(what): \(found)") }
  }

  private func count(_ figures: inout Figures) async throws {
    figures.events = try await site.number("SELECT count(*) FROM bellwether.event")
    figures.tasks = try await site.number("SELECT count(*) FROM todo")
    figures.attempts = try await site.number("SELECT count(*) FROM bellwether.attempt")
    for row in try await site.query(
      "SELECT concat_ws(' ', channel, state), count(*) FROM bellwether.delivery GROUP BY 1")
    {
      figures.deliveries[row[0] ?? ""] = row[1].flatMap { Int($0) }
    }
    figures.misdeeds = ledger.deeds
    let cutOff = """
      FROM bellwether.attempt a JOIN bellwether.attempt b
        ON (b.tenant_id, b.delivery_id, b.number) = (a.tenant_id, a.delivery_id, a.number + 1)
      WHERE a.outcome = 'aborted'
      """
    figures.redelivered = try await site.number("SELECT count(*) " + SQL(trusted: cutOff))
    // From the last fault before the next attempt would be too kind, so it is from the first after
    // the cut-off attempt began.
    figures.maxRedeliveryS = try await site.number(
      """
      SELECT coalesce(max(extract(epoch FROM started - fault)), 0) FROM (
        SELECT b.started_at AS started, (
          SELECT min(f.at) FROM chaos_fault f WHERE f.at >= a.started_at AND f.at < b.started_at
        ) AS fault

      """ + SQL(trusted: cutOff) + ") AS again", decimal: true)
    if figures.maxRedeliveryS > Self.redeliveryLimit {
      figures.broken.append("sent again only \(figures.maxRedeliveryS) s after a crash")
    }
  }

  /// Counted from the business's own tables alone.
  private func judgeTasks(_ figures: inout Figures) async throws {
    let missing = try await site.number(
      """
      SELECT count(*) FROM account
      WHERE NOT EXISTS (SELECT FROM todo WHERE account_code = account.code)
      """)
    figures.duplicateTasks = try await site.number(
      "SELECT count(*) - count(DISTINCT account_code) FROM todo")
    figures.lost += missing
    if missing > 0 { figures.broken.append("accounts without a task: \(missing)") }
    if figures.duplicateTasks > 0 {
      figures.broken.append("duplicate tasks: \(figures.duplicateTasks)")
    }
    try await expectNone(
      "accounts without one alert",
      """
      SELECT count(*) FROM account WHERE 1 <> (
        SELECT count(*) FROM bellwether.alert
        WHERE rule = 'overdrawn' AND tenant_id = account.firm_id::text
          AND entity_key = account.code AND state = 'open' AND episode = 1)
      """, &figures)
    try await expectNone(
      "accounts without one mail and one webhook",
      """
      SELECT count(*) FROM account WHERE (1, 1) <> (
        SELECT count(*) FILTER (WHERE kind = 'email'), count(*) FILTER (WHERE kind = 'webhook')
        FROM bellwether.action a JOIN bellwether.event e
          ON e.tenant_id = a.tenant_id AND e.id = a.event_id
        WHERE a.tenant_id = account.firm_id::text AND rule = 'overdrawn'
          AND entity_key = account.code)
      """, &figures)
    try await expectNone(
      "times of the schedule without one run",
      """
      SELECT count(*) FROM bellwether.schedule_fire f WHERE outcome = 'ran' AND 1 <> (
        SELECT count(*) FROM bellwether.run r WHERE r.tenant_id = f.tenant_id
          AND r.nominal = f.due_at AND r.requested_by = 'schedule' AND r.outcome = 'finished')
      """, &figures)
    try await expectNone(
      "times that the schedule left out",
      """
      SELECT coalesce(sum(gap), 0)::bigint FROM (
        SELECT extract(epoch FROM due_at - lag(due_at) OVER (
          PARTITION BY tenant_id, rule_set ORDER BY due_at)) / 60 - 1 AS gap
        FROM bellwether.schedule_fire) AS gaps
      """, &figures)
  }

  private func judgeEvents(_ figures: inout Figures) async throws {
    try await expectNone(
      "events without one end for each target",
      """
      SELECT count(*) FROM bellwether.event e WHERE 1 <> (
        SELECT count(*) FROM bellwether.delivery d WHERE d.tenant_id = e.tenant_id
          AND d.event_id = e.id AND state IN ('succeeded', 'dead', 'cancelled'))
      """, &figures)
    try await expectNone(
      "dead deliveries without a reason",
      "SELECT count(*) FROM bellwether.delivery WHERE state = 'dead' AND reason IS NULL", &figures)
    try await expectNone(
      "deliveries leased at rest",
      """
      SELECT count(*) FROM bellwether.delivery
      WHERE state = 'leased' OR lease_token IS NOT NULL OR leased_until IS NOT NULL
      """, &figures)
    try await expectNone(
      "attempts without an outcome",
      "SELECT count(*) FROM bellwether.attempt WHERE outcome IS NULL", &figures)
    try await expectNone(
      "deliveries with two successes",
      """
      SELECT count(*) FROM (SELECT FROM bellwether.attempt WHERE outcome = 'success'
        GROUP BY tenant_id, delivery_id HAVING count(*) > 1) AS twice
      """, &figures)
  }

  private func judgePosts(_ figures: inout Figures) async throws {
    let sent = try await site.query(
      "SELECT event_id, channel FROM bellwether.delivery WHERE state = 'succeeded'")
    let lost = sent.filter { row in
      guard let id = row[0] else { return true }
      return row[1] == "webhook"
        ? (ledger.posts[id]?.taken ?? 0) == 0
        : !ledger.mails.contains { $0.key.contains(id) && $0.value.taken > 0 }
    }.count
    figures.lost += lost
    if lost > 0 { figures.broken.append("called sent, and never received: \(lost)") }
    figures.extraPosts = ledger.posts.values.reduce(0) { $0 + max(0, $1.taken - 1) }
    // Every attempt is recorded before a byte leaves, so what a crash cut off is an aborted one.
    figures.extraPostsBound = try await site.number(
      """
      SELECT count(*) FROM bellwether.attempt a JOIN bellwether.delivery d
        ON d.tenant_id = a.tenant_id AND d.id = a.delivery_id
      WHERE channel = 'webhook' AND outcome IN ('ambiguous', 'aborted')
      """)
    if figures.extraPosts > figures.extraPostsBound {
      figures.broken.append("more extra POSTs than attempts of unknown end")
    }
    let requests = ledger.posts.values.reduce(0) { $0 + $1.requests }
    let attempts = try await site.number(
      """
      SELECT count(*) FROM bellwether.attempt a JOIN bellwether.delivery d
        ON d.tenant_id = a.tenant_id AND d.id = a.delivery_id WHERE channel = 'webhook'
      """)
    if requests > attempts {
      figures.broken.append("POSTs without an attempt of their own: \(requests - attempts)")
    }
    if !ledger.differing.isEmpty {
      figures.broken.append("sent again with other bytes: \(ledger.differing.count)")
    }
    if ledger.unsigned > 0 {
      figures.broken.append("POSTs without a signature: \(ledger.unsigned)")
    }
  }

  private func judgeSecret(_ figures: inout Figures) async throws {
    let secret = Data(Business.canary.utf8)
    for name in try FileManager.default.contentsOfDirectory(atPath: logs.path) {
      let text = try Data(contentsOf: logs.appending(path: name))
      if text.range(of: secret) != nil { figures.broken.append("\(name) holds the secret") }
    }
    let tables = try await site.query(
      """
      SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables
      WHERE table_schema IN ('bellwether', 'public') AND table_type = 'BASE TABLE'
      """)
    for table in tables.compactMap(\.first).compactMap({ $0 }) {
      let text = "SELECT count(*) FROM " + SQL(trusted: table) + " AS r WHERE "
      try await expectNone(
        "rows of \(table) that hold the secret",
        text + "strpos(r::text, \(bind: Business.canary)) > 0 OR strpos(r::text, encode("
          + "convert_to(\(bind: Business.canary), 'UTF8'), 'hex')) > 0", &figures)
    }
  }
}

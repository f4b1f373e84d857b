import Expressions
import Postgres
import SQLText

extension OutboxStore {
  /// The lanes of a tenant that have deliveries under way, and the database's time.
  ///
  /// Goes from lane to lane by the index, so it costs what there are of lanes, not of deliveries.
  static func lanes(
    of tenant: String, on connection: Connection
  ) async throws(PostgresError) -> ([LaneState], Instant) {
    let active: SQL = "tenant_id = \(bind: tenant) AND state IN ('ready', 'leased')"
    let rows = try await connection.query(
      """
      WITH RECURSIVE lanes AS (
        (SELECT lane FROM bellwether.delivery WHERE \(active) ORDER BY lane LIMIT 1)
        UNION ALL
        SELECT (
          SELECT delivery.lane FROM bellwether.delivery
          WHERE \(active) AND delivery.lane > lanes.lane ORDER BY delivery.lane LIMIT 1)
        FROM lanes WHERE lanes.lane IS NOT NULL
      )
      SELECT (extract(epoch FROM now()) * 1000000)::bigint, lanes.lane,
        (extract(epoch FROM (
          SELECT due_at FROM bellwether.delivery WHERE \(active) AND delivery.lane = lanes.lane
          ORDER BY due_at LIMIT 1)) * 1000000)::bigint,
        (extract(epoch FROM (
          SELECT due_at FROM bellwether.delivery WHERE \(active) AND delivery.lane = lanes.lane
          ORDER BY seq LIMIT 1)) * 1000000)::bigint,
        \(EndpointHealth.columns)
      FROM (SELECT) AS always LEFT JOIN lanes ON lanes.lane IS NOT NULL
      LEFT JOIN bellwether.endpoint_health
        ON endpoint_health.tenant_id = \(bind: tenant)
        AND 'webhook:' || endpoint_health.endpoint = lanes.lane
      """)
    guard let now = rows.first?[0].flatMap({ Int64($0) }) else {
      preconditionFailure("the query has at least one row")
    }
    let states = rows.compactMap { row -> LaneState? in
      guard let lane = row[1].flatMap(DeliveryLane.init), let first = row[2].flatMap(Int64.init),
        let head = row[3].flatMap(Int64.init)
      else { return nil }
      return LaneState(
        lane: lane, firstDue: Instant(microseconds: first), headDue: Instant(microseconds: head),
        health: EndpointHealth(row: row[4...]))
    }
    return (states, Instant(microseconds: now))
  }

  /// Tells the other workers that this one probes, and takes back what they have taken already.
  static func beginProbes(
    _ grants: inout ClaimGrants, ofTenant tenant: String, for lease: Duration,
    on connection: Connection
  ) async throws(PostgresError) {
    guard !grants.probes.isEmpty else { return }
    let rows = try await connection.query(
      """
      UPDATE bellwether.endpoint_health
      SET is_probing = true, open_until = now() + \(lease.interval)
      WHERE tenant_id = \(bind: tenant) AND open_until <= now()
        AND endpoint = ANY(\(bind: grants.probes.map(\.name).sorted())::text[])
      RETURNING endpoint
      """)
    let ours = Set(rows.compactMap { $0[0] })
    for lane in grants.probes where !ours.contains(lane.name) {
      grants.counts[lane] = nil
      grants.tight[lane] = nil
    }
  }

  /// Takes what attempts came to into the health of their endpoints.
  ///
  /// `rows` says, from the third column on, by which channel and whither each delivery went.
  static func recordHealth(
    _ ends: [FinishedAttempt], rows: [[String?]], ofTenant tenant: String, at now: Instant,
    on connection: Connection
  ) async throws(PostgresError) {
    let targets = rows.reduce(into: [UUIDv7: String]()) { targets, row in
      guard row[2] == DeliveryChannel.webhook.rawValue, let id = row[0].flatMap(UUIDv7.init) else {
        return
      }
      targets[id] = row[3]
    }
    var results: [String: [FinishedAttempt]] = [:]
    for end in ends where end.tellsOfEndpoint {
      if let endpoint = targets[end.attempt.delivery] { results[endpoint, default: []].append(end) }
    }
    guard !results.isEmpty else { return }
    // Always in one order, so that two workers never wait for each other.
    let endpoints = results.keys.sorted()
    try await change(endpoints, ofTenant: tenant, on: connection) { endpoint, health in
      let ends = results[endpoint] ?? []
      let succeeded = ends.count { $0.outcome == .success }
      health.record(
        succeeded: succeeded, failed: ends.count - succeeded,
        isGone: ends.contains { $0.step == .dead(.gone) }, at: now)
    }
  }

  /// Changes the health of endpoints inside the caller's transaction.
  static func change(
    _ endpoints: [String], ofTenant tenant: String, on connection: Connection,
    _ body: (String, inout EndpointHealth) -> Void
  ) async throws(PostgresError) {
    let known = try await connection.query(
      """
      SELECT endpoint, \(EndpointHealth.columns) FROM bellwether.endpoint_health
      WHERE tenant_id = \(bind: tenant) AND endpoint = ANY(\(bind: endpoints)::text[])
      ORDER BY endpoint FOR UPDATE
      """)
    var healths = known.reduce(into: [String: EndpointHealth]()) {
      $0[$1[0] ?? ""] = EndpointHealth(row: $1[1...])
    }
    for endpoint in endpoints { body(endpoint, &healths[endpoint, default: EndpointHealth()]) }
    for endpoint in endpoints {
      guard let health = healths[endpoint] else { continue }
      try await connection.execute(health.storing(endpoint, ofTenant: tenant))
    }
  }
}

extension LaneState {
  /// When a worker is needed for the lane; `nil` when none is until somebody says so.
  func due(_ terms: ClaimTerms) -> Instant? {
    let due = terms.isOrdered(lane) ? headDue : firstDue
    if health.disabledReason != nil { return nil }
    return health.openUntil.map { max($0, due) } ?? due
  }
}

extension FinishedAttempt {
  /// Whether an attempt's end says how its endpoint fares: what we refused or broke off does not.
  fileprivate var tellsOfEndpoint: Bool {
    switch outcome {
    case .success, .retryable, .permanent, .ambiguous: true
    case .blocked, .aborted: false
    }
  }
}

extension EndpointHealth {
  /// What ``init(row:)`` reads.
  static let columns: SQL = """
    array_to_string(recent, ','), (extract(epoch FROM failing_since) * 1000000)::bigint, openings,
    (extract(epoch FROM open_until) * 1000000)::bigint, is_probing, probe_successes,
    (extract(epoch FROM disabled_at) * 1000000)::bigint, disabled_reason
    """

  init(row: ArraySlice<String?>) {
    let row = Array(row)
    func instant(_ text: String?) -> Instant? {
      text.flatMap { Int64($0) }.map(Instant.init(microseconds:))
    }
    self.init()
    let numbers = (row[0] ?? "").split(separator: ",").compactMap { Int64($0) }
    recent = stride(from: 0, to: numbers.count - 2, by: 3).map {
      Tally(
        start: numbers[$0], succeeded: Int(numbers[$0 + 1]), failed: Int(numbers[$0 + 2]))
    }
    failingSince = instant(row[1])
    openings = row[2].flatMap { Int($0) } ?? 0
    openUntil = instant(row[3])
    isProbing = row[4] == "t"
    probeSuccesses = row[5].flatMap { Int($0) } ?? 0
    disabledAt = instant(row[6])
    disabledReason = row[7].flatMap(DisabledReason.init)
  }

  /// Writes the health of an endpoint.
  fileprivate func storing(_ endpoint: String, ofTenant tenant: String) -> SQL {
    let numbers = recent.flatMap { [$0.start, Int64($0.succeeded), Int64($0.failed)] }
    return """
      INSERT INTO bellwether.endpoint_health (tenant_id, endpoint, recent, failing_since, openings,
        open_until, is_probing, probe_successes, disabled_at, disabled_reason)
      VALUES (\(bind: tenant), \(bind: endpoint), \(bind: numbers.map(String.init))::bigint[],
        \(bind: failingSince?.iso8601)::timestamptz, \(bind: openings)::integer,
        \(bind: openUntil?.iso8601)::timestamptz, \(bind: isProbing)::boolean,
        \(bind: probeSuccesses)::integer, \(bind: disabledAt?.iso8601)::timestamptz,
        \(bind: disabledReason?.rawValue))
      ON CONFLICT (tenant_id, endpoint) DO UPDATE
      SET (recent, failing_since, openings, open_until, is_probing, probe_successes, disabled_at,
        disabled_reason) = (EXCLUDED.recent, EXCLUDED.failing_since, EXCLUDED.openings,
        EXCLUDED.open_until, EXCLUDED.is_probing, EXCLUDED.probe_successes, EXCLUDED.disabled_at,
        EXCLUDED.disabled_reason)
      """
  }
}

package import Expressions
package import Postgres
import SQLText

/// What calendar windows and token buckets have granted, inside a tenant's transaction.
///
/// ``used(_:)`` and ``add(_:)`` are exact together because every run of a tenant holds the tenant's
/// run lock. Each `take` is one statement, and exact whoever else takes at the same time.
package struct LimitStore: Sendable {
  /// Whose budget a grant is taken from; `tenant` and `tenantRecipient` are across all rules.
  package enum Scope: String, Sendable, Hashable {
    case rule, recipient, tenant
    case tenantRecipient = "tenant_recipient"
  }

  private let connection: Connection
  private let tenant: String

  /// Creates a store over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String) {
    self.connection = connection
    self.tenant = tenant
  }

  /// A subject's calendar window.
  package struct Key: Sendable, Hashable {
    package var scope: Scope
    package var subject: String
    package var windowStart: Instant

    /// Creates a key.
    package init(scope: Scope, subject: String, windowStart: Instant) {
      self.scope = scope
      self.subject = subject
      self.windowStart = windowStart
    }
  }

  /// What has been used of each window; those that nothing was taken of are left out.
  package func used(_ windows: Set<Key>) async throws -> [Key: Int] {
    guard !windows.isEmpty else { return [:] }
    // No temporary table: this is asked for in sessions that may only read, too.
    let asked = Array(windows)
    return try await connection.copyOut(
      """
      SELECT scope, subject, window_start, used FROM bellwether.limit_window
      JOIN unnest(
        \(bind: asked.map(\.scope.rawValue))::text[], \(bind: asked.map(\.subject))::text[],
        \(bind: asked.map(\.windowStart.iso8601))::timestamptz[]
      ) AS asked (scope, subject, window_start) USING (scope, subject, window_start)
      WHERE tenant_id = \(bind: tenant)
      """, into: [:]
    ) { (used: inout [Key: Int], bytes) in
      var row = CopyRow(bytes)
      guard let scope = row.text().flatMap(Scope.init), let subject = row.text(),
        let start = row.unixMicroseconds()
      else { return }
      let key = Key(
        scope: scope, subject: subject, windowStart: Instant(microseconds: start))
      used[key] = row.integer(Int32.self).map { Int($0) }
    }
  }

  /// Adds grants to their windows.
  package func add(_ grants: [Key: Int]) async throws(PostgresError) {
    let grants = grants.filter { $0.value > 0 }
    guard !grants.isEmpty else { return }
    var rows = CopyBuffer(columnCount: 4)
    for (window, granted) in grants {
      rows.beginRow()
      rows.append(window.scope.rawValue)
      rows.append(window.subject)
      rows.append(unixMicroseconds: window.windowStart.microseconds)
      rows.append(Int32(granted))
    }
    let staging = StagingTable(
      "limit_grant",
      columns: "scope text, subject text, window_start timestamptz, granted integer")
    try await staging.fill(rows, on: connection)
    try await connection.execute(
      """
      INSERT INTO bellwether.limit_window (tenant_id, scope, subject, window_start, used)
      SELECT \(bind: tenant), scope, subject, window_start, granted FROM \(staging.name)
      ON CONFLICT (tenant_id, scope, subject, window_start)
      DO UPDATE SET used = limit_window.used + excluded.used
      """)
  }
}

// MARK: - Taking in one statement

extension LimitStore {
  /// Takes up to `count` grants from a calendar window that admits `capacity` in all; returns how
  /// many were left to take.
  package func take(
    _ count: Int, from window: Key, capacity: Int
  ) async throws(PostgresError) -> Int {
    let rows = try await connection.query(
      """
      INSERT INTO bellwether.limit_window AS held
        (tenant_id, scope, subject, window_start, used, granted)
      SELECT \(bind: tenant), \(bind: window.scope.rawValue), \(bind: window.subject),
        \(bind: window.windowStart.iso8601)::timestamptz, granted, granted
      FROM (SELECT LEAST(\(bind: count)::integer, \(bind: capacity)::integer) AS granted) AS first
      ON CONFLICT (tenant_id, scope, subject, window_start) DO UPDATE SET (used, granted) = (
        SELECT held.used + granted, granted
        FROM (
          SELECT LEAST(
            \(bind: count)::integer, GREATEST(\(bind: capacity)::integer - held.used, 0)) AS granted
        ) AS next)
      RETURNING granted
      """)
    return rows[0][0].flatMap(Int.init) ?? 0
  }

  /// Takes up to `count` tokens from the bucket `name`, which starts full.
  ///
  /// Over any time t, all takers together are given at most the capacity and what flows in during
  /// t. The bucket's clock never goes back, whichever of two statements began first.
  package func take(
    _ count: Int, fromBucket name: String, _ bucket: TokenBucket
  ) async throws(PostgresError) -> TokenGrant {
    let (capacity, perSecond) = (String(bucket.capacity), String(bucket.perSecond))
    let rows = try await connection.query(
      """
      INSERT INTO bellwether.token_bucket AS held (tenant_id, name, level, updated_at, granted)
      SELECT \(bind: tenant), \(bind: name), capacity - granted, now(), granted
      FROM (
        SELECT \(bind: capacity)::integer AS capacity,
          LEAST(\(bind: count)::integer, \(bind: capacity)::integer) AS granted
      ) AS full_bucket
      ON CONFLICT (tenant_id, name) DO UPDATE SET (level, granted, updated_at) = (
        SELECT level - LEAST(\(bind: count)::integer, floor(level)),
          LEAST(\(bind: count)::integer, floor(level))::integer,
          GREATEST(held.updated_at, now())
        FROM (
          SELECT LEAST(
            \(bind: capacity)::double precision,
            held.level + \(bind: perSecond)::double precision
              * extract(epoch FROM GREATEST(held.updated_at, now()) - held.updated_at)::double precision
          ) AS level
        ) AS filled)
      RETURNING granted, level
      """)
    let level = rows[0][1].flatMap(Double.init) ?? 0
    return TokenGrant(count: rows[0][0].flatMap(Int.init) ?? 0, level: level)
  }

  /// Puts back tokens that the transaction under way has taken and does not need.
  package func giveBack(_ count: Int, toBucket name: String) async throws(PostgresError) {
    try await connection.execute(
      """
      UPDATE bellwether.token_bucket SET level = level + \(bind: count)::integer
      WHERE tenant_id = \(bind: tenant) AND name = \(bind: name)
      """)
  }
}

/// How much a bucket holds and how quickly it fills.
package struct TokenBucket: Sendable, Hashable {
  package var capacity: Int
  package var perSecond: Double

  /// Describes a bucket.
  package init(capacity: Int, perSecond: Double) {
    precondition(capacity > 0 && perSecond > 0, "a bucket holds something and fills")
    self.capacity = capacity
    self.perSecond = perSecond
  }

  /// How long after a grant the bucket has `count` whole tokens again.
  package func wait(for count: Int, at level: Double) -> Duration {
    .seconds(max(0, Double(count) - level) / perSecond)
  }
}

/// What was taken from a bucket.
package struct TokenGrant: Sendable, Hashable {
  package var count: Int

  /// What is left in the bucket, with its fraction.
  package var level: Double

  /// Describes what was taken.
  package init(count: Int, level: Double) {
    self.count = count
    self.level = level
  }
}

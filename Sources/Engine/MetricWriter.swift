import Expressions
import Planning
import Postgres
import Rules
import SQLText
import Store

/// Writes what metric rules of one entity computed, or says what would be written.
///
/// A rule's rows are one statement. Where PostgreSQL refuses it because of some record, it is cut
/// in halves until only such records stay out: each is kept with its reason, the rest is written.
struct MetricWriter: Sendable {
  let entity: Entity
  let tenant: Tenant
  let tenantKey: String?
  let run: UUIDv7
  let now: Instant
  let connection: Connection

  /// Beyond so many refused records a part that is refused stays out as a whole, since nearly all
  /// are then.
  static let mostIsolated = 1000

  /// Rows of a dry run that are shown one by one.
  static let mostShown = 20

  /// Writes the rows of a rule that differ.
  func write(_ found: MetricFindings) async throws -> RuleReport {
    var report = RuleReport(found)
    var failures = found.failures
    let store = FieldChangeStore(connection: connection, tenant: tenant.key, run: run)
    if let (writes, staging) = try await stage(found) {
      var waiting = [0..<found.rows.rowCount]
      report.counts.matched = 0
      while let range = waiting.popLast() {
        switch try await attempt(writes, range, found.rule, store) {
        case .success(let written):
          report.counts.matched += written.rows
          report.counts.updates += written.fields
        case .failure(let refusal):
          if range.count > 1, failures.count < Self.mostIsolated {
            let middle = range.lowerBound + range.count / 2
            waiting += [middle..<range.upperBound, range.lowerBound..<middle]
          } else {
            failures += try await keys(staging, range).map { ($0, refusal.reason) }
          }
        }
      }
    }
    try await store.recordFailures(failures, rule: found.rule.name)
    report.counts.errors = failures.count
    report.failures = failures.map { .init(key: $0.key, reason: $0.reason) }
    return report
  }

  /// What `write` would change, and nothing changed.
  func preview(_ found: MetricFindings) async throws -> RuleReport {
    var report = RuleReport(found)
    report.failures = found.failures.map { .init(key: $0.key, reason: $0.reason) }
    var changes = ChangeReport(
      fields: found.rule.metric?.settings.map(\.field) ?? [], rows: 0, first: [], totals: [])
    if let (writes, _) = try await stage(found) {
      let all = writes.preview(0..<found.rows.rowCount)
      let counted = try await connection.query("SELECT count(*) FROM (\(all)) AS changed")
      changes.rows = counted[0][0].flatMap(Int.init) ?? 0
      changes.first = try await first(all, of: changes.fields)
      changes.totals = try await totals(all, of: changes.fields)
    }
    report.counts.matched = changes.rows
    report.changes = changes
    return report
  }

  private func stage(
    _ found: MetricFindings
  ) async throws -> (writes: FieldWrites, staging: StagingTable)? {
    guard found.rows.rowCount > 0, let metric = found.rule.metric else { return nil }
    let fields = metric.settings.map(\.field)
    let columns = TableColumns(try await connection.query(TableColumns.query(of: entity.table)))
    // Other rules may set more fields, and a table stays as it was made.
    let name = "metric_new_\(fields.count)"
    let writes = FieldWrites(
      fields, of: entity, stamp: metric.stamp, at: now,
      from: StagingTable(name, columns: "").name, tenant: tenantKey, columns: columns)
    let staging = StagingTable(name, columns: writes.stagedColumns)
    try await staging.fill(found.rows, on: connection)
    return (writes, staging)
  }

  // MARK: Writing

  /// Writes a part, all of it or, if a record in it is refused, nothing.
  private func attempt(
    _ writes: FieldWrites, _ range: Range<Int>, _ rule: Rule, _ store: FieldChangeStore
  ) async throws -> Result<(rows: Int, fields: Int), PostgresError> {
    try await connection.execute("SAVEPOINT bellwether_metric")
    let result = await carryOut(writes, range, rule, store)
    if case .failure(let error) = result {
      guard error.isAboutRecord else { throw error }
      try await connection.execute("ROLLBACK TO SAVEPOINT bellwether_metric")
    }
    try await connection.execute("RELEASE SAVEPOINT bellwether_metric")
    return result
  }

  private func carryOut(
    _ writes: FieldWrites, _ range: Range<Int>, _ rule: Rule, _ store: FieldChangeStore
  ) async -> Result<(rows: Int, fields: Int), PostgresError> {
    do throws(PostgresError) {
      return .success(
        try await store.record(
          writes.update(range), of: writes.fields, rule: rule.name, entity: entity.name, at: now))
    } catch {
      return .failure(error)
    }
  }

  private func keys(_ staging: StagingTable, _ range: Range<Int>) async throws -> [String] {
    try await connection.query(
      """
      SELECT k FROM \(staging.name)
      WHERE n >= \(bind: range.lowerBound)::integer AND n < \(bind: range.upperBound)::integer
      ORDER BY n
      """
    ).compactMap { $0[0] }
  }

  // MARK: Showing

  private func first(_ all: SQL, of fields: [String]) async throws -> [ChangeReport.Row] {
    let parts = fields.indices.map {
      ", old[\(bind: $0 + 1)::int], new[\(bind: $0 + 1)::int]" as SQL
    }
    let rows = try await connection.query(
      """
      SELECT key, label\(parts.joined(separator: "")) FROM (\(all)) AS changed
      ORDER BY label, key LIMIT \(bind: Self.mostShown)::int
      """)
    return rows.map { row in
      ChangeReport.Row(
        key: row[0] ?? "", label: row[1] ?? "",
        old: fields.indices.map { row[2 + 2 * $0] }, new: fields.indices.map { row[3 + 2 * $0] })
    }
  }

  /// How often a field goes from one value to another, most often first.
  private func totals(_ all: SQL, of fields: [String]) async throws -> [ChangeReport.Total] {
    let rows = try await connection.query(
      """
      SELECT field, old[names.n], new[names.n], count(*)
      FROM (\(all)) AS changed,
        unnest(\(bind: fields)::text[]) WITH ORDINALITY AS names (field, n)
      WHERE old[names.n] IS DISTINCT FROM new[names.n]
      GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2 NULLS FIRST, 3 NULLS FIRST
      LIMIT \(bind: Self.mostShown)::int
      """)
    return rows.map { row in
      ChangeReport.Total(
        field: row[0] ?? "", old: row[1], new: row[2], count: row[3].flatMap(Int.init) ?? 0)
    }
  }
}

extension TenantRun {
  /// Writes what metric rules computed, or finds out what they would change.
  func conclude(_ findings: [MetricFindings], of entity: Entity) async throws -> [RuleReport] {
    let tenantKey: String? = if case .none = catalog.tenants { nil } else { tenant.key }
    let writer = MetricWriter(
      entity: entity, tenant: tenant, tenantKey: tenantKey, run: id, now: request.nominal,
      connection: connection)
    var reports: [RuleReport] = []
    for found in findings {
      let isWritten = !request.isDryRun && found.rule.mode == .live
      reports.append(
        isWritten ? try await writer.write(found) : try await writer.preview(found))
    }
    return reports
  }
}

extension RuleReport {
  fileprivate init(_ found: MetricFindings) {
    self.init(
      rule: found.rule.name, counts: found.counts, seconds: found.seconds, matches: [],
      problems: [])
  }
}

extension PostgresError {
  /// Whether a record is to blame: its values, a constraint, or what a trigger says of it.
  var isAboutRecord: Bool {
    ["22", "23", "P0"].contains { sqlState?.hasPrefix($0) == true }
  }

  /// What was wrong, without the values.
  var reason: String {
    if case .constraint(let name) = kind { "\(message) (\(name))" } else { message }
  }
}

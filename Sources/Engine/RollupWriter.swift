import Expressions
import Planning
import Postgres
import Rules
import SQLText
import Store

/// Writes what a rollup computed, or says what would be written.
///
/// A statement that PostgreSQL refuses because of some row is cut in halves until only such rows
/// stay out, as with fields.
struct RollupWriter: Sendable {
  let rule: Rule
  let catalog: Catalog
  let tenant: Tenant
  let tenantKey: String?
  let run: UUIDv7
  let now: Instant
  let connection: Connection

  typealias Failures = [(key: String, reason: String)]

  /// Makes the rows of the run's day those that were computed.
  func write(
    _ rows: [RollupRow], failures: Failures, into empty: RuleReport
  ) async throws -> RuleReport {
    var report = empty
    var failures = failures
    let writes = try await stage(rows)
    let removed = try await connection.query(writes.removal)
    report.counts.matched = removed.count
    var waiting = [0..<rows.count]
    while let range = waiting.popLast() {
      guard !range.isEmpty else { continue }
      switch try await attempt(writes, range) {
      case .success(let written): report.counts.matched += written
      case .failure(let refusal):
        if range.count > 1, failures.count < MetricWriter.mostIsolated {
          let middle = range.lowerBound + range.count / 2
          waiting += [middle..<range.upperBound, range.lowerBound..<middle]
        } else {
          failures += try await connection.query(writes.labels(range)).compactMap { $0[0] }
            .map { ($0, refusal.reason) }
        }
      }
    }
    report.counts.updates = report.counts.matched
    let store = FieldChangeStore(connection: connection, tenant: tenant.key, run: run)
    try await store.recordFailures(failures, rule: rule.name)
    report.take(failures)
    return report
  }

  /// What `write` would change, and nothing changed.
  func preview(
    _ rows: [RollupRow], failures: Failures, into empty: RuleReport
  ) async throws -> RuleReport {
    var report = empty
    report.take(failures)
    let names = rule.rollup?.columns.map(\.name) ?? []
    let preview = try await stage(rows).preview
    var changes = ChangeReport(fields: names, rows: 0, first: [], totals: [])
    changes.figures = rows.count
    changes.totals = try await connection.query(
      """
      SELECT CASE WHEN old IS NULL THEN 1 WHEN new IS NULL THEN 3 ELSE 2 END, count(*)
      FROM (\(preview)) AS changed GROUP BY 1 ORDER BY 1
      """
    ).map { row in
      let kind = row[0].flatMap(Int.init) ?? 2
      return ChangeReport.Total(
        field: "row", old: kind == 1 ? nil : "old", new: kind == 3 ? nil : "new",
        count: row[1].flatMap(Int.init) ?? 0)
    }
    changes.rows = changes.totals.reduce(0) { $0 + $1.count }
    changes.first = try await first(preview, names)
    report.counts.matched = changes.rows
    report.changes = changes
    return report
  }

  private func first(_ preview: SQL, _ names: [String]) async throws -> [ChangeReport.Row] {
    let parts = names.indices.map {
      ", old[\(bind: $0 + 1)::int], new[\(bind: $0 + 1)::int]" as SQL
    }
    return try await connection.query(
      """
      SELECT key, label\(parts.joined(separator: "")) FROM (\(preview)) AS changed
      ORDER BY place, key, label LIMIT \(bind: MetricWriter.mostShown)::int
      """
    ).map { row in
      ChangeReport.Row(
        key: row[0] ?? "", label: row[1] ?? "",
        old: names.indices.map { row[2 + 2 * $0] }, new: names.indices.map { row[3 + 2 * $0] })
    }
  }

  private func stage(_ rows: [RollupRow]) async throws -> RollupWrites {
    guard let rollup = rule.rollup, let table = catalog.rollups[rollup.target] else {
      preconditionFailure("a checked rollup names a table of the catalog")
    }
    let columns = TableColumns(try await connection.query(TableColumns.query(of: table.table)))
    let keyCount =
      table.groups.count + (table.windowDays == nil ? 0 : 1) + (table.window == nil ? 0 : 1)
    // A table stays as it was made, and other rollups have other columns.
    let name = "rollup_\(keyCount)_\(rollup.columns.count)"
    let writes = RollupWrites(
      rollup, table: table, day: tenant.zone.startOfDay(tenant.zone.date(now)), at: now,
      from: StagingTable(name, columns: "").name, tenant: tenantKey, columns: columns)
    var staged = CopyBuffer(columnCount: 1 + keyCount + rollup.columns.count)
    for (place, row) in rows.enumerated() {
      staged.beginRow()
      staged.append(Int32(place))
      for text in writes.keyTexts(of: row, text: \.columnText) { staged.append(text) }
      for value in row.values { staged.append(value.columnText) }
    }
    try await StagingTable(name, columns: writes.stagedColumns).fill(staged, on: connection)
    return writes
  }

  /// Writes a part, all of it or, if a row in it is refused, nothing.
  private func attempt(
    _ writes: RollupWrites, _ range: Range<Int>
  ) async throws -> Result<Int, PostgresError> {
    try await connection.execute("SAVEPOINT bellwether_rollup")
    let result = await carryOut(writes, range)
    if case .failure(let error) = result {
      guard error.isAboutRecord else { throw error }
      try await connection.execute("ROLLBACK TO SAVEPOINT bellwether_rollup")
    }
    try await connection.execute("RELEASE SAVEPOINT bellwether_rollup")
    return result
  }

  private func carryOut(
    _ writes: RollupWrites, _ range: Range<Int>
  ) async -> Result<Int, PostgresError> {
    do throws(PostgresError) {
      let written = try await connection.query(writes.write(range))
      return .success(written[0][0].flatMap(Int.init) ?? 0)
    } catch {
      return .failure(error)
    }
  }
}

extension RuleReport {
  fileprivate mutating func take(_ failed: RollupWriter.Failures) {
    counts.errors = failed.count
    failures = failed.map { .init(key: $0.key, reason: $0.reason) }
  }
}

import Evaluation
import Expressions
import Logging
import Planning
import Postgres
import Rules
import Store

extension TenantRun {
  /// Counts the rows of a rollup's source, and writes the figures or says what would be written.
  func rollUp(_ rule: Rule, into report: inout TenantReport) async throws {
    let clock = ContinuousClock()
    let start = clock.now
    let plan = rollupPlan(rule)
    var tally = RollupTally(
      rule, slots: plan.slots,
      context: EvaluationContext(now: request.nominal, zone: tenant.zone))
    let planned = clock.now
    var rowsRead = 0
    var evaluating = Duration.zero
    try await connection.copyOut(plan.query) {
      ColumnBatchBuilder(types: plan.types)
    } fill: { builder, row in
      try builder.append(copyRow: row)
      return builder.rowCount < ColumnBatchBuilder.batchSize
    } use: { builder in
      let batch = builder.finish()
      let start = clock.now
      for index in 0..<batch.rowCount { tally.take(batch.row(index)) }
      rowsRead += batch.rowCount
      evaluating += clock.now - start
    }
    let fetched = clock.now
    logger.info("[\(request.name)] Processing \(rowsRead) records")
    let rows = tally.rows
    let tenantKey: String? = if case .none = catalog.tenants { nil } else { tenant.key }
    let writer = RollupWriter(
      rule: rule, catalog: catalog, tenant: tenant, tenantKey: tenantKey, run: id,
      now: request.nominal, connection: connection)
    var counts = RuleCounts()
    counts.inScope = tally.counted
    counts.unknown = tally.unknown
    let seconds = evaluating / .seconds(1)
    let empty = RuleReport(
      rule: rule.name, counts: counts, seconds: seconds, matches: [], problems: [])
    let failures = tally.failures.map { ($0.time.iso8601, "\($0.error)") }
    report.rules.append(
      !request.isDryRun && rule.mode == .live
        ? try await writer.write(rows, failures: failures, into: empty)
        : try await writer.preview(rows, failures: failures, into: empty))
    report.rowsRead += rowsRead
    report.phases.plan += (planned - start) / .seconds(1)
    report.phases.fetch += (fetched - planned) / .seconds(1) - seconds
    report.phases.evaluate += seconds
    report.phases.write += (clock.now - fetched) / .seconds(1)
  }

  /// The query for the rows of a rollup's source.
  func rollupPlan(_ rule: Rule) -> FetchPlan {
    FetchPlan(
      rollup: rule, catalog: catalog,
      tenant: catalog.tenants == .none ? nil : tenant.key, now: request.nominal,
      zone: tenant.zone)
  }
}

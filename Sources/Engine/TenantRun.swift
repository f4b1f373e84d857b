import Expressions
import Planning
import Postgres
import Rules
import SQLText
import Store
import Templates

/// A run for one tenant, in one transaction: fetch, evaluate, decide, write.
///
/// A crash before the commit leaves nothing; a repeat finds its alerts open and does nothing.
struct TenantRun: Sendable {
  let request: RunRequest
  let tenant: Tenant
  let catalog: Catalog
  let formats: TextFormats
  let connection: Connection

  let id: UUIDv7
  let makeID: @Sendable () -> UUIDv7

  /// Does the work; the caller has opened the tenant's transaction.
  func perform() async throws -> TenantReport {
    let startedAt = try await DatabaseClock(connection: connection).now()
    if !request.isDryRun {
      try await RunStore(connection: connection, tenant: tenant.key).lockTenant()
    }
    let due = dueRules
    let alerts = try await loadAlerts(of: due)

    var report = TenantReport(tenant: tenant, runID: id, rowsRead: 0, rules: [], phases: .init())
    let clock = ContinuousClock()
    for (entity, rules) in grouped(due) {
      let start = clock.now
      let plan = try await plan(entity, rules, alerts: alerts)
      let prepared = EntityPass(
        rules: rules, plan: plan, tenant: tenant, now: request.nominal,
        keepsMatches: request.isDryRun, alerts: alerts)
      let planned = clock.now
      var pass = try await fetch(plan, into: prepared) { _ in }
      let fetched = clock.now
      report.rowsRead += pass.rowsRead
      report.rules += try await conclude(pass.takeFindings(), of: entity)
      report.rules += try await conclude(pass.metrics.findings, of: entity)
      report.phases.plan += (planned - start).seconds
      report.phases.fetch += (fetched - planned).seconds - pass.evaluationSeconds
      report.phases.evaluate += pass.evaluationSeconds
      report.phases.write += (clock.now - fetched).seconds
    }
    for rule in due where rule.rollup != nil { try await rollUp(rule, into: &report) }
    let order = Dictionary(
      due.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first }
    )
    report.rules.sort { order[$0.rule, default: 0] < order[$1.rule, default: 0] }
    if !request.isDryRun { try await record(report, rules: due, startedAt: startedAt) }
    return report
  }

  /// Writes what the rules' findings ask for, unless this is a dry run.
  private func conclude(
    _ found: consuming [RuleFindings], of entity: Entity
  ) async throws -> [RuleReport] {
    var findings = found
    if !request.isDryRun {
      let writer = RunWriter(
        entity: entity, tenant: tenant, catalog: catalog, formats: formats, run: id,
        makeID: makeID, now: request.nominal, connection: connection)
      try await writer.write(&findings)
    }
    return findings.map { found in
      RuleReport(
        rule: found.rule.name, counts: found.counts, seconds: found.seconds,
        matches: found.matches.sorted(by: RuleReport.Match.comesFirst), problems: found.problems)
    }
  }

  private func record(
    _ report: TenantReport, rules: [Rule], startedAt: Instant
  ) async throws {
    let hashes = Dictionary(
      rules.map { ($0.name, $0.conditionHash) }, uniquingKeysWith: { first, _ in first })
    let phases = ValueJSON.object([
      ("plan", ValueJSON.text(.number(report.phases.plan))),
      ("fetch", ValueJSON.text(.number(report.phases.fetch))),
      ("evaluate", ValueJSON.text(.number(report.phases.evaluate))),
      ("write", ValueJSON.text(.number(report.phases.write))),
    ])
    try await RunStore(connection: connection, tenant: tenant.key).record(
      RunRecord(
        id: id, ruleSet: request.name, nominal: request.nominal, startedAt: startedAt,
        requestedBy: request.requestedBy, rowsRead: report.rowsRead, phases: phases,
        rules: report.rules.map { ($0.rule, hashes[$0.rule] ?? "", $0.counts) }))
  }
}

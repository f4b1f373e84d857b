import Expressions
import Logging
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
  let tenantLimits: TenantLimits
  let connection: Connection

  /// Who is told of runs: the names of endpoints.
  let listeners: [OperatorEvent: [String]]

  let id: UUIDv7
  let makeID: @Sendable () -> UUIDv7
  let logger = Logger(label: "engine")

  /// Does the work; the caller has opened the tenant's transaction.
  func perform() async throws -> TenantReport {
    let startedAt = try await DatabaseClock(connection: connection).now()
    if !request.isDryRun {
      try await RunStore(connection: connection, tenant: tenant.key).lockTenant()
      try await claimFire()
    }
    let due = dueRules
    var stale = try await staleSources(of: due)
    let running = due.filter { stale[$0.name] == nil }
    let alerts = try await loadAlerts(of: running)
    let openElsewhere = try await openKeys(besides: running, entityKey: request.entityKey)

    var report = TenantReport(tenant: tenant, runID: id, rowsRead: 0, rules: [], phases: .init())
    let clock = ContinuousClock()
    for (entity, rules) in grouped(running) {
      let start = clock.now
      let plan = try await plan(entity, rules, alerts: alerts)
      let prepared = EntityPass(
        rules: rules, plan: plan, tenant: tenant, now: request.nominal,
        keepsMatches: request.isDryRun, alerts: alerts, openElsewhere: openElsewhere)
      let planned = clock.now
      var pass = try await fetch(plan, into: prepared) { _ in }
      let fetched = clock.now
      report.rowsRead += pass.rowsRead
      logger.info("[\(request.name)] Processing \(pass.rowsRead) records")
      report.rules += try await conclude(pass.takeFindings(), of: entity)
      report.rules += try await conclude(pass.metrics.findings, of: entity)
      report.phases.plan += (planned - start).seconds
      report.phases.fetch += (fetched - planned).seconds - pass.evaluationSeconds
      report.phases.evaluate += pass.evaluationSeconds
      report.phases.write += (clock.now - fetched).seconds
    }
    for rule in running where rule.rollup != nil { try await rollUp(rule, into: &report) }
    if !request.isDryRun {
      for rule in try await tellOwners(of: due, stale: stale) { stale[rule]?.isOwnerTold = true }
    }
    for rule in due {
      guard let found = stale[rule.name] else { continue }
      report.rules.append(
        RuleReport(
          rule: rule.name, counts: RuleCounts(), seconds: 0, matches: [], problems: [],
          stale: found))
    }
    let order = Dictionary(
      due.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first }
    )
    report.rules.sort { order[$0.rule, default: 0] < order[$1.rule, default: 0] }
    if !request.isDryRun { try await record(report, rules: due, startedAt: startedAt) }
    return report
  }

  /// Writes the nominal time down, which succeeds once.
  private func claimFire() async throws {
    guard let fire = request.fire else { return }
    let store = ScheduleStore(connection: connection, tenant: tenant.key)
    let isNew = try await store.record([fire.time], of: fire.ruleSet, .ran, run: id) > 0
    guard isNew else { throw EngineError.alreadyDecided }
    try await store.advance(fire.ruleSet, to: fire.time.reading)
  }

  /// Writes what the rules' findings ask for, unless this is a dry run.
  private func conclude(
    _ found: consuming [RuleFindings], of entity: Entity
  ) async throws -> [RuleReport] {
    var findings = found
    if !request.isDryRun {
      try await writer(for: entity).write(&findings)
    }
    return findings.map { found in
      RuleReport(
        rule: found.rule.name, counts: found.counts, seconds: found.seconds,
        matches: found.matches.sorted(by: RuleReport.Match.comesFirst), problems: found.problems)
    }
  }

  /// What writes for one entity.
  func writer(for entity: Entity) -> RunWriter {
    RunWriter(
      entity: entity, tenant: tenant, catalog: catalog, formats: formats,
      tenantLimits: tenantLimits, run: id, makeID: makeID, now: request.nominal,
      entityKey: request.entityKey, connection: connection)
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
        rules: report.rules.map { rule in
          .init(
            name: rule.rule, conditionHash: hashes[rule.rule] ?? "", counts: rule.counts,
            skipped: rule.stale.map { "stale: \($0.needed.source)" })
        }))
    try await RuleVersionStore(connection: connection, tenant: tenant.key).record(rules, of: id)
    // An event's run looks at one thing, and events may come in crowds.
    if request.entityKey == nil {
      _ = try await OutboxStore.enqueue(
        notices.finished(report), tenant: tenant.key, on: connection)
    }
  }
}

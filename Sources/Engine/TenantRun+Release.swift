import Expressions
import Rules
package import Store

/// What came of releasing one rule's held actions.
package struct ReleaseReport: Sendable, Hashable {
  package var rule: String

  /// What was carried out, and what other limits hold now.
  package var counts: RuleCounts

  /// Actions that were dropped, because their alerts are over.
  package var over: Int
}

extension TenantRun {
  /// Carries out what `max_matches` held of the rules, of at most `count` alerts each; the caller
  /// has opened the tenant's transaction.
  func release(_ rules: [Rule], atMost count: Int?) async throws -> [ReleaseReport] {
    let startedAt = try await DatabaseClock(connection: connection).now()
    try await RunStore(connection: connection, tenant: tenant.key).lockTenant()
    var reports: [ReleaseReport] = []
    for rule in rules where rule.opensAlerts {
      reports.append(try await writer(for: entity(rule.entity)).release(rule, atMost: count))
    }
    try await RunStore(connection: connection, tenant: tenant.key).record(
      RunRecord(
        id: id, ruleSet: request.name, nominal: request.nominal, startedAt: startedAt,
        requestedBy: request.requestedBy, rowsRead: 0, phases: "{}", rules: []))
    return reports
  }
}

extension RunWriter {
  /// Carries out what `max_matches` held of a rule as a run does: silences and rates hold for it,
  /// and what is to be done for an alert that is over is dropped.
  fileprivate func release(_ rule: Rule, atMost count: Int?) async throws -> ReleaseReport {
    let store = ActionStore(connection: connection, tenant: tenant.key)
    var plan = Plan(counts: [RuleCounts()], places: [rule.name: 0])
    let over = try await store.dropOver(rules: [rule.name], heldFor: .maxMatches)
    let records = try await store.held(rules: [rule.name], for: .maxMatches, atMost: count)
    let held = try await readable(records, &plan)
    try await decide(
      [ActionDecisions.RuleActions(rule: rule, held: held[rule.name] ?? [])], into: &plan)
    try await carryOut(&plan)
    return ReleaseReport(rule: rule.name, counts: plan.counts[0], over: over)
  }
}

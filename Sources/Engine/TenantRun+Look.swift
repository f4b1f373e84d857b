import Evaluation
import Expressions
import Planning
import Postgres
import Rules
import SQLText
import Store

extension TenantRun {
  /// The query that finds things of the rule's entity by name.
  func search(_ name: String, for rule: Rule) -> SQL {
    EntitySearch(name, in: fetchRequest(entity(rule.entity), [rule]), catalog: catalog).query
  }

  /// What a run would see of one thing and do about it; the caller has opened the transaction.
  func look(at key: String, by rule: Rule) async throws -> EntityLook? {
    var wanted = fetchRequest(entity(rule.entity), [rule])
    wanted.keys = [key]
    let plan = FetchPlan(wanted, catalog: catalog)
    let store = AlertStore(connection: connection, tenant: tenant.key)
    let stored = try await store.load(
      rules: [rule.ledgerName], entityKey: key, valuesOf: [rule.ledgerName])
    let alerts = [rule.name: stored[rule.ledgerName] ?? [:]]
    let openElsewhere = try await openKeys(besides: [rule], entityKey: key)
    var rows: ColumnBatch?
    let pass = try await fetch(
      plan,
      into: EntityPass(
        rules: [rule], plan: plan, tenant: tenant, now: request.nominal, keepsMatches: false,
        alerts: alerts, openElsewhere: openElsewhere)
    ) { if $0.rowCount > 0 { rows = $0 } }
    guard let row = rows?.row(0) else { return nil }
    var inputs = plan.slots.mapValues { row.value(at: $0) }
    inputs[.tenantName] = .text(tenant.name)
    var alert = alerts[rule.name]?[key]
    let opened = OpenedSlots(rule, width: 0)
    for (input, value) in zip(rule.openedValues, opened.kept(of: alert)) {
      inputs[.opened(input.name)] = value
    }
    alert?.openedValues = try await store.openedValues(rule: rule.ledgerName, entityKey: key)
    return EntityLook(
      key: key, label: row.value(at: 1).text ?? key, inputs: inputs, alert: alert,
      suppressors: rule.suppressedBy.filter { openElsewhere[$0]?.contains(key) == true },
      stale: try await staleSources(of: [rule])[rule.name],
      actions: try await expectedActions(of: pass.findings, rule: rule))
  }

  private func expectedActions(
    of findings: [RuleFindings], rule: Rule
  ) async throws -> [EntityLook.ExpectedAction] {
    let planner = ActionPlanner(rule: rule, tenant: tenant, now: request.nominal, formats: formats)
    let planned = findings.flatMap(\.episodes).filter { !$0.isHeldBack }
      .flatMap { planner.actions(for: $0) }
    let decisions = ActionDecisions(
      tenant: tenant, now: request.nominal, tenantLimits: tenantLimits,
      silences: try await SilenceStore(connection: connection, tenant: tenant.key)
        .active(at: request.nominal))
    // How many others match is not known here, so that `max_matches` cannot be decided.
    let actions = ActionDecisions.RuleActions(rule: rule, fresh: planned)
    let used = try await LimitStore(connection: connection, tenant: tenant.key)
      .used(decisions.windows(of: [actions]))
    return zip(planned, decisions.reasons(for: actions, used: used)).map { action, reason in
      EntityLook.ExpectedAction(
        kind: action.record.kind, recipient: action.record.recipient,
        text: action.effect.summary, failure: action.record.reason, heldBy: reason)
    }
  }
}

extension PlannedAction.Effect {
  /// What tells it from others of its kind.
  fileprivate var summary: String {
    switch self {
    case .task(_, let slots): slots["title"] ?? ""
    case .event(let event): event.target
    case .update(_, let field, let value): "\(field) = \(value ?? "missing")"
    case .digest(let line): line.text
    case .closeTasks, .nothing: ""
    }
  }
}

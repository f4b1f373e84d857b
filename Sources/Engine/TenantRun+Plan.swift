import Expressions
import Planning
import Postgres
import Rules
import SQLText
import Store

/// Alerts by rule and by the key of the thing they are about.
typealias AlertsByRule = [String: [String: StoredAlert]]

extension TenantRun {
  /// The fetch plans of the run, one for each entity.
  func plans() async throws -> [FetchPlan] {
    let due = dueRules
    let alerts = try await loadAlerts(of: due)
    var plans: [FetchPlan] = []
    for (entity, rules) in grouped(due) {
      plans.append(try await plan(entity, rules, alerts: alerts))
    }
    plans += due.filter { $0.rollup != nil }.map(rollupPlan)
    return plans
  }

  /// The rules that the run evaluates.
  var dueRules: [Rule] { request.rules.filter { $0.mode != .paused } }

  /// Every alert of the rules that is kept.
  func loadAlerts(of rules: [Rule]) async throws -> AlertsByRule {
    let stored = try await AlertStore(connection: connection, tenant: tenant.key).load(
      rules: rules.map(\.ledgerName), entityKey: request.entityKey,
      valuesOf: rules.filter { !$0.openedValues.isEmpty }.map(\.ledgerName))
    return rules.reduce(into: [:]) { $0[$1.name] = stored[$1.ledgerName] }
  }

  /// The things for which rules that hold back some of `running` have open alerts, without being
  /// among them.
  func openKeys(
    besides running: [Rule], entityKey: String? = nil
  ) async throws -> [String: Set<String>] {
    let others = Set(running.flatMap(\.suppressedBy)).subtracting(running.map(\.name))
    return try await AlertStore(connection: connection, tenant: tenant.key)
      .openKeys(rules: others.sorted(), entityKey: entityKey)
  }

  /// The rules by entity, in the order of the entities' names; rollups have none.
  func grouped(_ rules: [Rule]) -> [(Entity, [Rule])] {
    let ofThings = rules.filter { $0.rollup == nil }
    return Dictionary(grouping: ofThings, by: \.entity).sorted { $0.key < $1.key }.map {
      name, rules in
      (entity(name), rules)
    }
  }

  /// An entity of the catalog.
  func entity(_ name: String) -> Entity {
    guard let entity = catalog.entities[name] else {
      preconditionFailure("a checked rule's entity is in the catalog")
    }
    return entity
  }

  /// The query for rules of one entity.
  ///
  /// What lies outside every scope is not fetched, unless an alert waits for the row. Of two ways
  /// to the same rows PostgreSQL chooses.
  func plan(
    _ entity: Entity, _ rules: [Rule], alerts: AlertsByRule
  ) async throws -> FetchPlan {
    var fetch = fetchRequest(entity, rules)
    let awaited = rules.reduce(into: Set<String>()) { keys, rule in
      for (key, alert) in alerts[rule.name] ?? [:] where alert.state.awaitsRow(at: request.nominal)
      {
        keys.insert(key)
      }
    }
    fetch.preFilter = PreFilter(
      scopes: rules.map { $0.naming(tenant).scope }, of: entity, keeping: awaited)
    var plan = FetchPlan(fetch, catalog: catalog)
    if let alternative = plan.alternative,
      try await cost(of: alternative) < cost(of: plan.query)
    {
      plan.query = alternative
    }
    return plan
  }

  /// What PostgreSQL expects a query to cost, in its own unit; it does not run it.
  private func cost(of query: SQL) async throws -> Double {
    let plan = try await connection.query("EXPLAIN (FORMAT JSON) \(query)")[0][0]
    let cost = try await connection.query(
      "SELECT (\(bind: plan)::json)->0->'Plan'->>'Total Cost'")[0][0]
    return cost.flatMap(Double.init) ?? .infinity
  }

  /// What rules of one entity read.
  func fetchRequest(_ entity: Entity, _ rules: [Rule]) -> FetchRequest {
    let inputs = rules.reduce(into: Set<Input>()) { $0.formUnion($1.fetchedInputs) }
    let tenantKey: String? = if case .none = catalog.tenants { nil } else { tenant.key }
    var fetch = FetchRequest(
      entity: entity, inputs: inputs, tenant: tenantKey,
      now: request.nominal, zone: tenant.zone)
    if let key = request.entityKey { fetch.keys = [key] }
    return fetch
  }
}

extension AlertState {
  /// Whether something follows for the alert from a row that is out of the rule's scope, be it
  /// only that a later run was ahead.
  fileprivate func awaitsRow(at now: Instant) -> Bool {
    if let observedAt, observedAt > now { return true }
    return switch phase {
    case .pending, .open: true
    case .closed(_, _, let stillMatching): stillMatching
    case .inactive: false
    }
  }
}

import Expressions
import Planning
import Postgres
import Rules
import SQLText
import Store
import Templates

/// Writes what rules of one entity found out, inside the run's transaction.
///
/// Every kind of row is written by the same few statements, however many rules it comes from.
/// Actions are recorded with their keys, and only those whose key is new are carried out, so that a
/// repeat, a crash or a second process never makes a task or an event twice.
struct RunWriter: Sendable {
  let entity: Entity
  let tenant: Tenant
  let catalog: Catalog
  let formats: TextFormats
  let run: UUIDv7
  let makeID: @Sendable () -> UUIDv7
  let now: Instant
  let connection: Connection

  /// How many alerts are written at once, and how many steps with their actions: what they turn
  /// into on the way must fit into memory several times.
  static let alertsAtOnce = 25_000
  static let stepsAtOnce = 2_000

  /// Writes what live rules found out, completes their counts, and forgets what it has written.
  func write(_ findings: inout [RuleFindings]) async throws {
    let live = findings.indices.filter { findings[$0].rule.mode == .live }
    try await writeAlerts(of: live, in: &findings)
    var portion: [(place: Int, steps: RuleSteps)] = []
    var room = Self.stepsAtOnce
    for place in live {
      var steps = findings[place].takeSteps()[...]
      repeat {
        // The budget of a rate goes to all of a rule's actions in their order.
        let next = findings[place].rule.limits.hasRates ? steps : steps.prefix(room)
        steps = steps.dropFirst(next.count)
        portion.append(
          (
            place,
            RuleSteps(rule: findings[place].rule, counts: findings[place].counts, steps: next)
          ))
        room -= next.count
        if room <= 0 {
          try await act(exchange(&portion, with: []), counting: &findings)
          room = Self.stepsAtOnce
        }
      } while !steps.isEmpty
    }
    try await act(portion, counting: &findings)
  }

  private func writeAlerts(
    of live: [Int], in findings: inout [RuleFindings]
  ) async throws {
    let store = AlertStore(connection: connection, tenant: tenant.key)
    var changes = AlertChanges()
    for place in live {
      let rule = findings[place].rule
      for change in findings[place].takeChanges() {
        changes.append(change, rule: rule.name, entity: entity.name)
        if changes.count == Self.alertsAtOnce {
          try await store.save(exchange(&changes, with: AlertChanges()), run: run)
        }
      }
    }
    try await store.save(changes, run: run)
    let seenAgain = live.filter { findings[$0].sawOpenAgain }.map { findings[$0].rule.name }
    try await store.touch(rules: seenAgain, at: now)
  }

  /// Steps of one rule that are acted on together, and what the rule has counted so far.
  struct RuleSteps {
    let rule: Rule
    let counts: RuleCounts
    let steps: ArraySlice<EpisodeStep>
  }

  private func act(
    _ portion: [(place: Int, steps: RuleSteps)], counting findings: inout [RuleFindings]
  ) async throws {
    guard !portion.isEmpty else { return }
    var planned = try await plan(portion.map(\.steps))
    try await carryOut(&planned)
    for (part, counts) in zip(portion, planned.counts) { findings[part.place].counts = counts }
  }

  /// What may be done, after the limits.
  struct Plan {
    /// Counts by rule, and the place of each rule among them.
    var counts: [RuleCounts]
    let places: [String: Int]

    /// Actions that were held and may go, then new ones: those that go and those that wait.
    var released: [PlannedAction] = []
    var added: [PlannedAction] = []
    var waiting: [PlannedAction] = []

    mutating func count(_ action: PlannedAction, _ counter: WritableKeyPath<RuleCounts, Int>) {
      count(1, action.record.rule, counter)
    }

    mutating func count(_ more: Int, _ rule: String, _ counter: WritableKeyPath<RuleCounts, Int>) {
      if let place = places[rule] { counts[place][keyPath: counter] += more }
    }
  }

  private func plan(_ findings: [RuleSteps]) async throws -> Plan {
    let store = ActionStore(connection: connection, tenant: tenant.key)
    let limits = LimitStore(connection: connection, tenant: tenant.key)
    var plan = Plan(
      counts: findings.map(\.counts),
      places: Dictionary(
        findings.enumerated().map { ($0.element.rule.name, $0.offset) },
        uniquingKeysWith: { first, _ in first }))
    let waitingRecords = try await store.takeHeld(rules: findings.map(\.rule.name), at: now)
    let unreadable = waitingRecords.values.joined().filter {
      PlannedAction.Effect(payload: $0.payload) == nil
    }
    try await store.fail(unreadable.map(\.dedupeKey), reason: "what was held cannot be read")
    for record in unreadable { plan.count(1, record.rule, \.errors) }

    let rules = findings.map { found in
      let rule = found.rule
      let decisions = ActionDecisions(rule: rule, tenant: tenant, now: now)
      let planner = ActionPlanner(rule: rule, tenant: tenant, now: now, formats: formats)
      let fresh = found.steps.flatMap { planner.actions(for: $0) }
      let held = (waitingRecords[rule.name] ?? []).compactMap { record in
        PlannedAction.Effect(payload: record.payload).map {
          PlannedAction(record: record, effect: $0)
        }
      }
      return (
        decisions: decisions, fresh: fresh, held: held,
        windows: decisions.windows(of: [held, fresh].joined())
      )
    }
    let used = try await limits.used(
      rules.reduce(into: []) { $0.formUnion($1.windows) })
    var grants: [LimitStore.Key: Int] = [:]
    for (place, rule) in rules.enumerated() {
      let outcome = rule.decisions.decide(
        fresh: rule.fresh, held: rule.held, counts: plan.counts[place],
        used: rule.windows.reduce(into: [:]) { $0[$1] = used[$1] })
      grants.merge(outcome.grants, uniquingKeysWith: +)
      plan.take(outcome, held: Set(rule.held.map(\.record.dedupeKey)))
    }
    try await limits.add(grants)
    return plan
  }

  private func carryOut(_ plan: inout Plan) async throws {
    guard !plan.released.isEmpty || !plan.added.isEmpty || !plan.waiting.isEmpty else { return }
    let store = ActionStore(connection: connection, tenant: tenant.key)
    let known = try await store.stage(
      released: plan.released.lazy.map(\.record),
      fresh: [plan.added, plan.waiting].joined().lazy.map(\.record))
    // The places are those of the staged records: the ones that wait come last.
    let going = (plan.released + plan.added).enumerated().filter {
      $0.element.record.outcome != .failed && !known.contains($0.element.record.dedupeKey)
    }
    try await writeTasks(going, store: store, plan: &plan)
    let actions = going.map(\.element)
    try await closeTasks(actions, store: store)
    try await writeUpdates(actions, plan: &plan)
    try await enqueueEvents(actions, plan: &plan)
  }
}

extension RunWriter.Plan {
  /// Takes in what was decided for one rule; `held` are the keys of what waited before.
  fileprivate mutating func take(_ outcome: ActionDecisions.Outcome, held: Set<String>) {
    var fresh: Set<String> = []
    for action in outcome.going {
      if held.contains(action.record.dedupeKey) {
        released.append(action)
      } else if fresh.insert(action.record.dedupeKey).inserted {
        added.append(action)
      }
    }
    for action in outcome.waiting {
      if action.record.outcome == .held { count(action, \.held) }
      if !held.contains(action.record.dedupeKey),
        fresh.insert(action.record.dedupeKey).inserted
      {
        waiting.append(action)
      }
    }
  }
}

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
  let tenantLimits: TenantLimits
  let run: UUIDv7
  let makeID: @Sendable () -> UUIDv7
  let now: Instant

  /// The one thing that was looked at; `nil` means all.
  let entityKey: String?
  let connection: Connection

  /// How many alerts are written at once, and how many steps with their actions: what they turn
  /// into on the way must fit into memory several times.
  static let alertsAtOnce = 25_000
  static let stepsAtOnce = 2_000

  /// Writes what live rules and rules on trial found out, completes their counts, and forgets what
  /// it has written.
  func write(_ findings: inout [RuleFindings]) async throws {
    let kept = findings.indices.filter { findings[$0].rule.keepsAlerts }
    try await writeAlerts(of: kept, in: &findings)
    var holding = HeldMatches()
    var portion: [(place: Int, steps: RuleSteps)] = []
    var room = Self.stepsAtOnce
    for place in kept {
      let rule = findings[place].rule
      var steps = findings[place].takeSteps()[...]
      if holdsEverything(findings[place]) { holding.examples[rule.name] = steps.examples }
      var isFirst = true
      repeat {
        // The budget of a rate goes to all actions that share it in their order: those of the
        // rule, or those of all rules.
        let isWhole = rule.limits.hasRates || tenantLimits.hasRates
        let next = isWhole ? steps : steps.prefix(room)
        steps = steps.dropFirst(next.count)
        portion.append(
          (
            place,
            RuleSteps(
              findings[place], next, isFirst: isFirst,
              holdsEverything: holdsEverything(findings[place]))
          ))
        isFirst = false
        room -= next.count
        if room <= 0, !tenantLimits.hasRates {
          try await act(exchange(&portion, with: []), counting: &findings, &holding)
          room = Self.stepsAtOnce
        }
      } while !steps.isEmpty
    }
    try await act(portion, counting: &findings, &holding)
    try await notice(findings, holding)
  }

  private func writeAlerts(
    of kept: [Int], in findings: inout [RuleFindings]
  ) async throws {
    let store = AlertStore(connection: connection, tenant: tenant.key)
    var changes = AlertChanges()
    for place in kept {
      let rule = findings[place].rule
      for change in findings[place].takeChanges() {
        changes.append(change, rule: rule.ledgerName, entity: entity.name)
        if changes.count == Self.alertsAtOnce {
          try await store.save(exchange(&changes, with: AlertChanges()), run: run)
        }
      }
    }
    try await store.save(changes, run: run)
    let seenAgain = kept.filter { findings[$0].sawOpenAgain }
    try await store.touch(
      rules: seenAgain.map { findings[$0].rule.ledgerName }, entityKey: entityKey, at: now)
  }

  /// Steps of one rule that are acted on together, and what the rule has counted so far.
  struct RuleSteps {
    let rule: Rule
    let counts: RuleCounts
    let steps: ArraySlice<EpisodeStep>
    let holdsEverything: Bool

    /// Whether these are the rule's first, with which goes what earlier runs held.
    let isFirst: Bool

    init(
      _ findings: RuleFindings, _ steps: ArraySlice<EpisodeStep>, isFirst: Bool,
      holdsEverything: Bool
    ) {
      rule = findings.rule
      counts = findings.counts
      self.steps = steps
      self.holdsEverything = holdsEverything
      self.isFirst = isFirst
    }
  }

  private func act(
    _ portion: [(place: Int, steps: RuleSteps)], counting findings: inout [RuleFindings],
    _ holding: inout HeldMatches
  ) async throws {
    guard !portion.isEmpty else { return }
    var planned = try await plan(portion.map(\.steps))
    try await carryOut(&planned)
    for (part, counts) in zip(portion, planned.counts) { findings[part.place].counts = counts }
    for action in planned.waiting where action.record.reason == maxMatches {
      holding.actions[action.record.rule, default: 0] += 1
    }
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

    /// Actions that were held and stay or end, as their records say.
    var settled: [ActionRecord] = []

    mutating func count(_ action: PlannedAction, _ counter: WritableKeyPath<RuleCounts, Int>) {
      count(1, action.record.rule, counter)
    }

    mutating func count(_ more: Int, _ rule: String, _ counter: WritableKeyPath<RuleCounts, Int>) {
      if let place = places[rule] { counts[place][keyPath: counter] += more }
    }
  }

  private func plan(_ findings: [RuleSteps]) async throws -> Plan {
    let store = ActionStore(connection: connection, tenant: tenant.key)
    var plan = Plan(
      counts: findings.map(\.counts),
      places: Dictionary(
        findings.enumerated().map { ($0.element.rule.ledgerName, $0.offset) },
        uniquingKeysWith: { first, _ in first }))
    let begun = findings.filter { $0.isFirst && $0.rule.mode == .live }.map(\.rule.name)
    try await store.dropOver(rules: begun, heldFor: .rate)
    let held = try await readable(try await store.held(rules: begun, for: .rate), &plan)
    let rules = findings.map { found in
      let rule = found.rule
      let planner = ActionPlanner(rule: rule, tenant: tenant, now: now, formats: formats)
      let fresh = found.steps.flatMap { planner.actions(for: $0) }
      return ActionDecisions.RuleActions(
        rule: rule, holdsEverything: found.holdsEverything,
        fresh: rule.mode == .dryRun ? fresh.map { $0.skipped(because: "dry_run") } : fresh,
        held: held[rule.name] ?? [])
    }
    try await decide(rules, into: &plan)
    return plan
  }

  /// Held actions as they were planned; those that cannot be read fail.
  func readable(
    _ records: [String: [ActionRecord]], _ plan: inout Plan
  ) async throws -> [String: [PlannedAction]] {
    var readable: [String: [PlannedAction]] = [:]
    var unreadable: [ActionRecord] = []
    for (rule, records) in records {
      for var record in records {
        if let effect = PlannedAction.Effect(payload: record.payload) {
          readable[rule, default: []].append(
            PlannedAction(record: record, effect: effect, heldFor: record.reason))
        } else {
          record.outcome = .failed
          record.reason = "what was held cannot be read"
          unreadable.append(record)
          plan.count(1, rule, \.errors)
        }
      }
    }
    try await ActionStore(connection: connection, tenant: tenant.key).settle(unreadable)
    return readable
  }

  /// Applies silences and limits, and takes what the limits grant.
  func decide(_ rules: [ActionDecisions.RuleActions], into plan: inout Plan) async throws {
    let limits = LimitStore(connection: connection, tenant: tenant.key)
    let decisions = ActionDecisions(
      tenant: tenant, now: now, tenantLimits: tenantLimits,
      silences: try await SilenceStore(connection: connection, tenant: tenant.key)
        .active(at: now))
    let used = try await limits.used(decisions.windows(of: rules))
    let outcome = decisions.decide(rules, used: used)
    plan.take(outcome, makeID: makeID)
    try await limits.add(outcome.grants)
  }

  func carryOut(_ plan: inout Plan) async throws {
    let store = ActionStore(connection: connection, tenant: tenant.key)
    try await store.settle(plan.settled)
    guard !plan.released.isEmpty || !plan.added.isEmpty || !plan.waiting.isEmpty else { return }
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
    try await noteDigests(actions, plan: &plan)
    try await enqueueEvents(actions, plan: &plan)
  }
}

extension RunWriter.Plan {
  /// Takes in what was decided, with ids for the events that will follow.
  fileprivate mutating func take(
    _ outcome: ActionDecisions.Outcome, makeID: @Sendable () -> UUIDv7
  ) {
    var fresh: Set<String> = []
    for var action in outcome.going {
      if case .event = action.effect { action.record.eventID = makeID() }
      if action.heldFor != nil {
        released.append(action)
      } else if fresh.insert(action.record.dedupeKey).inserted {
        added.append(action)
      }
    }
    for action in outcome.staying {
      if action.record.outcome == .held { count(action, \.held) }
      if action.record.outcome == .skipped { count(action, \.skipped) }
      if let reason = action.heldFor {
        if action.record.outcome != .held || action.record.reason != reason {
          settled.append(action.record)
        }
      } else if fresh.insert(action.record.dedupeKey).inserted {
        waiting.append(action)
      }
    }
  }
}

import Evaluation
import Expressions
import Planning
import Rules
import Store

/// One pass over an entity's rows for all due rules: batches go in, what changed and what must be
/// done comes out.
///
/// The rules' conditions are decided for a whole batch at once; only rows that match, or that have
/// an alert already, are looked at one by one.
struct EntityPass: Sendable {
  private let rules: [CompiledRule]
  private let program: BatchProgram

  /// Where each rule's conditions stand in the program.
  private let conditions: [(scope: Int?, when: Int)]

  /// The rules that have an alert, by the key of the thing it is about.
  private let rulesByKey: [String: [Int]]
  private let moment: Moment

  /// The same rows for the metric rules.
  private(set) var metrics: MetricPass

  /// What can hold back the alerts of each rule.
  private let suppressors: [Suppressors]
  private let clock = ContinuousClock()

  /// Findings by rule, in the order of the rules.
  private(set) var findings: [RuleFindings]
  private(set) var rowsRead = 0

  /// Seconds spent evaluating, over all rules.
  private(set) var evaluationSeconds = 0.0

  /// Prepares a pass; `alerts` holds what is known of every alert of the rules, `openElsewhere`
  /// the keys of the things for which other rules' alerts are open.
  init(
    rules: [Rule], plan: FetchPlan, tenant: Tenant, now: Instant, keepsMatches: Bool,
    alerts: AlertsByRule, openElsewhere: [String: Set<String>]
  ) {
    let context = EvaluationContext(now: now, zone: tenant.zone)
    let named = rules.map { $0.naming(tenant) }
    metrics = MetricPass(rules: named.filter { $0.metric != nil }, plan: plan, context: context)
    let rules = named.filter { $0.metric == nil }.suppressorsFirst
    let opened = rules.map { OpenedSlots($0, width: plan.types.count) }
    self.rules = zip(rules, opened).map { rule, opened in
      CompiledRule(rule, slots: opened.added(to: plan.slots), context: context)
    }
    var terms: [Term] = []
    conditions = rules.map { rule in
      if let scope = rule.scope { terms.append(scope) }
      terms.append(rule.when)
      return (rule.scope == nil ? nil : terms.count - 2, terms.count - 1)
    }
    program = BatchProgram(terms, slots: plan.slots, context: context)
    moment = Moment(now: now, zone: tenant.zone, keepsMatches: keepsMatches)
    let holding = Set(rules.flatMap(\.suppressedBy))
    findings = zip(rules, opened).map { rule, opened in
      RuleFindings(
        rule: rule, alerts: alerts[rule.name] ?? [:], opened: opened,
        canSuppress: holding.contains(rule.name))
    }
    let places = Dictionary(
      rules.enumerated().map { ($0.element.name, $0.offset) },
      uniquingKeysWith: { first, _ in first })
    suppressors = rules.map { rule in
      Suppressors(
        places: rule.suppressedBy.compactMap { places[$0] },
        elsewhere: rule.suppressedBy.compactMap { name in
          places[name] == nil ? openElsewhere[name].map { (name, $0) } : nil
        })
    }
    rulesByKey = rules.enumerated().reduce(into: [:]) { found, rule in
      for key in (alerts[rule.element.name] ?? [:]).keys {
        found[key, default: []].append(rule.offset)
      }
    }
  }

  /// Takes the next rows.
  mutating func take(_ batch: ColumnBatch) {
    guard batch.rowCount > 0 else { return }
    let start = clock.now
    evaluate(batch)
    evaluationSeconds += (clock.now - start).seconds
  }

  /// Closes the alerts of things that are no longer there, after the last row.
  mutating func finish() {
    for index in findings.indices { findings[index].closeVanished(at: moment) }
  }

  /// Hands out the findings, once, so that nobody else holds them while they are written.
  mutating func takeFindings() -> [RuleFindings] { exchange(&findings, with: []) }

  private mutating func evaluate(_ batch: ColumnBatch) {
    rowsRead += batch.rowCount
    var evaluation = program.evaluate(batch)
    let known = rowsWithAlerts(batch)
    metrics.take(batch)
    for (index, condition) in conditions.enumerated() {
      let start = clock.now
      let outcome = RuleOutcome(
        scope: condition.scope.map { evaluation.outcome(of: $0) },
        when: evaluation.outcome(of: condition.when), rowCount: batch.rowCount)
      // Those rules stand before this one, so that they have seen the rows of the batch.
      let holding =
        suppressors[index].places.map { (findings[$0].rule.name, findings[$0].openKeys) }
        + suppressors[index].elsewhere
      findings[index].take(
        outcome, of: batch, known: known[index] ?? [], rule: rules[index],
        heldBack: HeldBack(by: holding), at: moment)
      findings[index].seconds += (clock.now - start).seconds
    }
  }

  /// The rows of a batch that have an alert already, by rule.
  private func rowsWithAlerts(_ batch: ColumnBatch) -> [Int: [Int]] {
    guard !rulesByKey.isEmpty else { return [:] }
    return (0..<batch.rowCount).reduce(into: [:]) { found, row in
      guard let key = batch.row(row).value(at: 0).text else { return }
      for rule in rulesByKey[key] ?? [] { found[rule, default: []].append(row) }
    }
  }
}

/// What is the same for all rows of a pass.
struct Moment: Sendable {
  let now: Instant
  let zone: Zone

  /// Whether matches are kept to be shown.
  let keepsMatches: Bool
}

/// What a rule comes to for the rows of a batch.
private struct RuleOutcome {
  let matched: Bitmap
  let counts: RuleCounts

  /// Rows that could not be evaluated, and why.
  let errors: [BatchOutcome.RowError]

  init(scope: BatchOutcome?, when: BatchOutcome, rowCount: Int) {
    let inScope = scope?.isTrue ?? Bitmap(repeating: true, count: rowCount)
    matched = inScope & when.isTrue
    errors = (scope?.errors ?? []) + when.errors.filter { inScope[$0.row] }
    var counts = RuleCounts()
    counts.matched = matched.setCount
    counts.inScope = counts.matched + (inScope & when.isFalse).setCount
    counts.errors = errors.count
    let outside = scope?.isFalse.setCount ?? 0
    counts.unknown = rowCount - counts.inScope - outside - errors.count
    self.counts = counts
  }
}

/// What a pass found out for one rule.
struct RuleFindings: Sendable {
  let rule: Rule
  var counts = RuleCounts()

  /// What the rule took; what several share counts for the first.
  var seconds = 0.0

  /// Alerts whose state is new, beyond the time when they were checked.
  private(set) var changes: [AlertChange] = []

  /// Whether open alerts were checked and found as they were.
  private(set) var sawOpenAgain = false

  /// What must be done, with the values that texts need.
  private(set) var episodes: [EpisodeStep] = []
  private(set) var matches: [RuleReport.Match] = []
  private(set) var problems: [String] = []

  /// The things that have an open alert, as far as rows have been looked at; kept only where the
  /// rule can hold back others.
  private(set) var openKeys: Set<String> = []

  private var alerts: [String: StoredAlert]
  private var seen: Set<String> = []
  private let opened: OpenedSlots
  private let canSuppress: Bool

  init(
    rule: Rule, alerts: [String: StoredAlert], opened: OpenedSlots, canSuppress: Bool
  ) {
    self.rule = rule
    self.alerts = alerts
    self.opened = opened
    self.canSuppress = canSuppress
    if canSuppress, rule.mode == .live {
      openKeys = Set(alerts.values.filter(\.state.isOpen).map(\.entityKey))
    }
  }

  /// Takes the rows of a batch; `known` are those that have an alert already, ascending.
  fileprivate mutating func take(
    _ outcome: RuleOutcome, of batch: ColumnBatch, known: [Int], rule: CompiledRule,
    heldBack: HeldBack, at moment: Moment
  ) {
    counts.inScope += outcome.counts.inScope
    counts.matched += outcome.counts.matched
    counts.unknown += outcome.counts.unknown
    counts.errors += outcome.counts.errors
    for error in outcome.errors.prefix(5 - problems.count) {
      problems.append("\(batch.row(error.row).value(at: 0).text ?? "?"): \(error.error)")
    }
    if !self.rule.keepsAlerts, alerts.isEmpty, !moment.keepsMatches,
      rule.rule.suppressedBy.isEmpty
    {
      countUnkept(outcome.counts.matched, at: moment)
      return
    }
    var visited = outcome.matched
    for row in known { visited[row] = true }
    for row in visited.setIndices {
      visit(
        OpenedRow(row: batch.row(row), base: opened.base), isMatch: outcome.matched[row],
        rule: rule, heldBack: heldBack, at: moment)
    }
  }

  /// Counts matches of which nothing is kept or shown: what becomes of one becomes of all.
  private mutating func countUnkept(_ matches: Int, at moment: Moment) {
    var state = AlertState()
    let effect = state.observe(
      .matches(.medium), at: moment.now, conditionHash: rule.conditionHash,
      lifecycle: rule.lifecycle, zone: moment.zone)
    if effect == .opened { counts.opened += matches }
  }

  /// Looks at a row that matches or has an alert.
  private mutating func visit(
    _ row: OpenedRow<some RowSource>, isMatch: Bool, rule: CompiledRule, heldBack: HeldBack,
    at moment: Moment
  ) {
    guard let key = row.value(at: 0).text else { return }
    let known = alerts[key]
    var row = row
    row.opened = opened.kept(of: known)
    let observation =
      isMatch ? Observation.matches(rule.severity(of: row)) : rule.observe(row).observation
    let suppressor = heldBack.rule(holding: key)
    if known != nil { seen.insert(key) }
    let label = row.value(at: 1).text ?? key
    if moment.keepsMatches, case .matches(let severity) = observation {
      matches.append(
        RuleReport.Match(
          key: key, label: label, severity: severity, values: rule.values.map { $0.value(of: row) },
          isOpen: known?.state.isOpen ?? false, isSuppressed: suppressor != nil))
    }
    advance(
      known ?? StoredAlert(entityKey: key, label: label, state: AlertState()), label: label,
      by: observation, heldBackBy: suppressor, row: row, rule: rule, at: moment)
  }

  /// Closes open alerts whose things the fetch did not return.
  mutating func closeVanished(at moment: Moment) {
    let vanished = alerts.filter { !seen.contains($0.key) }
    for (_, known) in vanished.sorted(by: { $0.key < $1.key }) {
      var alert = known
      let effect = alert.state.observe(
        .isOutOfScope, at: moment.now, conditionHash: rule.conditionHash,
        lifecycle: rule.lifecycle, zone: moment.zone)
      guard alert.state.phase != known.state.phase else { continue }
      record(alert, effect)
      if case .closed(let reason) = effect {
        counts.resolved += 1
        record(EpisodeStep(alert: alert, kind: .closed(reason), values: [], actions: []))
      }
    }
  }

  /// Hands out the changed alerts, once.
  mutating func takeChanges() -> [AlertChange] { exchange(&changes, with: []) }

  /// Hands out the steps, once: most severe first, then by key, as actions are carried out.
  mutating func takeSteps() -> [EpisodeStep] {
    let steps = exchange(&episodes, with: [])
    // Places are sorted, because steps are large.
    return steps.indices.sorted { left, right in
      let (a, b) = (steps[left].alert, steps[right].alert)
      if a.state.severity != b.state.severity { return a.state.severity > b.state.severity }
      return (a.entityKey, left) < (b.entityKey, right)
    }.map { steps[$0] }
  }

  private mutating func advance(
    _ known: StoredAlert, label: String, by observation: Observation,
    heldBackBy suppressor: String?,
    row: OpenedRow<some RowSource>, rule: CompiledRule, at moment: Moment
  ) {
    let isAhead = known.state.observedAt.map { $0 > moment.now } ?? false
    if isAhead { counts.ahead += 1 }
    var alert = known
    alert.label = label
    let effect = alert.state.observe(
      observation, at: moment.now, conditionHash: self.rule.conditionHash,
      lifecycle: self.rule.lifecycle, zone: moment.zone, isSuppressed: suppressor != nil)
    if let suppressor, !isAhead, !alert.state.isOpen, case .matches = observation {
      counts.suppressed += 1
      // Once, when nothing but the other rule keeps it from opening.
      let isReady = alert.state.phase == .pending(checks: self.rule.lifecycle.openAfter)
      if isReady, alert.state.phase != known.state.phase {
        record(
          EpisodeStep(
            alert: alert, kind: .heldBack(by: suppressor), values: [],
            actions: capture(rule.actions, row, alert.state.severity)))
      }
    }
    guard let effect else {
      // What is only looked at again need not be written again.
      if alert.isNewsTo(known) {
        if alert.state.isWorthKeeping(after: known.state) { record(alert) }
      } else if alert.state.isOpen {
        sawOpenAgain = true
      }
      return
    }
    let values = rule.values.map { $0.value(of: row) }
    switch effect {
    case .opened:
      var row = row
      row.opened = opened.taken(from: values)
      alert.openedValues = ValueJSON.object(self.rule.values, values)
      counts.opened += 1
      record(
        EpisodeStep(
          alert: alert, kind: .opened, values: values,
          actions: capture(rule.actions, row, alert.state.severity)))
    case .severityRose:
      record(
        EpisodeStep(
          alert: alert, kind: .severityRose, values: values,
          actions: capture(rule.actions, row, alert.state.severity)))
    case .reminded(let number):
      counts.reminded += 1
      record(
        EpisodeStep(
          alert: alert, kind: .reminded(number: number), values: values,
          actions: capture(rule.actions, row, alert.state.severity) { $0.isMessage }))
    case .closed(let reason):
      counts.resolved += 1
      record(
        EpisodeStep(
          alert: alert, kind: .closed(reason), values: values,
          actions: capture(rule.resolvedActions, row, alert.state.severity)))
    case .reopened:
      break
    }
    record(alert, effect)
  }

  private mutating func record(_ alert: StoredAlert, _ effect: AlertEffect? = nil) {
    guard rule.keepsAlerts else { return }
    if canSuppress, rule.mode == .live {
      if alert.state.isOpen {
        openKeys.insert(alert.entityKey)
      } else {
        openKeys.remove(alert.entityKey)
      }
    }
    changes.append(
      AlertChange(alert: alert, isNew: alerts[alert.entityKey] == nil, effect: effect))
  }

  /// Remembers a step unless nothing follows from it.
  private mutating func record(_ step: EpisodeStep) {
    guard rule.keepsAlerts, !step.actions.isEmpty || step.isEnd else { return }
    episodes.append(step)
  }

  private func capture(
    _ actions: [CompiledAction], _ row: some RowSource, _ severity: Severity,
    where isWanted: (Action) -> Bool = { _ in true }
  ) -> [EpisodeStep.CapturedAction] {
    actions.enumerated().compactMap { place, action in
      guard isWanted(action.action) else { return nil }
      return action.capture(row, severity: severity).map { .init(place: place, values: $0) }
    }
  }
}

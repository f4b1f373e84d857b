import Evaluation
import Expressions
import Planning
import Rules
import Store

/// One pass over an entity's rows for all due rules: rows go in as COPY sends them, what changed
/// and what must be done comes out.
struct EntityPass: Sendable {
  private let rules: [CompiledRule]
  private let tenantSlot: Int
  private let tenantName: String
  private let now: Instant
  private let zone: Zone
  private let keepsMatches: Bool
  private let clock = ContinuousClock()
  private var builder: ColumnBatchBuilder

  /// Findings by rule, in the order of the rules.
  private(set) var findings: [RuleFindings]
  private(set) var rowsRead = 0

  /// Seconds spent evaluating, over all rules.
  private(set) var evaluationSeconds = 0.0

  /// Prepares a pass; `alerts` holds what is known of every alert of the rules.
  init(
    rules: [Rule], plan: FetchPlan, tenant: Tenant, now: Instant, keepsMatches: Bool,
    alerts: [String: [String: StoredAlert]]
  ) {
    // Slots 0 and 1 are the key and the label; the tenant's name comes after the last column.
    var slots: [Input: Int] = [:]
    for (index, column) in plan.columns.enumerated() { slots[column.input] = index + 2 }
    tenantSlot = plan.columns.count + 2
    slots[.tenantName] = tenantSlot
    let context = EvaluationContext(now: now, zone: tenant.zone)
    self.rules = rules.map { CompiledRule($0, slots: slots, context: context) }
    tenantName = tenant.name
    self.now = now
    zone = tenant.zone
    self.keepsMatches = keepsMatches
    builder = ColumnBatchBuilder(types: [.text, .text] + plan.columns.map(\.type))
    findings = rules.map { RuleFindings(rule: $0, alerts: alerts[$0.name] ?? [:]) }
  }

  /// Takes one row, and evaluates once a batch is full.
  mutating func append(_ copyRow: UnsafeRawBufferPointer) throws {
    try builder.append(copyRow: copyRow)
    if builder.rowCount == ColumnBatchBuilder.batchSize { evaluateTimed() }
  }

  /// Evaluates what is left, and closes the alerts of things that are no longer there.
  mutating func finish() {
    if builder.rowCount > 0 { evaluateTimed() }
    for index in findings.indices { findings[index].closeVanished(at: now, zone: zone) }
  }

  private mutating func evaluateTimed() {
    let start = clock.now
    evaluateBatch()
    evaluationSeconds += (clock.now - start).seconds
  }

  private mutating func evaluateBatch() {
    let batch = builder.finish()
    rowsRead += batch.rowCount
    for (index, rule) in rules.enumerated() {
      let start = clock.now
      for rowIndex in 0..<batch.rowCount {
        let row = TenantRow(
          row: batch.row(rowIndex), tenantSlot: tenantSlot, tenantName: tenantName)
        findings[index].take(row, rule: rule, at: now, zone: zone, keepsMatches: keepsMatches)
      }
      findings[index].seconds += (clock.now - start).seconds
    }
  }
}

/// What a pass found out for one rule.
struct RuleFindings: Sendable {
  let rule: Rule
  private(set) var counts = RuleCounts()
  var seconds = 0.0

  /// Alerts whose state is new, beyond the time when they were checked.
  private(set) var changes: [AlertChange] = []

  /// Whether open alerts were checked and found as they were.
  private(set) var sawOpenAgain = false

  /// What must be done, with the values that texts need.
  private(set) var episodes: [EpisodeStep] = []
  private(set) var matches: [RuleReport.Match] = []
  private(set) var problems: [String] = []

  private var alerts: [String: StoredAlert]
  private var seen: Set<String> = []

  init(rule: Rule, alerts: [String: StoredAlert]) {
    self.rule = rule
    self.alerts = alerts
  }

  mutating func take(
    _ row: some RowSource, rule: CompiledRule, at now: Instant, zone: Zone, keepsMatches: Bool
  ) {
    let (observation, error) = rule.observe(row)
    let isKnown = !alerts.isEmpty
    count(observation, error, row: row)
    if observation == .isOutOfScope && !isKnown { return }

    let matched: Severity? = if case .matches(let severity) = observation { severity } else { nil }
    guard isKnown || matched != nil else { return }
    guard let key = row.value(at: 0).text else { return }
    let known = alerts[key]
    if known != nil { seen.insert(key) }
    guard known != nil || matched != nil else { return }

    let label = row.value(at: 1).text ?? key
    if keepsMatches, let matched {
      matches.append(
        RuleReport.Match(
          key: key, label: label, severity: matched, values: rule.values.map { $0.value(of: row) },
          isOpen: known?.state.isOpen ?? false))
    }
    advance(
      known ?? StoredAlert(entityKey: key, label: label, state: AlertState()), label: label,
      by: observation, row: row, rule: rule, at: now, zone: zone)
  }

  /// Closes open alerts whose things the fetch did not return.
  mutating func closeVanished(at now: Instant, zone: Zone) {
    for (key, known) in alerts.sorted(by: { $0.key < $1.key }) where !seen.contains(key) {
      var alert = known
      let effect = alert.state.observe(
        .isOutOfScope, at: now, conditionHash: rule.conditionHash, lifecycle: rule.lifecycle,
        zone: zone)
      guard alert.state.phase != known.state.phase else { continue }
      record(alert)
      if case .closed(let reason) = effect {
        counts.resolved += 1
        record(EpisodeStep(alert: alert, kind: .closed(reason), values: [], actions: []))
      }
    }
  }

  private mutating func count(
    _ observation: Observation, _ error: EvaluationError?, row: some RowSource
  ) {
    if let error {
      counts.errors += 1
      if problems.count < 5 { problems.append("\(row.value(at: 0).text ?? "?"): \(error)") }
      return
    }
    switch observation {
    case .matches:
      counts.inScope += 1
      counts.matched += 1
    case .isOver, .isBetween: counts.inScope += 1
    case .isUnknown: counts.unknown += 1
    case .isOutOfScope: break
    }
  }

  private mutating func advance(
    _ known: StoredAlert, label: String, by observation: Observation, row: some RowSource,
    rule: CompiledRule, at now: Instant, zone: Zone
  ) {
    if let checkedAt = known.state.observedAt, checkedAt > now { counts.ahead += 1 }
    var alert = known
    alert.label = label
    let effect = alert.state.observe(
      observation, at: now, conditionHash: self.rule.conditionHash,
      lifecycle: self.rule.lifecycle, zone: zone)
    guard let effect else {
      // What is only looked at again need not be written again.
      if alert.isNewsTo(known) {
        if alert.state.phase != known.state.phase || alert.state.isOpen { record(alert) }
      } else if alert.state.isOpen {
        sawOpenAgain = true
      }
      return
    }
    switch effect {
    case .opened, .severityRose:
      let values = rule.values.map { $0.value(of: row) }
      if effect == .opened { alert.openedValues = ValueJSON.object(self.rule.values, values) }
      counts.opened += effect == .opened ? 1 : 0
      record(
        EpisodeStep(
          alert: alert, kind: effect == .opened ? .opened : .severityRose, values: values,
          actions: capture(rule.actions, row, alert.state.severity)))
    case .closed(let reason):
      counts.resolved += 1
      record(
        EpisodeStep(
          alert: alert, kind: .closed(reason), values: rule.values.map { $0.value(of: row) },
          actions: capture(rule.resolvedActions, row, alert.state.severity)))
    case .reopened:
      break
    }
    record(alert)
  }

  private mutating func record(_ alert: StoredAlert) {
    guard rule.mode == .live else { return }
    changes.append(AlertChange(alert: alert, isNew: alerts[alert.entityKey] == nil))
  }

  /// Remembers a step unless nothing follows from it.
  private mutating func record(_ step: EpisodeStep) {
    guard rule.mode == .live, !step.actions.isEmpty || step.isEnd else { return }
    episodes.append(step)
  }

  private func capture(
    _ actions: [CompiledAction], _ row: some RowSource, _ severity: Severity
  ) -> [EpisodeStep.CapturedAction] {
    actions.enumerated().compactMap { place, action in
      action.capture(row, severity: severity).map { .init(place: place, values: $0) }
    }
  }
}

/// A step in the life of an episode that people or systems are told about.
struct EpisodeStep: Sendable {
  enum Kind: Sendable, Hashable {
    case opened, severityRose
    case closed(AlertState.CloseReason)
  }

  /// An action that applies, by its place among those of its kind of step, with the values of its
  /// terms.
  struct CapturedAction: Sendable {
    var place: Int
    var values: [Value]
  }

  var alert: StoredAlert
  var kind: Kind

  /// The rule's named values for this row.
  var values: [Value]
  var actions: [CapturedAction]

  /// Whether the episode ends, which may close tasks.
  var isEnd: Bool { if case .closed = kind { true } else { false } }
}

extension StoredAlert {
  /// Whether more than the time of the last check tells the two apart.
  fileprivate func isNewsTo(_ known: StoredAlert) -> Bool {
    var checked = known
    checked.state.observedAt = state.observedAt
    return self != checked
  }
}

/// A row with the tenant's name in one more slot.
private struct TenantRow<Base: RowSource>: RowSource {
  let row: Base
  let tenantSlot: Int
  let tenantName: String

  func value(at slot: Int) -> Value {
    slot == tenantSlot ? .text(tenantName) : row.value(at: slot)
  }
}

extension Input {
  /// `tenant.name`, which texts may use and no query fetches.
  static var tenantName: Input { .field(path: ["tenant", "name"]) }
}

extension Value {
  var text: String? {
    if case .text(let text) = self { text } else { nil }
  }
}

extension Duration {
  /// The duration in seconds, with its fraction.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}

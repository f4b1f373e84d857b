import Expressions
import Rules
import Store
import Templates

/// Turns the steps of episodes into actions with all their texts.
struct ActionPlanner: Sendable {
  let rule: Rule
  let tenant: Tenant
  let now: Instant
  let formats: TextFormats
  private let endActions: [Action]

  /// Prepares the actions of a rule.
  init(rule: Rule, tenant: Tenant, now: Instant, formats: TextFormats) {
    self.rule = rule
    self.tenant = tenant
    self.now = now
    self.formats = formats
    endActions = rule.resolvedActions.compactMap {
      if case .act(let action) = $0 { action } else { nil }
    }
  }

  /// The actions of one step, in the rule's order.
  func actions(for step: EpisodeStep) -> [PlannedAction] {
    var planned = step.actions.flatMap { plan($0, step) }
    if case .closed(let reason) = step.kind, reason != .expired, rule.closesTasks {
      planned.append(
        PlannedAction(
          record: record(step, action: "close_task", kind: .closeTask), effect: .closeTasks))
    }
    if case .heldBack(let suppressor) = step.kind {
      return planned.map { $0.skipped(because: "suppressed_by:\(suppressor)") }
    }
    return planned
  }

  private func plan(_ captured: EpisodeStep.CapturedAction, _ step: EpisodeStep) -> [PlannedAction]
  {
    var values = ValueReader(values: captured.values)
    let action = (step.isEnd ? endActions : rule.actions)[captured.place]
    let id = action.id
    switch action.kind {
    case .task(let task):
      return [plan(task, id: id, &values, step)]
    case .email(let email):
      return plan(email, id: id, &values, step)
    case .webhook(let webhook):
      let body = webhook.body.map { render($0, &values) }
      return [plan(webhook, id: id, body: body, step)]
    case .update(let updates):
      return updates.map { update in
        PlannedAction(
          record: record(step, action: "\(id).\(update.field)", kind: .update),
          effect: .update(
            entity: rule.entity, field: update.field, value: values.next().columnText))
      }
    }
  }

  private func plan(
    _ task: TaskAction, id: String, _ values: inout ValueReader, _ step: EpisodeStep
  ) -> PlannedAction {
    var slots = [
      "title": render(task.title, &values),
      "entity.id": step.alert.entityKey,
      "priority": task.priority ?? step.alert.state.severity.rawValue,
      "rule": rule.name,
      "severity": step.alert.state.severity.rawValue,
    ]
    slots["body"] = task.body.map { render($0, &values) }
    let assignee = task.assignee.map { values.next($0) }
    slots["assign_to"] = assignee?.key
    slots["due"] = task.dueIn.map { tenant.zone.adding($0, to: now).iso8601 }
    return PlannedAction(
      record: record(step, action: id, kind: .task, recipient: assignee?.identity),
      effect: .task(entity: rule.entity, slots: slots))
  }

  private func plan(
    _ email: EmailAction, id: String, _ values: inout ValueReader, _ step: EpisodeStep
  ) -> [PlannedAction] {
    let subject = render(email.subject, &values)
    let text = render(email.text, &values)
    let html = email.html.map { render($0, &values) }
    let line = email.line.map { render($0, &values) } ?? subject
    return (email.to + email.cc).map { recipient in
      let person = values.next(recipient)
      var record = record(
        step, action: id, kind: .email, recipient: person.identity, isPerRecipient: true)
      guard let address = person.address else {
        record.outcome = .failed
        record.reason = "no address"
        return PlannedAction(record: record, effect: .nothing)
      }
      let waiting = DigestLine(
        address: address, name: person.name, title: rule.title, text: line.onOneLine,
        tellsOfEnd: step.isEnd)
      if email.digest != nil { return PlannedAction(record: record, effect: .digest(waiting)) }
      var to = [("address", ValueJSON.string(address))]
      if let name = person.name { to.insert(("name", ValueJSON.string(name)), at: 0) }
      var body = [
        ("to", ValueJSON.object(to)), ("subject", ValueJSON.string(subject)),
        ("text", ValueJSON.string(text)),
      ]
      if let html { body.append(("html", ValueJSON.string(html))) }
      return PlannedAction(
        record: record,
        effect: .event(
          .init(
            type: step.eventType, subject: "\(rule.entity)/\(step.alert.entityKey)",
            contentType: "application/vnd.bellwether.mail+json", body: ValueJSON.object(body),
            channel: DeliveryChannel.email.rawValue, target: address)),
        line: rule.limits.overflow == .digest ? waiting : nil)
    }
  }

  private func plan(
    _ webhook: WebhookAction, id: String, body: String?, _ step: EpisodeStep
  ) -> PlannedAction {
    PlannedAction(
      record: record(step, action: id, kind: .webhook),
      effect: .event(
        .init(
          type: step.eventType, subject: "\(rule.entity)/\(step.alert.entityKey)",
          contentType: body == nil ? "application/cloudevents+json" : "application/json",
          body: body ?? alertData(step), channel: DeliveryChannel.webhook.rawValue,
          target: webhook.endpoint)))
  }

  /// The `data` of the standard event.
  private func alertData(_ step: EpisodeStep) -> String {
    let alert = step.alert
    return ValueJSON.object([
      ("rule", ValueJSON.string(rule.name)),
      ("title", ValueJSON.string(rule.title)),
      ("tenant", ValueJSON.string(tenant.slug)),
      ("severity", ValueJSON.string(alert.state.severity.rawValue)),
      ("episode", "\(alert.state.episode)"),
      (
        "entity",
        ValueJSON.object([
          ("type", ValueJSON.string(rule.entity)), ("key", ValueJSON.string(alert.entityKey)),
          ("label", ValueJSON.string(alert.label)),
        ])
      ),
      ("values", ValueJSON.object(rule.values, step.values)),
    ])
  }

  private func render(_ template: TextTemplate, _ values: inout ValueReader) -> String {
    template.render(values.next(template.terms.count), formats: formats, zone: tenant.zone)
  }

  private func record(
    _ step: EpisodeStep, action: String, kind: ActionRecord.Kind, recipient: String? = nil,
    isPerRecipient: Bool = false
  ) -> ActionRecord {
    let state = step.alert.state
    return ActionRecord(
      dedupeKey: DedupeKey.join(
        rule.ledgerName, step.alert.entityKey, "\(state.episode)", step.occasion, action,
        isPerRecipient ? recipient ?? "" : ""),
      rule: rule.ledgerName, entityKey: step.alert.entityKey, episode: state.episode, kind: kind,
      outcome: .done, severity: state.severity, recipient: recipient, decidedAt: now)
  }
}

extension EpisodeStep {
  /// What tells the actions of an opening from those of a rise or an end in the same episode.
  fileprivate var occasion: String {
    switch kind {
    case .opened: "opened"
    case .severityRose: "rose to \(alert.state.severity.rawValue)"
    case .reminded(let number): "reminder \(number)"
    case .heldBack: "held back \(alert.state.observedAt?.iso8601 ?? "")"
    // An episode that is resumed may close again; each end counts.
    case .closed: "closed \(alert.state.observedAt?.iso8601 ?? "")"
    }
  }

  fileprivate var eventType: String {
    switch kind {
    case .opened, .heldBack: "dev.bellwether.alert.opened"
    case .severityRose: "dev.bellwether.alert.updated"
    case .reminded: "dev.bellwether.alert.reminded"
    case .closed: "dev.bellwether.alert.resolved"
    }
  }
}

extension Rule {
  fileprivate var closesTasks: Bool {
    resolvedActions.contains { if case .closeTasks = $0 { true } else { false } }
  }
}

/// Hands out the captured values in the order of `Action.terms`.
private struct ValueReader {
  private var values: ArraySlice<Value>

  init(values: [Value]) { self.values = values[...] }

  mutating func next() -> Value { values.popFirst() ?? .missing }

  mutating func next(_ count: Int) -> [Value] {
    defer { values = values.dropFirst(count) }
    return Array(values.prefix(count))
  }

  mutating func next(_ recipient: Recipient) -> ResolvedRecipient {
    switch recipient {
    case .person:
      let key = next().text
      let name = next().text
      return ResolvedRecipient(key: key, name: name, address: next().text)
    case .field:
      let address = next().text
      return ResolvedRecipient(key: address, name: nil, address: address)
    case .address(let address):
      return ResolvedRecipient(key: address, name: nil, address: address)
    }
  }
}

/// Somebody, for one row.
private struct ResolvedRecipient {
  /// What a task is assigned to: a person's key, or an address.
  var key: String?
  var name: String?
  var address: String?

  /// Whose budget of messages counts: the address, since a person may have several roles.
  var identity: String? { address ?? key }
}

extension Value {
  /// The value as a column takes it, in PostgreSQL's text format.
  var columnText: String? {
    switch self {
    case .missing, .error, .list: nil
    case .bool(let flag): flag ? "true" : "false"
    case .number(let number):
      number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : "\(number)"
    case .text(let text): text
    case .instant(let instant): instant.iso8601
    case .duration(let period):
      "\(period.months) months \(period.days) days \(period.microseconds) microseconds"
    }
  }
}

import Engine
import Expressions
import Rules
import Store
import Workbench

/// What `alerts show` prints.
struct AlertStoryOutput {
  var story: AlertStory
  var tenant: Tenant

  /// The rule, unless it is gone.
  var rule: Rule?

  /// How the alert stands, then a line for each thing that happened.
  var text: String {
    let alert = story.alert
    let name =
      alert.label == alert.entityKey ? alert.label : "\(alert.label) (\(alert.entityKey))"
    var text =
      "\(rule?.title ?? alert.rule) (\(alert.rule)): \(alert.entity.replacing("_", with: " ")) \(name)\n"
    text += "\(tenant.name) (\(tenant.slug)), times in \(tenant.zone.identifier)\n\n"
    text += "\(standing)\n"
    for entry in story.entries {
      let lines = lines(of: entry.event)
      text += "\n\(timeOfDay(entry.time))  \(lines[0])"
      for line in lines.dropFirst() {
        text += "\n\(String(repeating: " ", count: 21))\(line)"
      }
    }
    if story.entries.isEmpty { text += "\nnothing happened yet" }
    return text
  }

  private var standing: String {
    let alert = story.alert
    let zone = tenant.zone
    let checked = "last checked for \(zone.shown(alert.checkedAt))"
    switch alert.state {
    case "open":
      let since = alert.openedAt.map { " since \(zone.shown($0))" } ?? ""
      return "open\(since), \(alert.severity), episode \(alert.episode); \(checked)"
    case "closed":
      let at = alert.closedAt.map { " at \(zone.shown($0))" } ?? ""
      let reason = alert.closeReason.map { ", \(words($0))" } ?? ""
      return "closed\(at)\(reason), episode \(alert.episode); \(checked)"
    case "pending":
      let checks = alert.streak == 1 ? "1 check" : "\(alert.streak) checks in a row"
      return "not open yet: matched at \(checks); \(checked)"
    default: return "\(alert.state); \(checked)"
    }
  }

  /// The local time with its seconds.
  private func timeOfDay(_ instant: Instant) -> String {
    String(
      Instant(microseconds: tenant.zone.wallClock(instant)).iso8601
        .replacing("T", with: " ").prefix(19))
  }
}

// MARK: Words

extension AlertStoryOutput {
  private func lines(of event: AlertStory.Event) -> [String] {
    switch event {
    case .change(let change): lines(of: change)
    case .action(let action): ["  " + words(action)]
    case .delivery(let delivery): lines(of: delivery)
    case .attempt(let attempt): ["  " + words(attempt)]
    }
  }

  private func lines(of change: AlertStory.Change) -> [String] {
    let what =
      switch change.kind {
      case "opened": "opened, \(change.severity), episode \(change.episode)"
      case "reopened": "went on, \(change.severity), episode \(change.episode)"
      case "severity_rose": "rose to \(change.severity)"
      case "reminded": "was still open, a reminder was due"
      case "closed": "closed, \(words(change.reason ?? "resolved"))"
      default: words(change.kind)
      }
    let run = change.run.map { ", run \($0)" } ?? ""
    var lines = ["\(what); checked for \(tenant.zone.shown(change.at))\(run)"]
    if let values = change.values.flatMap(shownValues) { lines.append("with \(values)") }
    return lines
  }

  private func words(_ action: AlertStory.Action) -> String {
    let recipient = action.recipient.map { " for \($0)" } ?? ""
    let what =
      switch action.kind {
      case "task": "task" + (action.target.map { " \($0)" } ?? "") + recipient
      case "email": "email\(recipient)"
      case "close_task": "its tasks are closed"
      case "update": action.name.replacing("resolved.", with: "").replacing(".", with: " of ")
      default: action.kind
      }
    let event = action.event.map { ", event \($0)" } ?? ""
    return "\(what): \(outcome(of: action))\(event)"
  }

  private func outcome(of action: AlertStory.Action) -> String {
    let reason = action.reason.map { " (\($0))" } ?? ""
    switch action.outcome {
    case "done":
      let digest = action.due.map { ", in the digest of \(tenant.zone.shown($0))" } ?? ""
      return "done\(digest)" + (action.reason.map { ", once held by \($0)" } ?? "")
    case "digest":
      return
        "waits for the digest of \(action.due.map(tenant.zone.shown) ?? "a later day")\(reason)"
    default: return action.outcome + reason
    }
  }

  private func lines(of delivery: AlertStory.Delivery) -> [String] {
    let subject = delivery.subject.map { ": \($0)" } ?? ""
    let reason = delivery.reason.map { " (\($0))" } ?? ""
    let state =
      switch delivery.state {
      case "ready":
        delivery.attempts == 0
          ? "waits to be sent\(reason)"
          : "tried again at \(delivery.due.map(tenant.zone.shown) ?? "")\(reason)"
      case "leased": "is being sent"
      case "succeeded": "arrived"
      default: delivery.state + reason
      }
    return [
      "  \(delivery.channel) to \(delivery.target)\(subject)",
      "  delivery \(delivery.id) \(state)",
    ]
  }

  private func words(_ attempt: AlertStory.Attempt) -> String {
    let status = attempt.status.map { ", \($0)" } ?? ""
    let detail = attempt.detail.map { ": \($0)" } ?? ""
    let outcome = attempt.outcome ?? "under way, or cut off"
    return "attempt \(attempt.number) of \(attempt.delivery): \(outcome)\(status)\(detail)"
  }

  private func words(_ name: String) -> String { name.replacing("_", with: " ") }

  /// The values of an opening, `quiet_for 58 days, past_year 12,000`.
  private func shownValues(_ json: String) -> String? {
    let text = rule.map { KeptValues.text(json, of: $0, tenant.zone) } ?? json
    return text.isEmpty || text == "{}" ? nil : text
  }
}

// MARK: JSON

extension AlertStoryOutput {
  /// One object for machines.
  var json: String {
    ValueJSON.object(
      [("tenant", ValueJSON.string(tenant.slug))] + story.alert.members + [
        ("story", ValueJSON.array(story.entries.map(json)))
      ])
  }

  private func json(_ entry: AlertStory.Entry) -> String {
    let time = ("time", ValueJSON.time(entry.time))
    return switch entry.event {
    case .change(let change): ValueJSON.object([time] + members(change))
    case .action(let action): ValueJSON.object([time] + members(action))
    case .delivery(let delivery): ValueJSON.object([time] + members(delivery))
    case .attempt(let attempt): ValueJSON.object([time] + members(attempt))
    }
  }

  private func members(_ change: AlertStory.Change) -> [(String, String)] {
    [
      ("what", ValueJSON.string(change.kind)), ("at", ValueJSON.time(change.at)),
      ("episode", "\(change.episode)"), ("severity", ValueJSON.string(change.severity)),
      ("reason", ValueJSON.optional(change.reason)), ("run", ValueJSON.optional(change.run)),
      ("values", change.values ?? "null"),
    ]
  }

  private func members(_ action: AlertStory.Action) -> [(String, String)] {
    [
      ("what", ValueJSON.string("action")), ("kind", ValueJSON.string(action.kind)),
      ("action", ValueJSON.string(action.name)), ("outcome", ValueJSON.string(action.outcome)),
      ("reason", ValueJSON.optional(action.reason)), ("episode", "\(action.episode)"),
      ("severity", ValueJSON.string(action.severity)),
      ("recipient", ValueJSON.optional(action.recipient)),
      ("task", ValueJSON.optional(action.target)), ("event", ValueJSON.optional(action.event)),
      ("digest_due", ValueJSON.time(action.due)),
      ("decided_at", ValueJSON.time(action.decidedAt)), ("run", ValueJSON.string(action.run)),
      ("key", ValueJSON.string(action.key)),
    ]
  }

  private func members(_ delivery: AlertStory.Delivery) -> [(String, String)] {
    [
      ("what", ValueJSON.string("delivery")), ("delivery", ValueJSON.string(delivery.id)),
      ("event", ValueJSON.string(delivery.event)), ("type", ValueJSON.string(delivery.type)),
      ("channel", ValueJSON.string(delivery.channel)),
      ("target", ValueJSON.string(delivery.target)),
      ("subject", ValueJSON.optional(delivery.subject)),
      ("state", ValueJSON.string(delivery.state)),
      ("reason", ValueJSON.optional(delivery.reason)), ("attempts", "\(delivery.attempts)"),
      ("due_at", ValueJSON.time(delivery.due)),
      ("finished_at", ValueJSON.time(delivery.finishedAt)),
    ]
  }

  private func members(_ attempt: AlertStory.Attempt) -> [(String, String)] {
    [
      ("what", ValueJSON.string("attempt")), ("delivery", ValueJSON.string(attempt.delivery)),
      ("number", "\(attempt.number)"), ("outcome", ValueJSON.optional(attempt.outcome)),
      ("status", attempt.status.map(String.init) ?? "null"),
      ("detail", ValueJSON.optional(attempt.detail)),
      ("finished_at", ValueJSON.time(attempt.finishedAt)),
    ]
  }
}

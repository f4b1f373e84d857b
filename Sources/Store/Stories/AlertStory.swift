package import Expressions

/// All that is known of one alert, in the order in which it happened.
package struct AlertStory: Sendable, Hashable {
  package var alert: ListedAlert
  package var entries: [Entry]

  /// One thing that happened.
  package struct Entry: Sendable, Hashable {
    /// When it was written, by the database's clock.
    package var time: Instant
    package var event: Event
  }

  /// What happened.
  package enum Event: Sendable, Hashable {
    case change(Change)
    case action(Action)
    case delivery(Delivery)
    case attempt(Attempt)
  }

  /// The alert opened, went on, became more severe or closed.
  package struct Change: Sendable, Hashable {
    /// `opened`, `reopened`, `severity_rose`, `reminded` or `closed`.
    package var kind: String

    /// The check's scheduled time.
    package var at: Instant
    package var episode: Int
    package var severity: String

    /// Why it closed.
    package var reason: String?

    /// The run; unknown for what happened before stories were kept.
    package var run: String?

    /// The rule's values at an opening, as a JSON object.
    package var values: String?
  }

  /// An action, and what became of it in the end.
  package struct Action: Sendable, Hashable {
    package var key: String
    package var kind: String
    package var outcome: String
    package var reason: String?
    package var episode: Int
    package var severity: String
    package var recipient: String?

    /// The key of the task that was made.
    package var target: String?

    /// The scheduled time of the run that decided on it.
    package var decidedAt: Instant

    /// When the digest that it waits for goes out, or went.
    package var due: Instant?

    /// The event that it became, or that carried it in a digest.
    package var event: String?
    package var run: String

    /// The action among those of its rule: `task`, `email.2`, `update.risk_status`.
    package var name: String {
      let parts = key.split(separator: "|", omittingEmptySubsequences: false)
      return parts.count > 4 ? String(parts[4]) : kind
    }
  }

  /// A message on its way.
  package struct Delivery: Sendable, Hashable {
    package var id: String
    package var event: String
    package var type: String
    package var channel: String
    package var target: String

    /// A mail's subject.
    package var subject: String?

    /// How it stands now: `ready`, `leased`, `succeeded`, `dead` or `cancelled`.
    package var state: String
    package var reason: String?
    package var attempts: Int

    /// When it is tried next, unless it is over.
    package var due: Instant?
    package var finishedAt: Instant?
  }

  /// One try of a delivery.
  package struct Attempt: Sendable, Hashable {
    package var delivery: String
    package var number: Int
    package var finishedAt: Instant?

    /// `nil` as long as nobody knows.
    package var outcome: String?
    package var status: Int?
    package var detail: String?
  }
}

extension AlertStory {
  /// Puts everything in order: what one transaction wrote at one time, cause before effect.
  init(of alert: ListedAlert, telling entries: [Entry]) {
    self.alert = alert
    let known = entries.compactMap { entry in
      if case .change(let change) = entry.event { change } else { nil }
    }
    self.entries = (entries + alert.unkept(known)).enumerated().sorted { left, right in
      let (a, b) = (left.element, right.element)
      if a.time != b.time { return a.time < b.time }
      if a.event.rank != b.event.rank { return a.event.rank < b.event.rank }
      return left.offset < right.offset
    }.map(\.element)
  }
}

extension AlertStory.Event {
  fileprivate var rank: Int {
    switch self {
    case .change: 0
    case .action: 1
    case .delivery: 2
    case .attempt: 3
    }
  }
}

extension ListedAlert {
  /// What the row tells of its last episode and no kept change does: it is older than these.
  fileprivate func unkept(_ known: [AlertStory.Change]) -> [AlertStory.Entry] {
    func entry(_ kind: String, _ time: Instant?, _ reason: String? = nil) -> [AlertStory.Entry] {
      let isKnown = known.contains { $0.episode == episode && ($0.kind == kind || $0.at == time) }
      guard let time, !isKnown else { return [] }
      let change = AlertStory.Change(
        kind: kind, at: time, episode: episode, severity: severity, reason: reason,
        values: kind == "opened" ? openedValues : nil)
      return [AlertStory.Entry(time: time, event: .change(change))]
    }
    return entry("opened", openedAt)
      + (state == "closed" ? entry("closed", closedAt, closeReason) : [])
  }
}

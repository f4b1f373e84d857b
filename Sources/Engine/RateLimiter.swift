import Expressions
import Rules
import Store

/// What one rule's limits admit in one run.
///
/// Pure: budgets come in, decisions and grants go out.
/// The unit is an alert: `per_rule` counts alerts that act, `per_recipient` counts alerts that
/// somebody hears of, however many actions each has. Field updates are state and never wait.
struct RateLimiter {
  private(set) var rule: RateWindow?
  private(set) var recipients: [String: RateWindow]
  private let recipientWindow: RateWindow?
  private let holdsEverything: Bool
  private var ruleGrants: [String: Bool] = [:]
  private var recipientGrants: [String: Bool] = [:]

  /// A limiter; `usedByRecipient` holds what each has had of the window.
  init(
    rule: RateWindow?, recipientWindow: RateWindow?, usedByRecipient: [String: Int],
    holdsEverything: Bool
  ) {
    self.rule = rule
    self.recipientWindow = recipientWindow
    recipients = usedByRecipient.reduce(into: [:]) { windows, used in
      if let window = recipientWindow {
        windows[used.key] = RateWindow(
          start: window.start, capacity: window.capacity, used: used.value)
      }
    }
    self.holdsEverything = holdsEverything
  }

  /// Why the action must wait, or `nil` if it may go.
  ///
  /// Ask most severe first, then oldest. A line of a digest is no message of its own, so it takes
  /// nothing of its recipient's budget.
  mutating func reasonToHold(_ planned: PlannedAction) -> String? {
    let action = planned.record
    switch action.kind {
    case .update, .closeTask: return nil
    case .task, .email, .webhook: break
    }
    if holdsEverything { return "max_matches" }
    let alert = DedupeKey.join(action.entityKey, "\(action.episode)")
    if rule != nil {
      let isGranted = ruleGrants[alert] ?? rule?.admit() ?? true
      ruleGrants[alert] = isGranted
      if !isGranted { return "per_rule" }
    }
    if case .digest = planned.effect { return nil }
    guard let recipient = action.recipient, let window = recipientWindow else { return nil }
    let pair = DedupeKey.join(alert, recipient)
    if let isGranted = recipientGrants[pair] { return isGranted ? nil : "per_recipient" }
    let isGranted = recipients[
      DedupeKey.join(action.rule, recipient), default: window
    ].admit()
    recipientGrants[pair] = isGranted
    return isGranted ? nil : "per_recipient"
  }
}

import Diagnostics
import Expressions
import Templates
import YAML

/// Two rules that do the same to one thing, or undo each other's work.
///
/// They are told apart from rules that merely share an endpoint or a recipient: what is found are
/// fields that both set differently, and tasks, mails and events of the same wording that reach
/// the same people.
struct RepeatedActionLint {
  private var earlier: [Effect: [Candidate]] = [:]

  private struct Candidate {
    let rule: Rule
    let suppressors: Set<String>
    let value: Term?
    let conditions: [Alternatives?]

    func clashes(with other: Candidate) -> Bool {
      guard rule.name != other.rule.name, value == nil || value != other.value,
        !suppressors.contains(other.rule.name), !other.suppressors.contains(rule.name)
      else { return false }
      return !Alternatives.exclude((conditions + other.conditions).compactMap { $0 })
    }
  }

  /// Compares a rule with those before it, and remembers it for those after it.
  mutating func findings(in subject: LintSubject) -> [Diagnostic] {
    guard let rule = subject.rule, rule.mode != .paused else { return [] }
    let suppressors = Set(subject.root["suppressed_by"]?.items?.compactMap(\.text) ?? [])
    lazy var conditions = [Alternatives(rule.scope), Alternatives(rule.when)]
    var found: [Diagnostic] = []
    var told: Set<String> = []
    for (action, node) in zip(rule.actions, subject.root["then"]?.items ?? []) {
      guard let entry = node.entries?.first else { continue }
      for (effect, value) in action.effects(on: rule.entity) {
        let candidate = Candidate(
          rule: rule, suppressors: suppressors, value: value, conditions: conditions)
        let other = earlier[effect, default: []].first { $0.clashes(with: candidate) }
        if let other, told.insert(other.rule.name).inserted {
          let place = entry.value.entries?.first { $0.key == effect.key }?.keySpan
          found.append(
            .warning(
              .repeatedAction, effect.message(other.rule.name), at: place ?? entry.keySpan,
              help: "add `suppressed_by: [\(other.rule.name)]`, or let `where` keep them apart"))
        }
        earlier[effect, default: []].append(candidate)
      }
    }
    return found
  }
}

/// What an action does, as far as another rule's action can do it too.
private struct Effect: Hashable {
  let entity: String

  /// The key it is written under.
  let key: String
  let texts: [String]
  let terms: [Term]
  var recipients: Recipient?

  func message(_ other: String) -> String {
    switch key {
    case "title": "the rule `\(other)` adds the same task for the same person"
    case "to": "the rule `\(other)` sends the same mail to the same person"
    case "endpoint": "the rule `\(other)` sends the same message to the same endpoint"
    default: "the rule `\(other)` sets `\(key)` to something else: the last to run wins"
    }
  }
}

extension Action {
  /// What the action does, each with the value it sets if it sets one.
  fileprivate func effects(on entity: String) -> [(Effect, Term?)] {
    switch kind {
    case .task(let task):
      [
        (
          Effect(
            entity: entity, key: "title", texts: [task.title.source],
            terms: task.title.terms.map(\.unnamed), recipients: task.assignee), nil
        )
      ]
    case .email(let email):
      email.to.map { recipient in
        (
          Effect(
            entity: entity, key: "to", texts: [email.subject.source, email.text.source],
            terms: (email.subject.terms + email.text.terms).map(\.unnamed),
            recipients: recipient), nil
        )
      }
    case .webhook(let webhook):
      webhook.body.map { body in
        [
          (
            Effect(
              entity: entity, key: "endpoint", texts: [webhook.endpoint, body.source],
              terms: body.terms.map(\.unnamed)), nil
          )
        ]
      } ?? []
    case .update(let updates):
      updates.map { update in
        (
          Effect(entity: entity, key: "\(entity).\(update.field)", texts: [], terms: []),
          update.value.unnamed
        )
      }
    }
  }
}

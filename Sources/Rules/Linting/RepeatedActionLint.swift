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
  private var earlier: [Effect: [Deed]] = [:]

  /// Compares what a rule does with what those before it do, and remembers it for those after it.
  mutating func findings(among deeds: [Deed]) -> [Diagnostic] {
    var found: [Diagnostic] = []
    var told: Set<String> = []
    for deed in deeds {
      let other = earlier[deed.effect, default: []].first { $0.clashes(with: deed) }
      if let other, told.insert(other.rule).inserted {
        found.append(
          .warning(
            .repeatedAction, deed.effect.message(other.rule), at: deed.span,
            help: "add `suppressed_by: [\(other.rule)]`, or let `where` keep them apart"))
      }
      earlier[deed.effect, default: []].append(deed)
    }
    return found
  }
}

/// One thing that a rule does, and where it says so.
struct Deed: Sendable {
  let rule: String
  let span: Range<Int>
  fileprivate let effect: Effect
  private let act: Act
  private let conditions: [Term?]
  private let suppressors: Set<String>

  fileprivate func clashes(with other: Deed) -> Bool {
    guard rule != other.rule, act.clashes(with: other.act),
      !suppressors.contains(other.rule), !other.suppressors.contains(rule)
    else { return false }
    let all = (conditions + other.conditions).compactMap { Alternatives($0) }
    return !Alternatives.exclude(all)
  }

  /// All that a rule does; nothing while it is paused.
  static func all(of rule: Rule, root: Node) -> [Deed] {
    guard rule.mode != .paused else { return [] }
    let suppressors = Set(root["suppressed_by"]?.items?.compactMap(\.text) ?? [])
    return zip(rule.actions, root["then"]?.items ?? []).flatMap { action, node -> [Deed] in
      guard let entry = node.entries?.first else { return [] }
      return action.effects(on: rule.entity).map { effect, act in
        let place = entry.value.entries?.first { $0.key == effect.key }?.keySpan
        return Deed(
          rule: rule.name, span: place ?? entry.keySpan, effect: effect, act: act,
          conditions: [rule.scope, rule.when], suppressors: suppressors)
      }
    }
  }
}

/// What an action does, as far as another rule's action can do it too.
private struct Effect: Hashable {
  let entity: String

  /// The key it is written under.
  let key: String
  var texts: [String] = []
  var recipient: Recipient?

  func message(_ other: String) -> String {
    switch key {
    case "title": "the rule `\(other)` adds the same task for the same person"
    case "to": "the rule `\(other)` sends the same mail to the same person"
    case "endpoint": "the rule `\(other)` sends the same message to the same endpoint"
    default: "the rule `\(other)` sets `\(key)` to something else: the last to run wins"
    }
  }
}

/// What two actions of the same effect still differ in.
private enum Act {
  /// Texts that read alike: they are the same if their tags stand for the same.
  case says([Term])
  case sets(Term)

  func clashes(with other: Act) -> Bool {
    switch (self, other) {
    case (.says(let one), .says(let two)): one.map(\.withoutNames) == two.map(\.withoutNames)
    case (.sets(let one), .sets(let two)): one.withoutNames != two.withoutNames
    default: false
    }
  }
}

extension Action {
  /// What the action does.
  fileprivate func effects(on entity: String) -> [(Effect, Act)] {
    switch kind {
    case .task(let task):
      let effect = Effect(
        entity: entity, key: "title", texts: [task.title.source], recipient: task.assignee)
      return [(effect, .says(task.title.terms))]
    case .email(let email):
      let texts = [email.subject.source, email.text.source]
      return email.to.map { recipient in
        let effect = Effect(entity: entity, key: "to", texts: texts, recipient: recipient)
        return (effect, .says(email.subject.terms + email.text.terms))
      }
    case .webhook(let webhook):
      guard let body = webhook.body else { return [] }
      let effect = Effect(
        entity: entity, key: "endpoint", texts: [webhook.endpoint, body.source])
      return [(effect, .says(body.terms))]
    case .update(let updates):
      return updates.map { update in
        (Effect(entity: entity, key: "\(entity).\(update.field)"), .sets(update.value))
      }
    }
  }
}

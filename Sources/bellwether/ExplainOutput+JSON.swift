import Engine
import Expressions
import Rules
import Store
import Workbench

extension ExplainOutput {
  /// A rule's sentences, for machines.
  static func json(_ description: RuleDescription, of rule: Rule) -> String {
    let sections = description.sections.map { section in
      ValueJSON.object([
        ("heading", ValueJSON.string(section.heading)), ("lines", strings(section.lines)),
      ])
    }
    return ValueJSON.object([
      ("rule", ValueJSON.string(rule.name)), ("title", ValueJSON.string(rule.title)),
      ("about", optional(description.about)), ("for_each", ValueJSON.string(rule.entity)),
      ("mode", ValueJSON.string(rule.mode.rawValue)), ("owner", optional(rule.owner)),
      ("tags", strings(rule.tags)), ("tests", "\(rule.tests.count)"),
      ("sections", array(sections)),
    ])
  }

  /// What a rule makes of one thing, for machines.
  static func json(_ explained: ExplainedEntity) -> String {
    let (explanation, look) = (explained.explanation, explained.look)
    let zone = explained.tenant.zone
    let data = explanation.data.map { datum in
      var members = [
        ("input", ValueJSON.string(datum.text)),
        ("value", ValueJSON.text(datum.value)),
      ]
      if let bounds = datum.bounds {
        members.append(("from", optional(bounds.start?.iso8601)))
        members.append(("before", ValueJSON.string(bounds.end.iso8601)))
      }
      return ValueJSON.object(members)
    }
    let values = explanation.names.map { named in
      ValueJSON.object([
        ("name", ValueJSON.string(named.name)), ("expression", ValueJSON.string(named.expression)),
        ("value", ValueJSON.text(named.value)),
      ])
    }
    let steps = explanation.severity.map { step in
      ValueJSON.object([
        ("severity", ValueJSON.string(step.severity.rawValue)),
        ("condition", condition(step.condition, zone)),
      ])
    }
    return ValueJSON.object([
      ("rule", ValueJSON.string(explained.rule.name)),
      ("tenant", ValueJSON.string(explained.tenant.slug)),
      ("as_of", ValueJSON.string(explained.now.iso8601)),
      ("key", ValueJSON.string(look.key)), ("label", ValueJSON.string(look.label)),
      ("outcome", ValueJSON.string(explanation.observation.word)),
      ("data", array(data)), ("values", array(values)),
      ("where", explanation.scope.map { condition($0, zone) } ?? "null"),
      ("when", condition(explanation.when, zone)), ("severity_steps", array(steps)),
      ("severity", optional(explanation.observation.severity?.rawValue)),
      ("resolve_when", explanation.resolveWhen.map { condition($0, zone) } ?? "null"),
      (
        "set",
        ValueJSON.object(explanation.settings.map { ($0.field, ValueJSON.text($0.value)) })
      ),
      ("alert", alert(look.alert)),
      ("verdict", ValueJSON.string(explained.verdict)),
      ("actions", array(explained.actions.map(action))),
    ])
  }

  private static func condition(_ explanation: Explanation, _ zone: Zone) -> String {
    ValueJSON.object([
      ("text", ValueJSON.string(explanation.term.text)),
      ("outcome", ValueJSON.string(explanation.outcome.word)),
      ("why", ValueJSON.string(explanation.why(in: zone))),
      ("operands", array(explanation.operands.map(ValueJSON.text))),
      ("missing", strings(explanation.causes.map(\.text))),
      ("parts", array(explanation.parts.map { condition($0, zone) })),
    ])
  }

  private static func alert(_ alert: StoredAlert?) -> String {
    guard let alert else { return "null" }
    let state = alert.state
    var (phase, since, reason): (String, Instant?, String?) = ("inactive", nil, nil)
    switch state.phase {
    case .inactive: break
    case .pending: phase = "pending"
    case .open(let opened, _): (phase, since) = ("open", opened)
    case .closed(let at, let why, _): (phase, since, reason) = ("closed", at, why.rawValue)
    }
    return ValueJSON.object([
      ("state", ValueJSON.string(phase)), ("since", optional(since?.iso8601)),
      ("close_reason", optional(reason)), ("episode", "\(state.episode)"),
      ("severity", ValueJSON.string(state.severity.rawValue)),
      ("checked", optional(state.observedAt?.iso8601)),
      ("opened_values", alert.openedValues ?? "{}"),
    ])
  }

  private static func action(_ action: EntityLook.ExpectedAction) -> String {
    ValueJSON.object([
      ("kind", ValueJSON.string(action.kind.rawValue)), ("recipient", optional(action.recipient)),
      ("text", ValueJSON.string(action.text)), ("failure", optional(action.failure)),
      ("held_by", optional(action.heldBy)),
    ])
  }

  private static func optional(_ text: String?) -> String { text.map(ValueJSON.string) ?? "null" }

  private static func strings(_ texts: [String]) -> String { array(texts.map(ValueJSON.string)) }

  private static func array(_ elements: [String]) -> String {
    "[" + elements.joined(separator: ",") + "]"
  }
}

extension Observation {
  /// What a run finds, for machines.
  fileprivate var word: String {
    switch self {
    case .matches: "matches"
    case .isOver: "over"
    case .isBetween: "between"
    case .isUnknown: "unknown"
    case .isOutOfScope: "out_of_scope"
    }
  }

  fileprivate var severity: Severity? {
    if case .matches(let severity) = self { severity } else { nil }
  }
}

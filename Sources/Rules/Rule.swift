package import Diagnostics
package import Expressions
package import Templates

/// A checked rule, ready to run.
package struct Rule: Sendable {
  /// Its name, equal to its file's and part of every alert's identity.
  package var name: String
  package var title: String
  package var about: String?

  /// Who is told when the rule itself is ill.
  package var owner: String?
  package var tags: [String]
  package var mode: Mode
  package var schedule: Schedule?

  /// The types of incoming events at which the rule looks at the one thing they are about.
  package var eventTypes: [String] = []

  /// How recent a source must be; else the rule is left out of the run.
  package var needsFresh: Freshness?

  /// Rules about the same entity whose open alert for a thing holds back this one's.
  package var suppressedBy: [String]

  /// The entity whose every row the rule looks at.
  package var entity: String

  /// `where`, with the `where` of the conditions that `when` calls; `nil` means everyone.
  package var scope: Term?

  /// Named values in order: shown by dry run and explain, used by texts, stored with the alert.
  package var values: [NamedTerm]
  package var when: Term
  package var severity: SeverityLadder
  package var lifecycle: Lifecycle
  package var limits: Limits
  package var actions: [Action]
  package var resolvedActions: [ResolvedAction]

  /// What a metric rule writes; `nil` for a rule that alerts.
  ///
  /// A metric rule opens no alert: its `when` always holds, and it has no actions.
  package var metric: MetricWork?

  /// What a rollup computes; `nil` for rules that look at things one by one.
  ///
  /// Its `entity` is the name of a source, whose rows `scope` narrows.
  package var rollup: Rollup?

  /// The names besides its own that the rule runs under, together with others.
  package var jobs: [String] = []

  /// Hash (128 bits, hex) of what decides matches: changing a text leaves it as it is.
  package var conditionHash: String

  /// Examples the rule is held to.
  package var tests: [RuleTest] = []

  /// The file it stands in.
  package var path = ""

  /// That file's text.
  package var source = SourceText(path: "", text: "")

  /// The same without its place.
  package var sourceText: String { source.text }

  /// What names this version of the file: a hash (128 bits, hex) of its bytes.
  package var version: String { ConditionHash.of(source) }

  /// Whether a rule acts.
  package enum Mode: String, Sendable, Hashable, CaseIterable {
    case live
    case dryRun = "dry_run"
    case paused
  }

  /// Creates a rule.
  package init(
    name: String, title: String, about: String? = nil, owner: String? = nil, tags: [String] = [],
    mode: Mode = .live, schedule: Schedule? = nil, entity: String, scope: Term? = nil,
    values: [NamedTerm] = [], when: Term, severity: SeverityLadder = SeverityLadder(),
    lifecycle: Lifecycle = Lifecycle(), limits: Limits = Limits(), actions: [Action] = [],
    resolvedActions: [ResolvedAction] = [], conditionHash: String = "",
    needsFresh: Freshness? = nil, suppressedBy: [String] = []
  ) {
    self.name = name
    self.title = title
    self.about = about
    self.owner = owner
    self.tags = tags
    self.mode = mode
    self.schedule = schedule
    self.entity = entity
    self.scope = scope
    self.values = values
    self.when = when
    self.severity = severity
    self.lifecycle = lifecycle
    self.limits = limits
    self.actions = actions
    self.resolvedActions = resolvedActions
    self.conditionHash = conditionHash
    self.needsFresh = needsFresh
    self.suppressedBy = suppressedBy
  }

  /// The owner's address, if that is what `owner` is.
  package var ownerAddress: String? { owner.flatMap { Scalars.isAddress($0) ? $0 : nil } }
}

extension Rule {
  /// What the table of alerts calls it.
  ///
  /// A rule on trial has alerts of its own there, so that it begins anew once it is live.
  package var ledgerName: String { mode == .dryRun ? Self.trialName(of: name) : name }

  /// What the rule `name` is called there while it is on trial.
  package static func trialName(of name: String) -> String { "\(name) (dry run)" }

  /// Whether its alerts are kept: those of a rule on trial are when something would follow.
  package var keepsAlerts: Bool {
    switch mode {
    case .live: true
    case .dryRun: !actions.isEmpty || !resolvedActions.isEmpty
    case .paused: false
    }
  }
}

/// How severe an alert is: the first step whose condition is true, else `otherwise`.
package struct SeverityLadder: Sendable, Hashable {
  /// A severity and when it holds.
  package struct Step: Sendable, Hashable {
    package var severity: Severity
    package var when: Term

    /// Creates a step.
    package init(severity: Severity, when: Term) {
      self.severity = severity
      self.when = when
    }
  }

  package var steps: [Step]
  package var otherwise: Severity

  /// Creates a ladder; without steps every alert has the one severity.
  package init(steps: [Step] = [], otherwise: Severity = .medium) {
    self.steps = steps
    self.otherwise = otherwise
  }
}

/// What happens once an alert opens.
package struct Action: Sendable {
  /// What tells it from the rule's other actions: `task`, `email`, `email.2`.
  ///
  /// It is part of the key that keeps an action from being repeated.
  package var id: String

  /// When it applies; `severity` may be used.
  package var condition: Term?
  package var kind: Kind

  /// The four things an action can do.
  package enum Kind: Sendable {
    case task(TaskAction)
    case email(EmailAction)
    case webhook(WebhookAction)
    case update([FieldUpdate])
  }

  /// Creates an action.
  package init(id: String, condition: Term? = nil, kind: Kind) {
    self.id = id
    self.condition = condition
    self.kind = kind
  }
}

/// A row in the catalog's `task` table.
package struct TaskAction: Sendable {
  package var title: TextTemplate
  package var body: TextTemplate?

  /// The key of a person, or an address.
  package var assignee: Recipient?
  package var priority: String?
  package var dueIn: Period?

  /// Creates an action.
  package init(
    title: TextTemplate, body: TextTemplate? = nil, assignee: Recipient? = nil,
    priority: String? = nil, dueIn: Period? = nil
  ) {
    self.title = title
    self.body = body
    self.assignee = assignee
    self.priority = priority
    self.dueIn = dueIn
  }
}

/// One message to each recipient.
package struct EmailAction: Sendable {
  package var to: [Recipient]
  package var cc: [Recipient]
  package var subject: TextTemplate
  package var text: TextTemplate
  package var html: TextTemplate?

  /// When it goes out, with all others for the same recipient; `nil` sends it by itself.
  package var digest: Schedule?

  /// What a digest says of the alert; the subject if this is `nil`.
  package var line: TextTemplate?

  /// Creates an action.
  package init(
    to: [Recipient], cc: [Recipient] = [], subject: TextTemplate, text: TextTemplate,
    html: TextTemplate? = nil, digest: Schedule? = nil, line: TextTemplate? = nil
  ) {
    self.to = to
    self.cc = cc
    self.subject = subject
    self.text = text
    self.html = html
    self.digest = digest
    self.line = line
  }
}

/// An event for an endpoint that the settings name.
package struct WebhookAction: Sendable {
  package var endpoint: String

  /// A body of its own; `nil` sends the standard CloudEvent.
  package var body: TextTemplate?

  /// Creates an action.
  package init(endpoint: String, body: TextTemplate? = nil) {
    self.endpoint = endpoint
    self.body = body
  }
}

/// A writable field and what it becomes.
package struct FieldUpdate: Sendable, Hashable {
  package var field: String
  package var value: Term

  /// Creates an update.
  package init(field: String, value: Term) {
    self.field = field
    self.value = value
  }
}

/// What happens once an alert is resolved.
package enum ResolvedAction: Sendable {
  case closeTasks
  case act(Action)

  /// The action, unless it is the closing of tasks.
  package var action: Action? { if case .act(let action) = self { action } else { nil } }
}

/// Somebody a message or a task goes to.
package enum Recipient: Sendable, Hashable {
  /// A person field: terms for the person's key, name and address.
  case person(key: Term, name: Term, email: Term)

  /// A text field that holds an address.
  case field(Term)

  /// An address as it stands.
  case address(String)
}

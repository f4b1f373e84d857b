package import Expressions
package import Rules
package import Store

/// A tenant, as the catalog's table lists it.
package struct Tenant: Sendable, Hashable {
  /// The key in the business's tables, as text.
  package var key: String
  package var slug: String
  package var name: String
  package var zone: Zone

  /// Creates a tenant.
  package init(key: String, slug: String, name: String, zone: Zone) {
    self.key = key
    self.slug = slug
    self.name = name
    self.zone = zone
  }
}

/// What to run.
package struct RunRequest: Sendable {
  /// What was asked for, as the run's record shows it.
  package var name: String
  package var rules: [Rule]

  /// The scheduled time, which every window and every time of an alert goes by.
  package var nominal: Instant
  package var isDryRun: Bool
  package var requestedBy: String

  /// The nominal time that the run is for, if a schedule asks: it is not run twice.
  package var fire: Fire?

  /// The key of the one thing that is looked at; `nil` means all.
  package var entityKey: String?

  /// Creates a request.
  package init(
    name: String, rules: [Rule], nominal: Instant, isDryRun: Bool = false, requestedBy: String,
    fire: Fire? = nil
  ) {
    self.name = name
    self.rules = rules
    self.nominal = nominal
    self.isDryRun = isDryRun
    self.requestedBy = requestedBy
    self.fire = fire
  }
}

/// What a run did for one tenant.
package struct TenantReport: Sendable {
  package var tenant: Tenant
  package var runID: UUIDv7
  package var rowsRead: Int
  package var rules: [RuleReport]

  package var phases: Phases

  /// Wall-clock seconds by phase.
  package struct Phases: Sendable, Hashable {
    /// Making queries and compiling rules.
    package var plan = 0.0

    /// Reading rows and turning them into columns.
    package var fetch = 0.0

    /// Evaluating rules over the columns, which happens between reads.
    package var evaluate = 0.0
    package var write = 0.0

    /// Starts at nothing.
    package init() {}
  }
}

/// What a run of one rule did.
package struct RuleReport: Sendable {
  package var rule: String
  package var counts: RuleCounts

  /// Seconds spent evaluating this rule alone.
  package var seconds: Double

  /// Who matches now, with the rule's values: filled for dry runs only.
  package var matches: [Match]

  /// The first inputs that were missing or failed, for the log.
  package var problems: [String]

  /// Records that a metric rule could not compute or write; the others are written.
  package var failures: [Failure] = []

  /// What a metric rule would change: filled for dry runs and for rules on trial.
  package var changes: ChangeReport?

  /// A record that stays as it was.
  package struct Failure: Sendable, Hashable {
    package var key: String
    package var reason: String
  }

  /// Set where the rule was left out of the run, as a source had no fresh rows.
  package var stale: StaleSource? = nil

  /// One matching thing.
  package struct Match: Sendable, Hashable {
    package var key: String
    package var label: String
    package var severity: Severity
    package var values: [Value]

    /// Whether an alert is open for it already.
    package var isOpen: Bool

    /// Whether another rule's open alert holds this one back.
    package var isSuppressed: Bool

    /// The order that people read in: most severe first, then by name.
    static func comesFirst(_ left: Match, _ right: Match) -> Bool {
      if left.severity != right.severity { return left.severity > right.severity }
      return (left.label, left.key) < (right.label, right.key)
    }
  }
}

/// What a metric rule would change.
package struct ChangeReport: Sendable, Hashable {
  /// The fields that the rule sets, in its order.
  package var fields: [String]

  /// How many things would change.
  package var rows: Int

  /// Of how many rows of figures, where a rollup computes them; `nil` where things have fields.
  package var figures: Int?

  /// The first of them.
  package var first: [Row]

  /// How often a field would go from one value to another, the most frequent first.
  package var totals: [Total]

  /// One thing, with texts by field; `nil` is missing.
  package struct Row: Sendable, Hashable {
    package var key: String
    package var label: String
    package var old: [String?]
    package var new: [String?]
  }

  /// One change and how often it comes.
  package struct Total: Sendable, Hashable {
    package var field: String
    package var old: String?
    package var new: String?
    package var count: Int
  }
}

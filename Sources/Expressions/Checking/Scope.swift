/// The names an expression may use, and what they stand for.
package struct Scope: Sendable {
  /// Fields by dotted path, `customer.tier`.
  package var fields: [String: FieldSymbol] = [:]

  /// Metrics of the entity by name.
  package var metrics: [String: MetricSymbol] = [:]

  /// Values and params of the rule, already checked.
  package var names: [String: NamedTerm] = [:]

  /// Params of the condition being defined; they check to `Term.parameter`.
  package var parameters: [String: ValueType] = [:]

  /// The conditions library.
  package var conditions: [String: ConditionSymbol] = [:]

  /// Whether `severity is …` may be used: in the `where` of an action.
  package var allowsSeverity = false

  /// Creates an empty scope.
  package init() {}
}

/// A field as the checker knows it.
package struct FieldSymbol: Sendable, Hashable {
  package var type: ValueType

  /// The only values a text field takes, when the catalog says.
  package var oneOf: [String]?

  /// Creates a symbol.
  package init(type: ValueType, oneOf: [String]? = nil) {
    self.type = type
    self.oneOf = oneOf
  }
}

/// A metric as the checker knows it.
package struct MetricSymbol: Sendable, Hashable {
  package var type: ValueType

  /// Whether the metric needs `[window]`; `latest`, `earliest` and `median_gap` do not.
  package var needsWindow: Bool

  /// Whether a stretch without rows has 0 of it, as with sums and counts.
  package var addsUp: Bool

  /// Creates a symbol.
  package init(type: ValueType, needsWindow: Bool, addsUp: Bool = false) {
    self.type = type
    self.needsWindow = needsWindow
    self.addsUp = addsUp
  }
}

/// A named condition, checked once; its terms hold `Term.parameter` where arguments go.
package struct ConditionSymbol: Sendable, Hashable {
  /// One param and the term used when a call leaves it out.
  package struct Parameter: Sendable, Hashable {
    package var name: String
    package var type: ValueType
    package var fallback: Term

    /// Creates a param.
    package init(name: String, type: ValueType, fallback: Term) {
      self.name = name
      self.type = type
      self.fallback = fallback
    }
  }

  package var name: String
  package var parameters: [Parameter]

  /// Who is in scope, if the condition says.
  package var scope: Term?
  package var when: Term

  /// Named values that join those of the rule.
  package var values: [NamedTerm]

  /// Creates a condition.
  package init(
    name: String, parameters: [Parameter], scope: Term?, when: Term, values: [NamedTerm]
  ) {
    self.name = name
    self.parameters = parameters
    self.scope = scope
    self.when = when
    self.values = values
  }
}

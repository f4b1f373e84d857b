import Expressions

extension Scope {
  /// The names that expressions in these tests may use.
  static let test: Scope = {
    var scope = Scope()
    scope.fields = [
      "customer.name": FieldSymbol(type: .text),
      "customer.status": FieldSymbol(type: .text, oneOf: ["active", "prospect", "closed"]),
      "customer.tier": FieldSymbol(type: .text, oneOf: ["A", "B", "C"]),
      "customer.balance": FieldSymbol(type: .number),
      "customer.limit": FieldSymbol(type: .number),
      "customer.vip": FieldSymbol(type: .bool),
      "customer.created_at": FieldSymbol(type: .instant),
      "customer.contact_due": FieldSymbol(type: .instant),
      "customer.lead_time": FieldSymbol(type: .duration),
      "customer.tags": FieldSymbol(type: .list(.text)),
      "customer.scores": FieldSymbol(type: .list(.number)),
      "customer.sales_rep": FieldSymbol(type: .text),
      "customer.sales_rep.name": FieldSymbol(type: .text),
    ]
    scope.metrics = [
      "revenue": MetricSymbol(type: .number, needsWindow: true, addsUp: true),
      "orders": MetricSymbol(type: .number, needsWindow: true, addsUp: true),
      "mean_order": MetricSymbol(type: .number, needsWindow: true),
      "last_order": MetricSymbol(type: .instant, needsWindow: false),
      "typical_gap": MetricSymbol(type: .duration, needsWindow: false),
    ]
    let lastOrder = Term.input(.metric(name: "last_order", window: .allTime), .instant)
    scope.names = [
      "dormant_after": NamedTerm(
        name: "dormant_after", type: .duration, term: .constant(.duration(Period(days: 45)))),
      "min_orders": NamedTerm(name: "min_orders", type: .number, term: .constant(.number(3))),
      "quiet_for": NamedTerm(
        name: "quiet_for", type: .duration, term: .apply(.function(.since), [lastOrder])),
      "tier": NamedTerm(
        name: "tier", type: .text, term: .input(.field(path: ["customer", "tier"]), .text)),
    ]
    scope.conditions = ["dormancy": .dormancy]
    return scope
  }()

  /// The same in the `where` of an action.
  static let action: Scope = {
    var scope = Scope.test
    scope.allowsSeverity = true
    return scope
  }()
}

extension ConditionSymbol {
  /// `orders[all time] >= min_orders` and `since(last_order) >= after`.
  static let dormancy = ConditionSymbol(
    name: "dormancy",
    parameters: [
      Parameter(name: "after", type: .duration, fallback: .constant(.duration(Period(days: 45)))),
      Parameter(name: "min_orders", type: .number, fallback: .constant(.number(1))),
    ],
    scope: .apply(
      .greaterOrEqual,
      [.input(.metric(name: "orders", window: .allTime), .number), .parameter("min_orders")]),
    when: .apply(
      .greaterOrEqual,
      [
        .apply(
          .function(.since), [.input(.metric(name: "last_order", window: .allTime), .instant)]),
        .parameter("after"),
      ]),
    values: [
      NamedTerm(
        name: "quiet_for", type: .duration,
        term: .apply(
          .function(.since), [.input(.metric(name: "last_order", window: .allTime), .instant)]))
    ])
}

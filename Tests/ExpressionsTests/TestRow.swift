import Diagnostics
import Expressions
import Testing

/// A row for tests: values by input, as rules write the input.
struct TestRow: RowSource {
  var values: [Value]

  func value(at slot: Int) -> Value { values[slot] }

  /// The inputs of `Scope.test` and what they are in these tests.
  static let data: [String: Value] = [
    "customer.name": .text("Caf\u{E9}"),
    "customer.status": .text("active"),
    "customer.tier": .text("A"),
    "customer.balance": .number(10.1),
    "customer.limit": .number(7),
    "customer.vip": .bool(true),
    "customer.created_at": .instant(time("2026-03-28T11:00:00Z")),
    "customer.contact_due": .missing,
    "customer.lead_time": .duration(Period(days: 10)),
    "customer.tags": .list([.text("x"), .text("y")]),
    "customer.scores": .list([.number(1), .number(4), .missing, .number(2.5)]),
    "customer.sales_rep": .missing,
    "customer.sales_rep.name": .text("Ann"),
    "revenue[30d]": .number(700),
    "revenue[30d, ending 30d ago]": .number(1000),
    "revenue[7d]": .missing,
    "revenue": .number(1e308),
    "orders": .number(3),
    "orders[90d]": .number(0),
    "last_order": .instant(time("2026-02-14T00:30:00Z")),
    "last_order[90d]": .missing,
    "typical_gap": .duration(Period(microseconds: 864_000_000_000)),
  ]

  /// 2026-03-31 02:00 in Berlin, two days after the clocks went forward.
  static let now = time("2026-03-31T00:00:00Z")

  private static func time(_ text: String) -> Instant {
    Instant(text, in: .utc) ?? Instant(microseconds: 0)
  }
}

/// Checks and evaluates an expression over `TestRow.data`; the result as a short text.
func evaluate(
  _ text: String, in identifier: String = "Europe/Berlin", severity: Severity? = nil,
  with changes: [String: Value] = [:]
) throws -> String {
  let checked = Checker(scope: .action).check(text)
  let expression = try #require(
    checked.expression, "\(text): \(checked.diagnostics.map(\.message))")
  let inputs = expression.term.inputs.sorted { $0.description < $1.description }
  let data = TestRow.data.merging(changes) { $1 }
  let row = TestRow(values: inputs.map { data[$0.description] ?? .missing })
  let slots = Dictionary(uniqueKeysWithValues: inputs.enumerated().map { ($1, $0) })
  let context = EvaluationContext(now: TestRow.now, zone: try zone(identifier))
  let program = Program(expression.term, slots: slots, context: context)
  return describe(program.value(of: row, severity: severity))
}

func describe(_ value: Value) -> String {
  switch value {
  case .missing: "missing"
  case .bool(let value): "\(value)"
  case .number(let value): value.decimalText(places: 12).trimmingFraction
  case .text(let value): "'\(value)'"
  case .instant(let value): value.iso8601
  case .duration(let value): value.description
  case .list(let values): "[\(values.map(describe).joined(separator: ", "))]"
  case .error(.overflow): "error: overflow"
  case .error(.outOfRange(let what)): "error: \(what) out of range"
  case .error(.badPattern(let what)): "error: pattern \(what)"
  case .error(.wrongType(let what)): "error: type \(what)"
  case .error(.unreadable(let text)): "error: unreadable \(text)"
  case .error(.tooCostly): "error: too costly"
  }
}

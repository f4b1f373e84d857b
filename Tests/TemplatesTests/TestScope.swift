import Templates
import Diagnostics
import Expressions
import Templates
import Testing

extension Scope {
  /// The names that texts in these tests may use.
  static let test: Scope = {
    var scope = Scope()
    scope.fields = [
      "customer.name": FieldSymbol(type: .text),
      "customer.balance": FieldSymbol(type: .number),
      "customer.vip": FieldSymbol(type: .bool),
      "customer.tags": FieldSymbol(type: .list(.text)),
      "customer.since": FieldSymbol(type: .instant),
      "rule.title": FieldSymbol(type: .text),
      "tenant.name": FieldSymbol(type: .text),
    ]
    scope.metrics = [
      "revenue": MetricSymbol(type: .number, needsWindow: true),
      "last_order": MetricSymbol(type: .instant, needsWindow: false),
    ]
    scope.names = [
      "quiet_for": NamedTerm(
        name: "quiet_for", type: .duration,
        term: .apply(
          .function(.since), [.input(.metric(name: "last_order", window: .allTime), .instant)]))
    ]
    scope.allowsSeverity = true
    return scope
  }()
}

/// A row for the tests; what is not listed is missing.
struct TestRow: RowSource {
  var values: [Value]

  func value(at slot: Int) -> Value { values[slot] }

  static let data: [String: Value] = [
    "customer.name": .text("O'Hara & <Söhne> \"GmbH\""),
    "customer.balance": .number(1234.5),
    "customer.vip": .bool(true),
    "customer.tags": .list([.text("a"), .text("b<c")]),
    "last_order": .instant(Instant("2026-02-12T23:30:00Z", in: .utc) ?? .earliest),
    "revenue[30d]": .number(0.1 + 0.2),
    "rule.title": .text("Gone\nquiet"),
    "tenant.name": .text("Acme \"Wines\""),
  ]
}

/// Parses a text and renders it for `TestRow.data` in Berlin, on 31 March 2026.
func render(
  _ text: String, as contentType: TextTemplate.ContentType = .text,
  formats: TextFormats = TextFormats(), with changes: [String: Value] = [:]
) throws -> String {
  let parsed = TextTemplate.parse(text, as: contentType, in: .test)
  let template = try #require(parsed.template, "\(parsed.diagnostics.map(\.message))")
  let zone = try #require(Zone(identifier: "Europe/Berlin"))
  let now = try #require(Instant("2026-03-31T00:00:00Z", in: .utc))
  let data = TestRow.data.merging(changes) { $1 }
  let values = template.terms.map { term in
    let inputs = Array(term.inputs)
    let row = TestRow(values: inputs.map { data[$0.description] ?? .missing })
    let slots = Dictionary(uniqueKeysWithValues: inputs.enumerated().map { ($1, $0) })
    let program = Program(term, slots: slots, context: EvaluationContext(now: now, zone: zone))
    return program.value(of: row, severity: .high)
  }
  return template.render(values, formats: formats, zone: zone)
}

import CopyRows
import Evaluation
import Expressions

/// A few rows with columns of every type: with what is ordinary, extreme, and missing.
enum FuzzRows {
  static let context = EvaluationContext(
    now: Instant(microseconds: 1_780_315_200_000_000),
    zone: Zone(identifier: "America/New_York") ?? .utc)

  /// Names for inputs of every type, many of them those of the other tests.
  static let scope: Scope = {
    var scope = Scope()
    scope.fields = [
      "customer.balance": FieldSymbol(type: .number), "customer.limit": FieldSymbol(type: .number),
      "customer.score": FieldSymbol(type: .number), "customer.name": FieldSymbol(type: .text),
      "customer.note": FieldSymbol(type: .text),
      "customer.sales_rep.name": FieldSymbol(type: .text),
      "customer.tier": FieldSymbol(type: .text, oneOf: ["A", "B", "C"]),
      "customer.status": FieldSymbol(type: .text, oneOf: ["active", "prospect", "closed"]),
      "customer.vip": FieldSymbol(type: .bool), "customer.created_at": FieldSymbol(type: .instant),
      "customer.contact_due": FieldSymbol(type: .instant),
      "customer.lead_time": FieldSymbol(type: .duration),
      "customer.scores": FieldSymbol(type: .list(.number)),
      "customer.tags": FieldSymbol(type: .list(.text)),
    ]
    scope.metrics = [
      "revenue": MetricSymbol(type: .number, needsWindow: true),
      "orders": MetricSymbol(type: .number, needsWindow: true),
      "last_order": MetricSymbol(type: .instant, needsWindow: false),
      "typical_gap": MetricSymbol(type: .duration, needsWindow: false),
    ]
    let lastOrder = Term.input(.metric(name: "last_order", window: .allTime), .instant)
    scope.names["quiet_for"] = NamedTerm(
      name: "quiet_for", type: .duration, term: .apply(.function(.since), [lastOrder]))
    return scope
  }()

  /// Where each input of the terms stands: in a column of its type.
  static func slots(of terms: [Term]) -> [Input: Int] {
    var slots: [Input: Int] = [:]
    func visit(_ term: Term) {
      if case .input(let input, let type) = term, slots[input] == nil {
        let columns = types.indices.filter { types[$0] == type }
        precondition(!columns.isEmpty, "There is a column of every type that inputs have.")
        slots[input] = columns[slots.count % columns.count]
      }
      for part in term.parts { visit(part) }
    }
    for term in terms { visit(term) }
    return slots
  }

  static let all = (0..<batch.rowCount).map(batch.row)

  static let batch: ColumnBatch = {
    var builder = ColumnBatchBuilder(types: types)
    for row in rows {
      let bytes = CopyRow.bytes(row.write)
      // A row that is not taken shows at once: there are none.
      try? bytes.withUnsafeBytes { try builder.append(copyRow: $0) }
    }
    precondition(builder.rowCount == rows.count, "The rows are as their columns' types say.")
    return builder.finish()
  }()

  private static let types: [ValueType] = [
    .number, .number, .text, .text, .bool, .instant, .duration, .list(.number), .list(.text),
  ]

  private struct Row {
    var numbers: (Double?, Double?)
    var texts: (String?, String?)
    var flag: Bool?

    /// As PostgreSQL counts, from the year 2000.
    var time: Int64?
    var length: Int64?
    var numberList: [Double?]?
    var textList: [String?]?

    func write(to copy: inout CopyRow) {
      for number in [numbers.0, numbers.1] {
        if let number { copy.number(number) } else { copy.null() }
      }
      for text in [texts.0, texts.1] { if let text { copy.text(text) } else { copy.null() } }
      if let flag { copy.bool(flag) } else { copy.null() }
      for integer in [time, length] {
        if let integer { copy.integer(integer) } else { copy.null() }
      }
      if let numberList { copy.numbers(numberList) } else { copy.null() }
      if let textList { copy.texts(textList) } else { copy.null() }
    }
  }

  private static let day: Int64 = 86_400_000_000

  private static let rows = [
    Row(
      numbers: (10, 7), texts: ("A", "ä"), flag: true, time: 826_473_600_000_000,
      length: 45 * day, numberList: [0.3, nil, 2], textList: ["b", "a", nil]),
    Row(
      numbers: (0.1 + 0.2, 0.3), texts: ("e\u{301}", ""), flag: false,
      time: 826_473_600_000_000 - 45 * day, length: 0, numberList: [], textList: []),
    Row(
      numbers: (.nan, -.infinity), texts: ("", "something longer than the others"), time: .min,
      length: .min, numberList: [.infinity, .nan], textList: [""]),
    Row(
      numbers: (1e300, 1e-300), texts: ("12.50", "true"), flag: true, time: .max, length: .max,
      numberList: [1e300, 9_007_199_254_740_992], textList: ["ä", "a\u{308}"]),
    Row(numbers: (0, -0.3), texts: (nil, "x"), time: 0, length: 1),
    Row(numbers: (nil, nil), texts: (nil, nil)),
  ]
}

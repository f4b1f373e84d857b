import Diagnostics
import Expressions

/// A predicate that is measured, as a rule says it and as Swift does.
struct Predicate: Sendable {
  var key: String
  var text: String
  var plain: @Sendable (Facts) -> Bool

  static let all = [
    Predicate(
      key: "a", text: "days_since_last_order >= 45 && account_type != \"CLOSED\"",
      plain: { $0.daysSinceLastOrder >= 45 && $0.accountType != "CLOSED" }),
    Predicate(
      key: "b", text: "revenue_30d < 0.7 * revenue_prev_30d && revenue_prev_30d > 1000.0",
      plain: {
        $0.revenueCents * 10 < $0.previousRevenueCents * 7 && $0.previousRevenueCents > 100_000
      }),
    Predicate(
      key: "c",
      text: "on_hand <= reorder_point && (category in [\"wine\",\"beer\"] || burn_rate > 2.5)",
      plain: {
        $0.onHand <= $0.reorderPoint
          && (["wine", "beer"].contains($0.category) || $0.burnRate > 2.5)
      }),
  ]

  /// Compiles the text for `Facts.Row`.
  func compiled() throws -> Program {
    var scope = Scope()
    var slots: [Input: Int] = [:]
    for (slot, column) in Facts.columns.enumerated() {
      let path = column.name.split(separator: ".").map(String.init)
      slots[.field(path: path)] = slot
      if path.count > 1 {
        scope.fields[column.name] = FieldSymbol(type: column.type)
      } else {
        scope.names[column.name] = NamedTerm(
          name: column.name, type: column.type,
          term: .input(.field(path: path), column.type))
      }
    }
    let checked = Checker(scope: scope).check(text, expecting: .condition)
    guard let expression = checked.expression else {
      throw BenchError(description: checked.diagnostics.map(\.message).joined(separator: "; "))
    }
    let context = EvaluationContext(now: Facts.now, zone: .utc)
    return Program(expression.term, slots: slots, context: context)
  }
}

/// Why nothing was measured.
struct BenchError: Error, CustomStringConvertible {
  var description: String
}

import Diagnostics
import Expressions

/// A predicate that is measured, as a rule says it and as Swift does.
struct Predicate: Sendable {
  var key: String
  var text: String

  /// What the contexts have beside the ten scalars.
  var further: [Facts.Column] = []
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
    Predicate(
      key: "d", text: "name.startsWith(\"A\") && tags.exists(t, t == \"vip\")",
      further: [Facts.tags],
      plain: { $0.name.hasPrefix("A") && $0.tags.contains("vip") }),
    Predicate(
      key: "e",
      text: "now - last_order_at > duration(\"1080h\") && !has(customer.snoozed_until)",
      further: [Facts.lastOrder, Facts.snoozed],
      plain: {
        Facts.now.microseconds - $0.lastOrderAt.microseconds > 1080 * 3_600_000_000
          && $0.snoozedUntil == nil
      }),
  ]

  /// What its contexts have, in the order of their slots.
  var columns: [Facts.Column] { Facts.scalars + further }

  /// Compiles the text for rows of its columns.
  func compiled() throws -> Program {
    var scope = Scope()
    var slots: [Input: Int] = [:]
    for (slot, column) in columns.enumerated() {
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

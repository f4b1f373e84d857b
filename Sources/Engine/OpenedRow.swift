import Expressions
import Rules
import Store

/// A row with what the rule's values were when its alert opened, behind what was fetched.
struct OpenedRow<Row: RowSource>: RowSource {
  let row: Row

  /// The slot of the first of `opened`.
  let base: Int
  var opened: [Value] = []

  func value(at slot: Int) -> Value {
    guard slot >= base else { return row.value(at: slot) }
    return slot - base < opened.count ? opened[slot - base] : .missing
  }
}

/// The values that a rule reads as they were at the opening, and where they stand in a row.
struct OpenedSlots: Sendable {
  /// The slot of the first.
  let base: Int

  /// Their places among the rule's values.
  private let places: [Int]
  private let named: [NamedTerm]

  /// Puts them behind the `width` slots of what is fetched.
  init(_ rule: Rule, width: Int) {
    base = width
    named = rule.openedValues
    places = named.compactMap { value in rule.values.firstIndex { $0.name == value.name } }
  }

  var isEmpty: Bool { named.isEmpty }

  /// The slots of a rule's inputs: those fetched, and these.
  func added(to fetched: [Input: Int]) -> [Input: Int] {
    named.enumerated().reduce(into: fetched) { slots, value in
      slots[.opened(value.element.name)] = base + value.offset
    }
  }

  /// What was kept of an open alert; of one that is not open nothing.
  func kept(of alert: StoredAlert?) -> [Value] {
    guard !isEmpty, let alert, alert.state.isOpen else { return [] }
    return ValueJSON.values(alert.openedValues, of: named)
  }

  /// What is kept from now on of all the rule's values.
  func taken(from values: [Value]) -> [Value] { places.map { values[$0] } }
}

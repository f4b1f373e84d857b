package import Expressions

/// A row made of values by hand, for what is evaluated without a database.
package struct RowOfValues: RowSource, Sendable {
  private let values: [Value]

  /// Where each input stands in the row.
  package let slots: [Input: Int]

  /// Creates a row; inputs that are not among the values are missing.
  package init(_ inputs: [Input: Value]) {
    let ordered = inputs.sorted { $0.key.description < $1.key.description }
    slots = Dictionary(
      uniqueKeysWithValues: ordered.enumerated().map { ($0.element.key, $0.offset) })
    values = ordered.map(\.value)
  }

  package func value(at slot: Int) -> Value { values[slot] }
}

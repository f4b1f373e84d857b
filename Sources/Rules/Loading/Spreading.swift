/// How the same is done to many things: one after another, or several at once.
///
/// The core starts no task; whoever has cores to spare passes in a way to use them.
package protocol Spreading: Sendable {
  /// What becomes of each item, in the order of the items.
  func map<Item: Sendable, Output: Sendable>(
    _ items: [Item], _ transform: @Sendable (Item) -> Output
  ) -> [Output]
}

/// One after another.
package struct InTurn: Spreading {
  /// Creates it.
  package init() {}

  package func map<Item: Sendable, Output: Sendable>(
    _ items: [Item], _ transform: @Sendable (Item) -> Output
  ) -> [Output] {
    items.map(transform)
  }
}

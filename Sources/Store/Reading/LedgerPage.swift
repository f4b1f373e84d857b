/// A stretch of a ledger, for people and other programs.
package struct LedgerPage: Sendable, Hashable {
  /// The rows as JSON objects, in the ledger's order.
  package var items: [String]

  /// The id of the last row, behind which the next page begins; `nil` when there is none.
  package var next: String?

  /// Creates a page.
  package init(items: [String], next: String?) {
    self.items = items
    self.next = next
  }

  /// Takes rows of a query that asked for one more than `limit`, to see whether there are more.
  ///
  /// The first column is the object, the second its id.
  init(rows: [[String?]], limit: Int) {
    let shown = rows.prefix(limit)
    items = shown.map { $0[0] ?? "{}" }
    next = rows.count > limit ? shown.last?[1] : nil
  }
}

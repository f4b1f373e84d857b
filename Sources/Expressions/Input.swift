/// One thing an expression reads from the row: what the planner must fetch.
package enum Input: Sendable, Hashable {
  /// A field by its dotted path from the entity, `["customer", "sales_rep", "email"]`.
  ///
  /// A path may step through person fields into the entity they refer to.
  case field(path: [String])

  /// A metric over a window; `latest`, `earliest` and `median_gap` default to `.allTime`.
  case metric(name: String, window: Window)

  /// A metric over each bucket of a window, oldest first: `daily(revenue[30d])`.
  case series(name: String, window: Window, per: Bucket)
}

extension Input: CustomStringConvertible {
  /// As the analyst writes it: `customer.tier`, `revenue[30d]`.
  package var description: String {
    switch self {
    case .field(let path): path.joined(separator: ".")
    case .metric(let name, .allTime): name
    case .metric(let name, let window): "\(name)[\(window)]"
    case .series(let name, let window, let bucket): "\(bucket.functionName)(\(name)[\(window)])"
    }
  }
}

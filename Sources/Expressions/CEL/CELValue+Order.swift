// Equality and order, on one number line.
extension CELValue {
  /// Whether two values are equal; values of different kinds are not.
  ///
  /// What is looked at is metered, since values may share parts many times over.
  package func equals(_ other: CELValue, _ meter: inout CELMeter) throws(CELError) -> Bool {
    try meter.spend(1)
    switch (self, other) {
    case (.null, .null): return true
    case (.bool(let left), .bool(let right)): return left == right
    case (.text(let left), .text(let right)): return left.utf8.elementsEqual(right.utf8)
    case (.bytes(let left), .bytes(let right)): return left == right
    case (.timestamp(let left), .timestamp(let right)): return left == right
    case (.duration(let left), .duration(let right)): return left == right
    case (.type(let left), .type(let right)): return left == right
    case (.optional(let left), .optional(let right)):
      guard let left, let right else { return left == nil && right == nil }
      return try left.equals(right, &meter)
    case (.list(let left), .list(let right)):
      guard left.count == right.count else { return false }
      for (one, two) in zip(left, right) where try !one.equals(two, &meter) { return false }
      return true
    case (.map(let left), .map(let right)):
      guard left.count == right.count else { return false }
      for entry in left.entries {
        guard let value = try right.value(at: entry.key),
          try entry.value.equals(value, &meter)
        else { return false }
      }
      return true
    default:
      return numericOrder(to: other) == .same
    }
  }

  /// How the value stands to another; `nil` where one of them is no number on the line (NaN).
  ///
  /// What has no order is a fault.
  package func order(to other: CELValue) throws(CELError) -> Order? {
    switch (self, other) {
    case (.bool(let left), .bool(let right)): return Order(left ? 1 : 0, right ? 1 : 0)
    case (.text(let left), .text(let right)): return Order(listing: left.utf8, right.utf8)
    case (.bytes(let left), .bytes(let right)): return Order(listing: left, right)
    case (.timestamp(let left), .timestamp(let right)): return Order(left, right)
    case (.duration(let left), .duration(let right)): return Order(left, right)
    case (.int, _), (.uint, _), (.double, _):
      guard other.isNumber else { break }
      return numericOrder(to: other)
    default: break
    }
    throw .noSuchOverload("<", [typeName, other.typeName])
  }

  var isNumber: Bool {
    switch self {
    case .int, .uint, .double: true
    default: false
    }
  }

  private func numericOrder(to other: CELValue) -> Order? {
    switch (self, other) {
    case (.int(let left), .int(let right)): Order(left, right)
    case (.uint(let left), .uint(let right)): Order(left, right)
    case (.double(let left), .double(let right)): Order(comparing: left, right)
    case (.int(let left), .uint(let right)): Order(mixed: left, right)
    case (.uint(let left), .int(let right)): Order(mixed: left, right)
    // CEL compares a whole number with a double as doubles, digits that are lost or not.
    case (.int(let left), .double(let right)): Order(comparing: Double(left), right)
    case (.uint(let left), .double(let right)): Order(comparing: Double(left), right)
    case (.double(let left), .int(let right)): Order(comparing: left, Double(right))
    case (.double(let left), .uint(let right)): Order(comparing: left, Double(right))
    default: nil
    }
  }

  /// How one value stands to another.
  package enum Order: Sendable {
    case before, same, after

    fileprivate init<Left: BinaryInteger, Right: BinaryInteger>(mixed left: Left, _ right: Right) {
      self = left < right ? .before : left == right ? .same : .after
    }

    fileprivate init<Value: Comparable>(_ left: Value, _ right: Value) {
      self = left < right ? .before : left == right ? .same : .after
    }

    fileprivate init?(comparing left: Double, _ right: Double) {
      guard !left.isNaN, !right.isNaN else { return nil }
      self.init(left, right)
    }

    fileprivate init<Bytes: Sequence<UInt8>>(listing left: Bytes, _ right: Bytes) {
      self =
        left.elementsEqual(right) ? .same : left.lexicographicallyPrecedes(right) ? .before : .after
    }
  }
}

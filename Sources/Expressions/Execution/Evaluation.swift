/// One evaluation of one row.
struct Evaluation<Row: RowSource> {
  let row: Row
  let severity: Severity?
  let context: EvaluationContext

  func value(of node: Node) -> Value {
    switch node {
    case .constant(let value): value
    case .slot(let slot): row.value(at: slot)
    case .severity: severity.map { .text($0.rawValue) } ?? .missing
    case .apply(let operation, let operands): apply(operation, operands)
    }
  }

  private func apply(_ operation: Operation, _ operands: [Node]) -> Value {
    switch operation {
    case .and: all(operands)
    case .or: any(operands)
    case .not: negation(value(of: operands[0]))
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      compare(operation, operands[0], operands[1])
    case .between:
      all(
        compare(.greaterOrEqual, operands[0], operands[1]),
        compare(.lessOrEqual, operands[0], operands[2]))
    case .isIn: isIn(operands[0], operands[1])
    case .isMissing: .bool(isMissing(value(of: operands[0])))
    case .isPresent: .bool(!isMissing(value(of: operands[0])))
    case .conditional: conditional(operands)
    case .list: list(operands)
    case .severityIs(let wanted): severity.map { .bool($0 == wanted) } ?? .missing
    case .severityAtLeast(let least): severity.map { .bool($0 >= least) } ?? .missing
    case .add, .subtract, .multiply, .divide, .modulo, .negate:
      arithmetic(operation, operands)
    case .function(let function): call(function, operands)
    }
  }

  // MARK: Logic

  /// Kleene's `and`: one false decides, whatever else is unknown or has failed.
  private func all(_ operands: [Node]) -> Value {
    var result = Value.bool(true)
    for operand in operands {
      let next = value(of: operand)
      if next == .bool(false) { return next }
      if next != .bool(true), result.isDecided || next.isError { result = next.unknown }
    }
    return result
  }

  private func all(_ left: Value, _ right: Value) -> Value {
    if left == .bool(false) || right == .bool(false) { return .bool(false) }
    if left == .bool(true) && right == .bool(true) { return .bool(true) }
    return left.isError ? left : right.isError ? right : .missing
  }

  private func any(_ operands: [Node]) -> Value {
    var result = Value.bool(false)
    for operand in operands {
      let next = value(of: operand)
      if next == .bool(true) { return next }
      if next != .bool(false), result.isDecided || next.isError { result = next.unknown }
    }
    return result
  }

  private func negation(_ value: Value) -> Value {
    switch value {
    case .bool(let flag): .bool(!flag)
    default: value.unknown
    }
  }

  /// What cannot be computed counts as missing: `x is missing` never fails.
  private func isMissing(_ value: Value) -> Bool {
    switch value {
    case .missing, .error: true
    default: false
    }
  }

  private func conditional(_ operands: [Node]) -> Value {
    switch value(of: operands[0]) {
    case .bool(true): value(of: operands[1])
    case .bool(false): value(of: operands[2])
    case let condition: condition.unknown
    }
  }

  private func list(_ operands: [Node]) -> Value {
    var elements: [Value] = []
    elements.reserveCapacity(operands.count)
    for operand in operands {
      let element = value(of: operand)
      if element.isError { return element }
      elements.append(element)
    }
    return .list(elements)
  }

  // MARK: Comparison

  func compare(_ operation: Operation, _ left: Node, _ right: Node) -> Value {
    let a = value(of: left)
    let b = value(of: right)
    switch (a, b) {
    case (.error, _): return a
    case (_, .error): return b
    case (.missing, _), (_, .missing): return .missing
    case (.number(let x), .number(let y)):
      return .bool(operation.holds(order(x, y, left, right)))
    case (.text(let x), .text(let y)):
      return .bool(operation.holds(Order(x, y)))
    case (.instant(let x), .instant(let y)):
      return .bool(operation.holds(Order(x.microseconds, y.microseconds)))
    case (.duration(let x), .duration(let y)):
      guard let x = x.exactMicroseconds, let y = y.exactMicroseconds else {
        return .error(.overflow)
      }
      return .bool(operation.holds(Order(x, y)))
    case (.bool(let x), .bool(let y)):
      return .bool(operation.holds(Order(x ? 1 : 0, y ? 1 : 0)))
    case (.list(let x), .list(let y)) where operation == .equal || operation == .notEqual:
      let isEqual = x.count == y.count && zip(x, y).allSatisfy { $0.isSame(as: $1) }
      return .bool(isEqual == (operation == .equal))
    default:
      return .error(.wrongType("the two sides cannot be compared"))
    }
  }

  /// The order of two numbers: in Double where that is certain, else in decimal arithmetic.
  private func order(_ x: Double, _ y: Double, _ left: Node, _ right: Node) -> Order {
    let distance = abs(x - y)
    if distance > 1e-9 * max(abs(x), abs(y)) || (x.isExactInteger && y.isExactInteger) {
      return Order(x, y)
    }
    guard let exactLeft = decimal(of: left), let exactRight = decimal(of: right) else {
      return Order(x, y)
    }
    return Order(exactLeft, exactRight)
  }

  private func isIn(_ element: Node, _ list: Node) -> Value {
    let wanted = value(of: element)
    let list = value(of: list)
    if wanted.isError { return wanted }
    guard case .list(let candidates) = list else { return list.unknown }
    guard wanted != .missing else { return .missing }
    if candidates.contains(where: { $0.isSame(as: wanted) }) { return .bool(true) }
    // An element that is missing might be the one.
    return candidates.contains(.missing) ? .missing : .bool(false)
  }
}

/// How two values stand to each other.
enum Order {
  case less, same, greater

  /// Neither, as with NaN.
  case none

  init<T: Comparable>(_ left: T, _ right: T) {
    self = left < right ? .less : left == right ? .same : left > right ? .greater : .none
  }

  /// Texts by code point: their UTF-8 bytes have the same order, and nothing is normalised.
  init(_ left: String, _ right: String) {
    if left.utf8.elementsEqual(right.utf8) {
      self = .same
    } else {
      self = left.utf8.lexicographicallyPrecedes(right.utf8) ? .less : .greater
    }
  }
}

extension Operation {
  /// Whether a comparison is true of two values in this order.
  func holds(_ order: Order) -> Bool {
    switch self {
    case .equal: order == .same
    case .notEqual: order != .same
    case .less: order == .less
    case .lessOrEqual: order == .less || order == .same
    case .greater: order == .greater
    case .greaterOrEqual: order == .greater || order == .same
    default: false
    }
  }
}

extension Value {
  var isError: Bool {
    if case .error = self { true } else { false }
  }

  /// Whether nothing unknown has been met so far.
  fileprivate var isDecided: Bool {
    if case .bool = self { true } else { false }
  }

  /// The value as an undecided outcome: an error stays one, everything else is missing.
  var unknown: Value {
    switch self {
    case .error, .missing: self
    default: .error(.wrongType("a yes or no was expected"))
    }
  }

  /// Equality of elements in lists; numbers by value, texts by code point.
  func isSame(as other: Value) -> Bool {
    switch (self, other) {
    case (.text(let left), .text(let right)): Order(left, right) == .same
    case (.number(let left), .number(let right)): left == right
    default: self == other
    }
  }
}

extension Double {
  /// Whether the number is an integer that Double holds without doubt.
  var isExactInteger: Bool { self == rounded() && Swift.abs(self) < 9_007_199_254_740_992 }
}

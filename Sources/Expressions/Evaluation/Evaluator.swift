import Foundation

/// Evaluates the nodes of a program for one row.
struct Evaluator {
  let row: any RowSource
  let severity: Severity?
  let context: EvaluationContext
  var workspace: Workspace?

  /// How many decisions in decimal arithmetic are waiting for this evaluation.
  var depth = 0

  func value(of node: Node) -> Value {
    switch node {
    case .constant(let value): return value
    case .slot(let slot): return row.value(at: slot)
    case .severity: return severity.map { .text($0.rawValue) } ?? .missing
    case .and(let sides): return join(sides, decidedBy: false)
    case .or(let sides): return join(sides, decidedBy: true)
    case .not(let operand):
      let value = value(of: operand)
      if case .bool(let isTrue) = value { return .bool(!isTrue) }
      return value.failure ?? wrongType("not", value)
    case .compare(let comparison, let sides, let precision):
      let left = value(of: sides.left)
      return compare(comparison, sides.left, left, sides.right, precision)
    case .between(let node, let low, let high, let precision):
      let value = value(of: node)
      return join(
        compare(.greaterOrEqual, node, value, low, precision),
        compare(.lessOrEqual, node, value, high, precision), decidedBy: false)
    case .isAny(let choice, let precision):
      return isAny(choice, precision)
    case .isIn(let node, let list):
      return isIn(node, list)
    case .isMissing(let operand, let isNegated):
      // What cannot be computed counts as missing: the question itself never fails.
      return .bool((value(of: operand).failure != nil) != isNegated)
    case .conditional(let condition, let then, let otherwise):
      let test = value(of: condition)
      if case .bool(let isTrue) = test { return value(of: isTrue ? then : otherwise) }
      return test.failure ?? wrongType("a choice", test)
    case .arithmetic(let operation, let sides):
      return arithmetic(operation, sides.left, sides.right)
    case .negate(let operand):
      return negate(value(of: operand))
    case .list(let elements):
      return list(elements)
    case .severityIs(let wanted, let isAtLeast, let operand):
      return standing(wanted, isAtLeast, operand)
    case .call(let function, let operands):
      return call(function, operands)
    case .variable(let slot): return workspace?.variables[slot] ?? .missing
    case .loop(let loop): return self.loop(loop)
    case .lookup(let table): return lookup(table)
    case .element(let list, let index): return element(of: list, at: index)
    case .firstPresent(let operands): return firstPresent(operands)
    case .matches(let operand, let pattern):
      let value = value(of: operand)
      if case .text(let text) = value { return .bool(pattern.matches(text)) }
      return value.failure ?? wrongType("matches", value)
    }
  }

  // MARK: Logic

  /// Kleene's `and` (decided by false) and `or` (decided by true).
  ///
  /// A deciding side wins over what is missing or wrong on the other; an error wins over what is
  /// missing.
  private func join(_ sides: Pair, decidedBy deciding: Bool) -> Value {
    let first = value(of: sides.left)
    if case .bool(deciding) = first { return first }
    return join(first, value(of: sides.right), decidedBy: deciding)
  }

  private func join(_ first: Value, _ second: Value, decidedBy deciding: Bool) -> Value {
    switch (first, second) {
    case (.bool(deciding), _): first
    case (.bool, .bool), (_, .bool(deciding)): second
    case (.bool, _): undecided(.missing, second)
    case (_, .bool): undecided(.missing, first)
    default: undecided(undecided(.missing, first), second)
    }
  }

  func undecided(_ result: Value, _ value: Value) -> Value {
    if case .error = result { return result }
    return value.failure ?? wrongType("logic", value)
  }

  private func standing(_ wanted: Severity, _ isAtLeast: Bool, _ operand: Node) -> Value {
    if case .severity = operand, let severity {
      return .bool(isAtLeast ? severity >= wanted : severity == wanted)
    }
    let value = value(of: operand)
    guard case .text(let text) = value, let severity = Severity(rawValue: text) else {
      return value.failure ?? wrongType("severity", value)
    }
    return .bool(isAtLeast ? severity >= wanted : severity == wanted)
  }

  // MARK: Lists

  private func list(_ elements: [Node]) -> Value {
    var values: [Value] = []
    values.reserveCapacity(elements.count)
    for element in elements {
      let value = settledValue(of: element)
      if let failure = value.failure { return failure }
      values.append(value)
    }
    return .list(values)
  }

  /// `x in [a, b]` is `x == a or x == b`.
  private func isAny(_ choice: Choice, _ precision: Precision) -> Value {
    var result = Value.bool(false)
    let value = value(of: choice.sought)
    for index in choice.elements.indices {
      let found = compare(.equal, choice.sought, value, choice.elements[index], precision)
      if case .bool(let isEqual) = found {
        if isEqual { return found }
      } else {
        result = undecided(result, found)
      }
    }
    return result
  }

  private func isIn(_ node: Node, _ list: Node) -> Value {
    let value = settledValue(of: node)
    let values = self.value(of: list)
    if let failure = value.failure ?? values.failure { return failure }
    guard case .list(let elements) = values else { return wrongType("in", values) }
    return maySpend(elements.count) ? contains(elements, value) : .error(.tooCostly)
  }

  /// Whether an element equals a value; unknown if it may be one that is missing.
  func contains(_ elements: [Value], _ value: Value) -> Value {
    if value == .missing, !elements.isEmpty { return value }
    var result = Value.bool(false)
    for element in elements {
      guard element != .missing else {
        result = .missing
        continue
      }
      if order(value, element) == 0 { return .bool(true) }
    }
    return result
  }

  // MARK: Comparison

  /// Compares the value of one node with another node.
  func compare(
    _ comparison: Comparison, _ left: Node, _ first: Value, _ right: Node, _ precision: Precision
  ) -> Value {
    let second = value(of: right)
    if case .number(let a) = first, case .number(let b) = second {
      guard a.isFinite, b.isFinite else { return .error(.outOfRange("a number")) }
      let order =
        precision.decides(a, b)
        ? (a < b ? -1 : a > b ? 1 : 0) : exactOrder(a, b, left, right, precision)
      return .bool(comparison.holds(order))
    }
    if let order = order(first, second) { return .bool(comparison.holds(order)) }
    if case .error = first { return first }
    return second.failure ?? first.failure ?? wrongType("a comparison", first)
  }

  /// The order of two values of one type, -1, 0 or 1; `nil` for other values.
  ///
  /// Truth and lists are only equal or not.
  func order(_ left: Value, _ right: Value) -> Int? {
    switch (left, right) {
    case (.number(let a), .number(let b)): a < b ? -1 : a > b ? 1 : 0
    case (.text(let a), .text(let b)): a.codePointOrder(to: b)
    case (.instant(let a), .instant(let b)): a < b ? -1 : a > b ? 1 : 0
    case (.duration(let a), .duration(let b)): a.order(to: b)
    case (.bool(let a), .bool(let b)): a == b ? 0 : 1
    case (.list(let a), .list(let b)):
      a.count == b.count && zip(a, b).allSatisfy { order($0, $1) == 0 } ? 0 : 1
    default: nil
    }
  }

  func wrongType(_ place: String, _ value: Value) -> Value {
    .error(.wrongType("\(place): \(value.kind)"))
  }
}

extension Precision {
  /// Whether two numbers of this precision are in the order of their Doubles for sure.
  ///
  /// Asked for nearly every comparison, so that the decimals behind few of them need be looked at.
  @inline(__always)
  fileprivate func decides(_ a: Double, _ b: Double) -> Bool {
    switch self {
    case .exact: true
    case .computed: (a - b).magnitude > max(a.magnitude, b.magnitude) * 1e-9
    case .cancelling: a == b && a.isSafeInteger
    }
  }
}

extension Value {
  /// The value itself if it is missing or an error, and so is whatever is computed from it.
  var failure: Value? {
    switch self {
    case .missing, .error: self
    default: nil
    }
  }

  fileprivate var kind: String {
    switch self {
    case .missing: "missing"
    case .bool: "a condition"
    case .number: "a number"
    case .text: "a text"
    case .instant: "a point in time"
    case .duration: "a length of time"
    case .list: "a list"
    case .error: "an error"
    }
  }
}

extension String {
  /// The order by code points, which is that of the UTF-8 bytes; never by canonical equivalence.
  func codePointOrder(to other: String) -> Int {
    var (left, right) = (self, other)
    return left.withUTF8 { left in
      right.withUTF8 { right in
        let common = min(left.count, right.count)
        if common > 0, let left = left.baseAddress, let right = right.baseAddress {
          let order = memcmp(left, right, common)
          if order != 0 { return order < 0 ? -1 : 1 }
        }
        return (left.count - right.count).signum()
      }
    }
  }
}

extension Period {
  /// The order of the lengths; beyond the calendar the larger part decides.
  func order(to other: Period) -> Int {
    if let a = exactMicroseconds, let b = other.exactMicroseconds {
      return a < b ? -1 : a > b ? 1 : 0
    }
    let a = (months, days, microseconds)
    let b = (other.months, other.days, other.microseconds)
    return a < b ? -1 : a > b ? 1 : 0
  }
}

extension Double {
  /// Whether the number is whole and so small that every neighbour is a Double too.
  package var isSafeInteger: Bool {
    magnitude < 9_007_199_254_740_992 && self == rounded(.towardZero)
  }
}

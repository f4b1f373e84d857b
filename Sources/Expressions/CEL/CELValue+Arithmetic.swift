extension CELValue {
  static func binary(
    _ operation: Syntax.BinaryOperator, _ left: CELValue, _ right: CELValue,
    _ meter: inout CELMeter
  ) throws(CELError) -> CELValue {
    switch operation {
    case .equal: .bool(try left.equals(right, &meter))
    case .notEqual: .bool(!(try left.equals(right, &meter)))
    case .less: .bool(try left.order(to: right) == .before)
    case .lessOrEqual: .bool(try left.order(to: right).map { $0 != .after } ?? false)
    case .greater: .bool(try left.order(to: right) == .after)
    case .greaterOrEqual: .bool(try left.order(to: right).map { $0 != .before } ?? false)
    case .isIn: .bool(try left.isIn(right, &meter))
    case .add: try sum(left, right, &meter)
    case .subtract: try difference(left, right)
    case .multiply, .divide, .modulo: try product(operation, left, right)
    case .before, .after: throw mismatch(operation, left, right)
    }
  }

  private static func mismatch(
    _ operation: Syntax.BinaryOperator, _ left: CELValue, _ right: CELValue
  ) -> CELError {
    .noSuchOverload(operation.rawValue, [left.typeName, right.typeName])
  }

  private func isIn(_ container: CELValue, _ meter: inout CELMeter) throws(CELError) -> Bool {
    switch container {
    case .list(let list):
      for element in list where try equals(element, &meter) { return true }
      return false
    case .map(let map): return try map.value(at: self) != nil
    default: throw Self.mismatch(.isIn, self, container)
    }
  }

  private static func sum(
    _ left: CELValue, _ right: CELValue, _ meter: inout CELMeter
  ) throws(CELError) -> CELValue {
    switch (left, right) {
    case (.int(let left), .int(let right)): return .int(try left.adding(right))
    case (.uint(let left), .uint(let right)): return .uint(try left.adding(right))
    case (.double(let left), .double(let right)): return .double(left + right)
    case (.text(let left), .text(let right)):
      try meter.spend(left.utf8.count + right.utf8.count)
      return .text(left + right)
    case (.bytes(let left), .bytes(let right)):
      try meter.spend(left.count + right.count)
      return .bytes(left + right)
    case (.list(let left), .list(let right)):
      try meter.spend(left.count + right.count)
      return .list(left + right)
    case (.timestamp(let time), .duration(let duration)),
      (.duration(let duration), .timestamp(let time)):
      return .timestamp(try time.adding(duration))
    case (.duration(let left), .duration(let right)): return .duration(try left.adding(right))
    default: throw mismatch(.add, left, right)
    }
  }

  private static func difference(
    _ left: CELValue, _ right: CELValue
  ) throws(CELError) -> CELValue {
    switch (left, right) {
    case (.int(let left), .int(let right)): .int(try left.subtracting(right))
    case (.uint(let left), .uint(let right)): .uint(try left.subtracting(right))
    case (.double(let left), .double(let right)): .double(left - right)
    case (.timestamp(let left), .timestamp(let right)): .duration(try left.since(right))
    case (.timestamp(let time), .duration(let duration)):
      .timestamp(try time.adding(try duration.negated()))
    case (.duration(let left), .duration(let right)): .duration(try left.subtracting(right))
    default: throw mismatch(.subtract, left, right)
    }
  }

  private static func product(
    _ operation: Syntax.BinaryOperator, _ left: CELValue, _ right: CELValue
  ) throws(CELError) -> CELValue {
    switch (left, right, operation) {
    case (.int(let left), .int(let right), _): return .int(try left.times(right, operation))
    case (.uint(let left), .uint(let right), _): return .uint(try left.times(right, operation))
    case (.double(let left), .double(let right), .multiply): return .double(left * right)
    case (.double(let left), .double(let right), .divide): return .double(left / right)
    default: throw mismatch(operation, left, right)
    }
  }

  func negated() throws(CELError) -> CELValue {
    switch self {
    case .int(let int): .int(try (0 as Int64).subtracting(int))
    case .double(let double): .double(-double)
    default: throw .noSuchOverload("-", [typeName])
    }
  }
}

extension FixedWidthInteger {
  fileprivate func adding(_ other: Self) throws(CELError) -> Self {
    let sum = addingReportingOverflow(other)
    guard !sum.overflow else { throw .overflow }
    return sum.partialValue
  }

  fileprivate func subtracting(_ other: Self) throws(CELError) -> Self {
    let difference = subtractingReportingOverflow(other)
    guard !difference.overflow else { throw .overflow }
    return difference.partialValue
  }

  fileprivate func times(
    _ other: Self, _ operation: Syntax.BinaryOperator
  ) throws(CELError) -> Self {
    let result: (partialValue: Self, overflow: Bool)
    switch operation {
    case .multiply: result = multipliedReportingOverflow(by: other)
    case _ where other == 0: throw .divisionByZero
    case .divide: result = dividedReportingOverflow(by: other)
    default: result = remainderReportingOverflow(dividingBy: other)
    }
    guard !result.overflow else { throw .overflow }
    return result.partialValue
  }
}

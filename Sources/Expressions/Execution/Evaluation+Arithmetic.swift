import Foundation

extension Evaluation {
  /// `+ - * / %` and unary minus over numbers, times and durations.
  func arithmetic(_ operation: Operation, _ operands: [Node]) -> Value {
    let left = value(of: operands[0])
    if left.isError { return left }
    if operation == .negate { return negate(left) }
    let right = value(of: operands[1])
    if right.isError { return right }
    switch (left, right) {
    case (.missing, _), (_, .missing): return .missing
    case (.number(let x), .number(let y)): return compute(operation, x, y)
    case (.text(let x), .text(let y)) where operation == .add: return .text(x + y)
    case (.list(let x), .list(let y)) where operation == .add: return .list(x + y)
    case (.instant(let time), .duration(let period)) where operation == .add:
      return shift(time, by: period)
    case (.duration(let period), .instant(let time)) where operation == .add:
      return shift(time, by: period)
    case (.instant(let time), .duration(let period)) where operation == .subtract:
      return shift(time, by: period.negated)
    case (.instant(let x), .instant(let y)) where operation == .subtract:
      return wallClockDifference(x, y)
    case (.duration(let x), .duration(let y)): return compute(operation, x, y)
    case (.duration(let period), .number(let factor)) where operation == .multiply:
      return scale(period, by: factor)
    case (.number(let factor), .duration(let period)) where operation == .multiply:
      return scale(period, by: factor)
    case (.duration(let period), .number(let divisor)) where operation == .divide:
      return divisor == 0 ? .missing : scale(period, by: 1 / divisor)
    default:
      return .error(.wrongType("these two cannot be combined"))
    }
  }

  /// The time between two readings of the local clock, the later first.
  func wallClockDifference(_ later: Instant, _ earlier: Instant) -> Value {
    let (difference, overflow) = context.zone.wallClock(later)
      .subtractingReportingOverflow(context.zone.wallClock(earlier))
    return overflow ? .error(.overflow) : .duration(Period(microseconds: difference))
  }

  private func compute(_ operation: Operation, _ x: Double, _ y: Double) -> Value {
    let result: Double
    switch operation {
    case .add: result = x + y
    case .subtract: result = x - y
    case .multiply: result = x * y
    case .divide where y == 0, .modulo where y == 0: return .missing
    case .divide: result = x / y
    default: result = fmod(x, y)
    }
    return result.isFinite ? .number(result) : .error(.overflow)
  }

  private func compute(_ operation: Operation, _ x: Period, _ y: Period) -> Value {
    switch operation {
    case .add: return x.adding(y).map(Value.duration) ?? .error(.overflow)
    case .subtract: return x.adding(y.negated).map(Value.duration) ?? .error(.overflow)
    case .divide:
      guard let x = x.exactMicroseconds, let y = y.exactMicroseconds else {
        return .error(.overflow)
      }
      return y == 0 ? .missing : .number(Double(x) / Double(y))
    default: return .error(.wrongType("durations cannot be combined so"))
    }
  }

  private func negate(_ value: Value) -> Value {
    switch value {
    case .number(let number): .number(-number)
    case .duration(let period): .duration(period.negated)
    case .missing, .error: value
    default: .error(.wrongType("a number was expected"))
    }
  }

  private func shift(_ time: Instant, by period: Period) -> Value {
    let shifted = context.zone.adding(period, to: time)
    return (Instant.earliest...Instant.latest).contains(shifted)
      ? .instant(shifted) : .error(.outOfRange("the time is outside the years 1 to 9999"))
  }

  private func scale(_ period: Period, by factor: Double) -> Value {
    period.multiplied(by: factor).map(Value.duration) ?? .error(.overflow)
  }

  // MARK: Exact decimals

  /// The node's number in decimal arithmetic, from the decimals its inputs print as.
  ///
  /// A Double holds any decimal of up to 15 digits, and its shortest printed form is that decimal.
  /// `nil` where the number has no such form or leaves Decimal's range.
  func decimal(of node: Node) -> Decimal? {
    guard case .apply(let operation, let operands) = node else {
      guard case .number(let number) = value(of: node) else { return nil }
      return Decimal(exactly: number)
    }
    let result: Decimal?
    switch operation {
    case .add: result = combine(operands, +)
    case .subtract: result = combine(operands, -)
    case .multiply: result = combine(operands, *)
    case .divide: result = combine(operands) { $1 == 0 ? Decimal.nan : $0 / $1 }
    case .negate: result = decimal(of: operands[0]).map { -$0 }
    case .conditional:
      result =
        value(of: operands[0]) == .bool(true)
        ? decimal(of: operands[1]) : decimal(of: operands[2])
    default: result = plainDecimal(of: node)
    }
    // Arithmetic over durations and the like has no decimal form of its own.
    guard let result else { return plainDecimal(of: node) }
    return result.isNaN ? nil : result
  }

  private func plainDecimal(of node: Node) -> Decimal? {
    guard case .number(let number) = value(of: node) else { return nil }
    return Decimal(exactly: number)
  }

  private func combine(
    _ operands: [Node], _ operation: (Decimal, Decimal) -> Decimal
  ) -> Decimal? {
    guard let left = decimal(of: operands[0]), let right = decimal(of: operands[1]) else {
      return nil
    }
    return operation(left, right)
  }
}

extension Decimal {
  /// The decimal that a Double prints as.
  init?(exactly number: Double) {
    guard number.isFinite else { return nil }
    if number.isExactInteger {
      self.init(Int64(number))
    } else {
      self.init(string: "\(number)")
    }
  }

  /// The decimal rounded to `places` after the point, half away from zero.
  func rounded(places: Int, _ mode: RoundingMode = .plain) -> Decimal {
    var source = self
    var result = Decimal()
    NSDecimalRound(&result, &source, places, mode)
    return result
  }

  /// The nearest Double.
  var double: Double { Double(description) ?? .nan }
}

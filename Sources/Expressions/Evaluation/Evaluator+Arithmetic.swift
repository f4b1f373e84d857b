extension Evaluator {
  func arithmetic(_ operation: Arithmetic, _ left: Node, _ right: Node) -> Value {
    let first = value(of: left)
    let second = value(of: right)
    switch (first, second) {
    case (.number(let a), .number(let b)):
      return number(operation, a, b, left, right)
    case (.error, _): return first
    case (_, .error): return second
    case (.missing, _): return first
    case (_, .missing): return second
    case (.instant(let a), .duration(let b)):
      return moved(a, by: operation == .add ? b : b.negated)
    case (.duration(let a), .instant(let b)):
      return moved(b, by: a)
    case (.instant(let a), .instant(let b)):
      return elapsed(from: b, to: a)
    case (.text(let a), .text(let b)):
      return maySpend(bytes: a.utf8.count + b.utf8.count) ? .text(a + b) : .error(.tooCostly)
    case (.list(let a), .list(let b)):
      return maySpend(a.count + b.count) ? .list(a + b) : .error(.tooCostly)
    default:
      return duration(operation, first, second, right)
    }
  }

  private func number(
    _ operation: Arithmetic, _ a: Double, _ b: Double, _ left: Node, _ right: Node
  ) -> Value {
    let result: Double
    switch operation {
    case .add: result = a + b
    case .subtract: result = a - b
    case .multiply: result = a * b
    case .divide:
      if isZero(b, right) { return .missing }
      result = a / b
    case .modulo:
      if isZero(b, right) { return .missing }
      result = remainder(a, b, left, right)
    }
    return result.isFinite ? .number(result) : .error(.overflow)
  }

  private func duration(
    _ operation: Arithmetic, _ first: Value, _ second: Value, _ right: Node
  ) -> Value {
    switch (operation, first, second) {
    case (.add, .duration(let a), .duration(let b)):
      return period(a.adding(b))
    case (.subtract, .duration(let a), .duration(let b)):
      return period(a.adding(b.negated))
    case (.multiply, .duration(let a), .number(let b)),
      (.multiply, .number(let b), .duration(let a)):
      return period(a.multiplied(by: b))
    case (.divide, .duration(let a), .number(let b)):
      return isZero(b, right) ? .missing : period(a.multiplied(by: 1 / b))
    case (.divide, .duration(let a), .duration(let b)):
      guard let dividend = a.exactMicroseconds, let divisor = b.exactMicroseconds else {
        return .error(.overflow)
      }
      return divisor == 0 ? .missing : .number(Double(dividend) / Double(divisor))
    default:
      return wrongType("arithmetic", first)
    }
  }

  func negate(_ value: Value) -> Value {
    switch value {
    case .number(let number): .number(-number)
    case .duration(let period): .duration(period.negated)
    default: value.failure ?? wrongType("a minus", value)
    }
  }

  private func period(_ period: Period?) -> Value {
    guard let period, period.exactMicroseconds != nil else { return .error(.overflow) }
    return .duration(period)
  }

  private func moved(_ instant: Instant, by period: Period) -> Value {
    // The ends of the calendar stand for PostgreSQL's infinite times, which nothing moves.
    if instant <= .earliest || instant >= .latest { return .instant(instant) }
    let result = context.zone.adding(period, to: instant)
    return result > .earliest && result < .latest
      ? .instant(result) : .error(.outOfRange("a point in time"))
  }

  /// The difference of local wall-clock readings, so that days have 24 hours whatever clocks did.
  func elapsed(from start: Instant, to end: Instant) -> Value {
    let zone = context.zone
    let difference = zone.wallClock(end).subtractingReportingOverflow(zone.wallClock(start))
    return difference.overflow
      ? .error(.overflow) : .duration(Period(microseconds: difference.partialValue))
  }
}

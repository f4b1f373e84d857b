extension Evaluator {
  func call(_ function: Function, _ operands: [Node]) -> Value {
    if (function == .min || function == .max), operands.count == 1,
      case .list = value(of: operands[0])
    {
      return aggregate(function, operands)
    }
    switch function {
    case .mean, .median, .stddev, .percentile, .slope, .sum, .count:
      return aggregate(function, operands)
    case .round, .floor, .ceil:
      return rounding(function, operands)
    default: break
    }
    var values: [Value] = []
    values.reserveCapacity(operands.count)
    for operand in operands {
      let value = value(of: operand)
      if let failure = value.failure { return failure }
      values.append(value)
    }
    switch function {
    case .since, .until, .weekday, .month, .hour:
      guard case .instant(let instant) = values[0] else { break }
      return time(function, instant)
    case .contains, .startsWith, .endsWith:
      guard case .text(let text) = values[0], case .text(let part) = values[1] else { break }
      return switch function {
      case .startsWith: .bool(TextLibrary.startsWith(text, part))
      case .endsWith: .bool(TextLibrary.endsWith(text, part))
      default: .bool(TextLibrary.contains(text, part))
      }
    case .matches:
      guard case .text(let text) = values[0], case .text(let pattern) = values[1] else { break }
      guard let compiled = try? Pattern(pattern) else { return .error(.badPattern(pattern)) }
      return .bool(compiled.matches(text))
    case .lowerAscii, .upperAscii, .trim, .size:
      return text(function, values[0])
    case .min, .max:
      return extreme(function, values)
    default:
      return arithmetic(function, values)
    }
    return wrongType(function.rawValue, values[0])
  }

  private func time(_ function: Function, _ instant: Instant) -> Value {
    switch function {
    case .since: elapsed(from: instant, to: context.now)
    case .until: elapsed(from: context.now, to: instant)
    case .weekday: .number(Double(context.zone.date(instant).weekday))
    case .month: .number(Double(context.zone.date(instant).month))
    default:
      .number(
        Double(
          context.zone.wallClock(instant).floorRemainder(by: microsecondsPerDay) / 3_600_000_000)
      )
    }
  }

  private func text(_ function: Function, _ value: Value) -> Value {
    switch (function, value) {
    case (.size, .text(let text)): .number(Double(text.unicodeScalars.count))
    case (.size, .list(let values)): .number(Double(values.count))
    case (.lowerAscii, .text(let text)): .text(TextLibrary.lowerAscii(text))
    case (.upperAscii, .text(let text)): .text(TextLibrary.upperAscii(text))
    case (.trim, .text(let text)): .text(TextLibrary.trim(text))
    default: wrongType(function.rawValue, value)
    }
  }

  private func arithmetic(_ function: Function, _ values: [Value]) -> Value {
    switch (function, values[0]) {
    case (.abs, .number(let number)):
      return .number(number.magnitude)
    case (.abs, .duration(let period)):
      return .duration(period.isNegative ? period.negated : period)
    case (.days, .duration(let period)):
      return period.inDays.map { .number($0) } ?? .error(.overflow)
    case (.sqrt, .number(let number)):
      return number < 0 ? .error(.outOfRange("sqrt")) : .number(number.squareRoot())
    case (.z, .number(let number)):
      return Statistics.normalQuantile(number).map { .number($0) } ?? .error(.outOfRange("z"))
    case (.clamp, _):
      let capped = extreme(.min, [values[0], values[2]])
      return capped.failure ?? extreme(.max, [capped, values[1]])
    default:
      return wrongType(function.rawValue, values[0])
    }
  }

  /// The least or the greatest of values of one type; the first of equals.
  private func extreme(_ function: Function, _ values: [Value]) -> Value {
    guard var best = values.first else { return .missing }
    for value in values.dropFirst() {
      let order: Int
      switch (value, best) {
      case (.number(let a), .number(let b)): order = a < b ? -1 : a > b ? 1 : 0
      case (.instant(let a), .instant(let b)): order = a < b ? -1 : a > b ? 1 : 0
      case (.duration(let a), .duration(let b)): order = a.order(to: b)
      default: return wrongType(function.rawValue, value)
      }
      if function == .min ? order < 0 : order > 0 { best = value }
    }
    return best
  }

  private func rounding(_ function: Function, _ operands: [Node]) -> Value {
    let value = value(of: operands[0])
    guard case .number(let number) = value else {
      return value.failure ?? wrongType(function.rawValue, value)
    }
    guard number.isFinite else { return .error(.outOfRange(function.rawValue)) }
    var places = 0
    if operands.count > 1 {
      let second = self.value(of: operands[1])
      guard case .number(let count) = second else {
        return second.failure ?? wrongType(function.rawValue, second)
      }
      guard let whole = Int(exactly: count), abs(whole) <= 400 else {
        return .error(.outOfRange("places"))
      }
      places = whole
    }
    let result =
      switch function {
      case .round: rounded(number, operands[0], places: places)
      default: whole(number, operands[0], up: function == .ceil)
      }
    return result.isFinite ? .number(result) : .error(.overflow)
  }

  // MARK: Lists

  /// A figure of a list; as in SQL, elements that are missing do not count.
  private func aggregate(_ function: Function, _ operands: [Node]) -> Value {
    let list = value(of: operands[0])
    guard case .list(let values) = list else {
      return list.failure ?? wrongType(function.rawValue, list)
    }
    let present = values.filter { $0 != .missing }
    switch function {
    case .count: return .number(Double(present.count))
    case .min, .max: return extreme(function, present)
    case .slope: return slope(values)
    default: break
    }
    var numbers: [Double] = []
    numbers.reserveCapacity(present.count)
    for value in present {
      guard case .number(let number) = value else {
        return value.failure ?? wrongType(function.rawValue, value)
      }
      numbers.append(number)
    }
    let result: Double?
    switch function {
    case .sum: result = numbers.reduce(0, +)
    case .mean: result = numbers.isEmpty ? nil : numbers.reduce(0, +) / Double(numbers.count)
    case .median: result = Statistics.percentile(numbers, 0.5)
    case .stddev: result = Statistics.standardDeviation(numbers)
    default:
      let share = value(of: operands[1])
      guard case .number(let number) = share else {
        return share.failure ?? wrongType(function.rawValue, share)
      }
      guard number >= 0, number <= 1 else { return .error(.outOfRange("percentile")) }
      result = Statistics.percentile(numbers, number)
    }
    guard let result else { return .missing }
    return result.isFinite ? .number(result) : .error(.overflow)
  }

  private func slope(_ values: [Value]) -> Value {
    var points: [(x: Double, y: Double)] = []
    for (index, value) in values.enumerated() {
      switch value {
      case .number(let number): points.append((Double(index), number))
      case .missing: continue
      default: return value.failure ?? wrongType("slope", value)
      }
    }
    guard let slope = Statistics.slope(points) else { return .missing }
    return slope.isFinite ? .number(slope) : .error(.overflow)
  }
}

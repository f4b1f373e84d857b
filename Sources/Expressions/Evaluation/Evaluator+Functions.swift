import Foundation

extension Evaluator {
  func call(_ function: Function, _ operands: [Node]) -> Value {
    switch function {
    case .mean, .median, .stddev, .percentile, .slope, .sum, .count:
      return aggregate(function, operands)
    case .forecast:
      return forecast(operands)
    case .round, .floor, .ceil, .trunc:
      return rounding(function, operands)
    case .min, .max:
      return extreme(function, operands)
    case .clamp:
      return clamp(operands)
    case .contains, .startsWith, .endsWith, .matches:
      return test(function, value(of: operands[0]), value(of: operands[1]))
    case .since, .until, .weekday, .month, .hour, .days, .abs, .sqrt, .z, .size, .lowerAscii,
      .upperAscii, .trim:
      let value = value(of: operands[0])
      return value.failure ?? call(function, value)
    default:
      return library(function, operands)
    }
  }

  private func call(_ function: Function, _ value: Value) -> Value {
    switch value {
    case .instant(let instant): time(function, instant)
    case .number, .duration: arithmetic(function, value)
    default: text(function, value)
    }
  }

  private func test(_ function: Function, _ value: Value, _ part: Value) -> Value {
    if let failure = value.failure ?? part.failure { return failure }
    guard case .text(let text) = value, case .text(let part) = part else {
      return wrongType(function.rawValue, value)
    }
    guard maySpend(bytes: text.utf8.count) else { return .error(.tooCostly) }
    guard function == .matches else { return .bool(text.has(part, function)) }
    guard let pattern = try? Pattern(part) else { return .error(.badPattern(part)) }
    return .bool(pattern.matches(text))
  }

  private func time(_ function: Function, _ instant: Instant) -> Value {
    switch function {
    case .since: elapsed(from: instant, to: context.now)
    case .until: elapsed(from: context.now, to: instant)
    case .weekday: .number(Double(context.zone.date(instant).weekday))
    case .month: .number(Double(context.zone.date(instant).month))
    case .hour:
      .number(
        Double(
          context.zone.wallClock(instant).floorRemainder(by: microsecondsPerDay) / 3_600_000_000)
      )
    default: wrongType(function.rawValue, .instant(instant))
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

  private func arithmetic(_ function: Function, _ value: Value) -> Value {
    switch (function, value) {
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
    default:
      return wrongType(function.rawValue, value)
    }
  }

  private func extreme(_ function: Function, _ operands: [Node]) -> Value {
    var best = value(of: operands[0])
    if operands.count == 1, case .list = best { return aggregate(function, operands) }
    var index = 1
    while best.failure == nil, index < operands.count {
      let next = value(of: operands[index])
      best = next.failure ?? further(function, best, next)
      index += 1
    }
    return best
  }

  private func clamp(_ operands: [Node]) -> Value {
    let (value, low, high) = (
      value(of: operands[0]), value(of: operands[1]), value(of: operands[2])
    )
    if let failure = value.failure ?? low.failure ?? high.failure { return failure }
    let capped = further(.min, value, high)
    return capped.failure ?? further(.max, capped, low)
  }

  /// The lesser or the greater of two values of one type; the first of equals.
  private func further(_ function: Function, _ best: Value, _ value: Value) -> Value {
    let order: Int
    switch (value, best) {
    case (.number(let a), .number(let b)): order = a < b ? -1 : a > b ? 1 : 0
    case (.instant(let a), .instant(let b)): order = a < b ? -1 : a > b ? 1 : 0
    case (.duration(let a), .duration(let b)): order = a.order(to: b)
    default: return wrongType(function.rawValue, value)
    }
    return (function == .min ? order < 0 : order > 0) ? value : best
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
      case .trunc: whole(number, operands[0], up: number < 0)
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
    guard maySpend(values.count) else { return .error(.tooCostly) }
    let present = values.filter { $0 != .missing }
    switch function {
    case .count: return .number(Double(present.count))
    case .min, .max:
      guard let first = present.first else { return .missing }
      return present.dropFirst().reduce(first) { $0.failure ?? further(function, $0, $1) }
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

  /// What the days from the run's day on will come to; the list ends the day before.
  private func forecast(_ operands: [Node]) -> Value {
    let (list, horizon) = (value(of: operands[0]), value(of: operands[1]))
    if let failure = list.failure ?? horizon.failure { return failure }
    guard case .list(let values) = list, case .duration(let period) = horizon else {
      return wrongType("forecast", list)
    }
    guard let days = period.inDays, days >= 0, days <= Double(Bucket.maximumCount) else {
      return .error(.outOfRange("forecast"))
    }
    guard maySpend(values.count + Int(days)) else { return .error(.tooCostly) }
    var amounts: [Double] = []
    for value in values {
      guard case .number(let number) = value else {
        return value.failure ?? wrongType("forecast", value)
      }
      amounts.append(number)
    }
    let today = context.zone.date(context.now)
    guard let forecast = Forecast(amounts, today: today) else { return .missing }
    let total = forecast.total(days: days, from: today)
    return total.isFinite ? .number(total) : .error(.overflow)
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

extension String {
  /// Whether the text has a part, byte for byte, where the function looks for it.
  fileprivate func has(_ part: String, _ function: Function) -> Bool {
    var (text, part) = (self, part)
    return text.withUTF8 { bytes in
      part.withUTF8 { wanted in
        guard let start = bytes.baseAddress, let wantedStart = wanted.baseAddress,
          !wanted.isEmpty, wanted.count <= bytes.count
        else { return wanted.isEmpty }
        let last = start + (bytes.count - wanted.count)
        var place = function == .endsWith ? last : start
        let end = function == .startsWith ? start : last
        while place < end, memcmp(place, wantedStart, wanted.count) != 0 { place += 1 }
        return memcmp(place, wantedStart, wanted.count) == 0
      }
    }
  }
}

import Foundation

extension Evaluation {
  /// Calls a function; a missing argument makes the result missing.
  func call(_ function: Function, _ operands: [Node]) -> Value {
    var arguments: [Value] = []
    arguments.reserveCapacity(operands.count)
    for operand in operands {
      let argument = value(of: operand)
      switch argument {
      case .error: return argument
      case .missing: return .missing
      default: arguments.append(argument)
      }
    }
    switch function {
    case .since, .until, .days, .weekday, .month, .hour:
      return time(function, arguments[0])
    case .min, .max:
      return extreme(function, arguments)
    case .clamp:
      let capped = extreme(.min, [arguments[0], arguments[2]])
      return capped.isError ? capped : extreme(.max, [capped, arguments[1]])
    case .abs, .round, .floor, .ceil, .sqrt, .z:
      return number(function, arguments, operands)
    case .size, .contains, .startsWith, .endsWith, .matches, .lowerAscii, .upperAscii, .trim:
      return text(function, arguments)
    case .mean, .median, .stddev, .percentile, .slope, .sum, .count:
      return statistic(function, arguments)
    }
  }

  private func time(_ function: Function, _ argument: Value) -> Value {
    if function == .days {
      guard case .duration(let period) = argument else { return .mistyped }
      return period.inDays.map(Value.number) ?? .error(.overflow)
    }
    guard case .instant(let instant) = argument else { return .mistyped }
    switch function {
    case .since: return wallClockDifference(context.now, instant)
    case .until: return wallClockDifference(instant, context.now)
    case .weekday: return .number(Double(context.zone.date(instant).weekday))
    case .month: return .number(Double(context.zone.date(instant).month))
    default:
      let wall = context.zone.wallClock(instant)
      return .number(Double(wall.floorRemainder(by: 86_400_000_000) / 3_600_000_000))
    }
  }

  /// The smallest or largest of the arguments, or of the one list.
  private func extreme(_ function: Function, _ arguments: [Value]) -> Value {
    var candidates = arguments
    if arguments.count == 1, case .list(let elements) = arguments[0] {
      candidates = elements.filter { $0 != .missing }
    }
    guard var best = candidates.first else { return .missing }
    for candidate in candidates.dropFirst() {
      let wanted: Operation = function == .min ? .less : .greater
      let isBetter = compare(wanted, .constant(candidate), .constant(best))
      if isBetter.isError { return isBetter }
      if isBetter == .bool(true) { best = candidate }
    }
    return best
  }

  // MARK: Numbers

  private func number(_ function: Function, _ arguments: [Value], _ operands: [Node]) -> Value {
    if function == .abs, case .duration(let period) = arguments[0] {
      return .duration(period.isNegative ? period.negated : period)
    }
    guard case .number(let x) = arguments[0] else { return .mistyped }
    switch function {
    case .abs: return .number(Swift.abs(x))
    case .sqrt: return x < 0 ? .missing : .number(x.squareRoot())
    case .z:
      return x > 0 && x < 1
        ? .number(normalQuantile(x)) : .error(.outOfRange("z takes a share between 0 and 1"))
    case .floor: return .number(round(operands[0], x, places: 0, .down))
    case .ceil: return .number(round(operands[0], x, places: 0, .up))
    default:
      guard arguments.count > 1 else { return .number(round(operands[0], x, places: 0, .plain)) }
      guard case .number(let places) = arguments[1], (-15...15).contains(places) else {
        return .error(.outOfRange("round takes between -15 and 15 places"))
      }
      return .number(round(operands[0], x, places: Int(places), .plain))
    }
  }

  /// Rounds in decimal arithmetic, so that 2.675 to two places is 2.68 and not what 2.675 is in
  /// binary.
  private func round(
    _ node: Node, _ x: Double, places: Int, _ mode: Decimal.RoundingMode
  ) -> Double {
    if places >= 0, x.isExactInteger { return x }
    guard let exact = decimal(of: node) else { return x.rounded() }
    return exact.rounded(places: places, mode).double
  }

  // MARK: Texts and lists

  private func text(_ function: Function, _ arguments: [Value]) -> Value {
    if function == .size, case .list(let elements) = arguments[0] {
      return .number(Double(elements.count))
    }
    guard case .text(let text) = arguments[0] else { return .mistyped }
    switch function {
    case .size: return .number(Double(text.unicodeScalars.count))
    case .lowerAscii: return .text(text.mapASCII(from: UInt8(ascii: "A"), offset: 32))
    case .upperAscii: return .text(text.mapASCII(from: UInt8(ascii: "a"), offset: -32))
    case .trim: return .text(text.trimmingCharacters(in: .whitespacesAndNewlines))
    default: break
    }
    guard arguments.count > 1, case .text(let part) = arguments[1] else { return .mistyped }
    let whole = Array(text.utf8)
    let bytes = Array(part.utf8)
    switch function {
    case .startsWith: return .bool(whole.starts(with: bytes))
    case .endsWith: return .bool(whole.reversed().starts(with: bytes.reversed()))
    case .contains: return .bool(bytes.isEmpty || whole.firstRange(of: bytes) != nil)
    default: return .error(.badPattern(part))
    }
  }

  private func statistic(_ function: Function, _ arguments: [Value]) -> Value {
    guard case .list(let elements) = arguments[0] else { return .mistyped }
    let present = elements.filter { $0 != .missing }
    if function == .count { return .number(Double(present.count)) }
    var numbers: [Double] = []
    numbers.reserveCapacity(present.count)
    for element in present {
      guard case .number(let number) = element else { return .mistyped }
      numbers.append(number)
    }
    let result: Double?
    switch function {
    case .sum: result = numbers.reduce(0, +)
    case .mean: result = Statistics.mean(numbers)
    case .median: result = Statistics.percentile(numbers, 0.5)
    case .stddev: result = Statistics.standardDeviation(numbers)
    case .slope: result = Statistics.slope(numbers)
    default:
      guard arguments.count > 1, case .number(let share) = arguments[1], (0...1).contains(share)
      else { return .error(.outOfRange("percentile takes a share between 0 and 1")) }
      result = Statistics.percentile(numbers, share)
    }
    guard let result else { return .missing }
    return result.isFinite ? .number(result) : .error(.overflow)
  }
}

extension Value {
  fileprivate static var mistyped: Value { .error(.wrongType("an argument has the wrong type")) }
}

extension String {
  /// Moves the 26 letters from `first` on; everything else stays.
  fileprivate func mapASCII(from first: UInt8, offset: Int) -> String {
    String(
      decoding: utf8.map { byte in
        (first..<first + 26).contains(byte) ? UInt8(Int(byte) + offset) : byte
      }, as: UTF8.self)
  }
}

import Foundation

// Numbers behave as exact decimals. Doubles are computed with, and where rounding errors could
// decide, the operands are computed again in decimal arithmetic from the exact inputs.
extension Evaluator {
  /// A number in decimal arithmetic.
  struct Exact {
    var value: Decimal

    /// Whether a division may have cut digits off.
    var isCut = false
  }

  /// The order of two computed numbers as their exact decimals have it.
  func exactOrder(
    _ a: Double, _ b: Double, _ left: Node, _ right: Node, _ precision: Precision
  ) -> Int {
    let plain = a < b ? -1 : a > b ? 1 : 0
    if a.isSafeInteger, b.isSafeInteger { return plain }
    let size = max(a.magnitude, b.magnitude)
    var scale = size
    if (a - b).magnitude > size * 1e-9 {
      guard precision == .cancelling else { return plain }
      scale = max(self.scale(of: left), self.scale(of: right), size)
      guard (a - b).magnitude <= scale * 1e-9 else { return plain }
    }
    guard let first = exact(left), let second = exact(right) else { return plain }
    let difference = first.value - second.value
    if first.isCut || second.isCut, let unit = Decimal(shortestFormOf: scale) {
      // What was cut off lies beyond 30 digits: so small a difference is no difference.
      let tolerance = unit * Decimal(sign: .plus, exponent: -25, significand: 1)
      if difference.magnitude <= tolerance { return 0 }
    }
    guard !difference.isNaN else { return plain }
    return difference < 0 ? -1 : difference > 0 ? 1 : 0
  }

  /// Whether a divisor is zero, or would be if its digits had not been rounded.
  func isZero(_ value: Double, _ node: Node) -> Bool {
    if value == 0 { return true }
    guard node.precision == .cancelling, value.magnitude < scale(of: node) * 1e-9 else {
      return false
    }
    return exactOrder(value, 0, node, .constant(.number(0)), .cancelling) == 0
  }

  /// The remainder with the dividend's sign.
  func remainder(_ a: Double, _ b: Double, _ left: Node, _ right: Node) -> Double {
    let plain = a.truncatingRemainder(dividingBy: b)
    if a.isSafeInteger, b.isSafeInteger { return plain }
    guard let first = exact(left), let second = exact(right), second.value != 0 else {
      return plain
    }
    let quotient = (first.value / second.value).rounded(.towardZero)
    return (first.value - quotient * second.value).nearestDouble ?? plain
  }

  /// The number rounded to places after the point, half away from zero.
  func rounded(_ value: Double, _ node: Node, places: Int) -> Double {
    if places == 0, value.isSafeInteger { return value }
    if node.precision == .exact { return value.roundedInDecimal(places: places) }
    let unit = Self.power(of: 10, min(max(places, 0), 15))
    let shifted = (value * unit).magnitude
    let distance = (shifted - shifted.rounded(.down) - 0.5).magnitude
    // Far from a half the last digits do not matter.
    if places >= 0, distance > 1e-3, shifted < 1e9, scale(of: node) * unit < 1e9 {
      return (value * unit).rounded(.toNearestOrAwayFromZero) / unit
    }
    guard let exact = exact(node), abs(places) < 30 else {
      return value.roundedInDecimal(places: places)
    }
    return exact.value.rounded(.plain, places: places).nearestDouble ?? value
  }

  private static func power(of base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    for _ in 0..<exponent { result *= base }
    return result
  }

  /// The next whole number down or up; a number that is whole but for rounding errors is whole.
  func whole(_ value: Double, _ node: Node, up: Bool) -> Double {
    let rule = up ? FloatingPointRoundingRule.up : .down
    let nearest = value.rounded()
    guard node.precision > .exact, value != nearest,
      (value - nearest).magnitude <= 1e-9 * max(1, scale(of: node)),
      let exact = exact(node)
    else { return value.rounded(rule) }
    return exact.value.rounded(up ? .up : .down).nearestDouble ?? value.rounded(rule)
  }

  // MARK: The exact value

  /// The node's number in decimal arithmetic; `nil` where decimals cannot hold it.
  private func exact(_ node: Node) -> Exact? {
    switch node {
    case .arithmetic(let operation, let sides):
      return exact(operation, sides.left, sides.right) ?? plain(node)
    case .negate(let operand):
      return exact(operand).map { Exact(value: -$0.value, isCut: $0.isCut) }
    case .conditional(let condition, let then, let otherwise):
      guard case .bool(let isTrue) = value(of: condition) else { return nil }
      return exact(isTrue ? then : otherwise)
    case .call(.abs, let operands):
      return exact(operands[0]).map { Exact(value: $0.value.magnitude, isCut: $0.isCut) }
    case .call(.min, let operands) where operands.count > 1:
      return fold(operands) { $0.value <= $1.value ? $0 : $1 }
    case .call(.max, let operands) where operands.count > 1:
      return fold(operands) { $0.value >= $1.value ? $0 : $1 }
    case .call(.clamp, let operands):
      guard let value = exact(operands[0]), let low = exact(operands[1]),
        let high = exact(operands[2])
      else { return nil }
      let capped = value.value > high.value ? high : value
      return capped.value < low.value ? low : capped
    case .call(.days, let operands):
      guard case .duration(let period) = value(of: operands[0]),
        let length = period.exactMicroseconds
      else { return nil }
      return Exact(value: Decimal(length) / Decimal(microsecondsPerDay), isCut: true)
    case .call(.sum, let operands):
      return total(operands[0])?.sum
    case .call(.mean, let operands):
      guard let total = total(operands[0]), total.count > 0 else { return nil }
      return Exact(value: total.sum.value / Decimal(total.count), isCut: true)
    default:
      return plain(node)
    }
  }

  private func plain(_ node: Node) -> Exact? {
    guard case .number(let number) = value(of: node) else { return nil }
    return Decimal(shortestFormOf: number).map { Exact(value: $0) }
  }

  private func exact(_ operation: Arithmetic, _ left: Node, _ right: Node) -> Exact? {
    guard case .number = value(of: left), case .number = value(of: right),
      let a = exact(left), let b = exact(right)
    else { return nil }
    let isCut = a.isCut || b.isCut
    let result: Exact
    switch operation {
    case .add: result = Exact(value: a.value + b.value, isCut: isCut)
    case .subtract: result = Exact(value: a.value - b.value, isCut: isCut)
    case .multiply: result = Exact(value: a.value * b.value, isCut: isCut)
    case .divide:
      guard b.value != 0 else { return nil }
      result = Exact(value: a.value / b.value, isCut: true)
    case .modulo: return nil
    }
    return result.value.isNaN ? nil : result
  }

  private func fold(_ operands: [Node], _ choose: (Exact, Exact) -> Exact) -> Exact? {
    guard var result = exact(operands[0]) else { return nil }
    for operand in operands.dropFirst() {
      guard let next = exact(operand) else { return nil }
      result = choose(result, next)
    }
    return result
  }

  private func total(_ list: Node) -> (sum: Exact, count: Int)? {
    var sum = Exact(value: 0)
    var count = 0
    if case .list(let elements) = list {
      for element in elements {
        guard let next = exact(element) else { return nil }
        sum = Exact(value: sum.value + next.value, isCut: sum.isCut || next.isCut)
      }
      return (sum, elements.count)
    }
    guard case .list(let values) = value(of: list) else { return nil }
    for value in values {
      if value == .missing { continue }
      guard case .number(let number) = value, let next = Decimal(shortestFormOf: number) else {
        return nil
      }
      sum.value += next
      count += 1
    }
    return (sum, count)
  }

  /// How large the numbers were that the node's number is the sum or difference of.
  private func scale(of node: Node) -> Double {
    switch node {
    case .arithmetic(.add, let sides), .arithmetic(.subtract, let sides):
      return max(scale(of: sides.left), scale(of: sides.right))
    case .arithmetic(.multiply, let sides):
      return scale(of: sides.left) * scale(of: sides.right)
    case .arithmetic(.divide, let sides):
      guard case .number(let divisor) = value(of: sides.right), divisor != 0 else { return 0 }
      let size = divisor.magnitude
      return scale(of: sides.left) / size * max(1, scale(of: sides.right) / size)
    case .negate(let operand): return scale(of: operand)
    case .conditional(let condition, let then, let otherwise):
      return scale(of: value(of: condition) == .bool(true) ? then : otherwise)
    case .call(.min, let operands), .call(.max, let operands), .call(.clamp, let operands),
      .call(.abs, let operands):
      return operands.map { scale(of: $0) }.max() ?? 0
    case .list(let elements):
      return elements.map { scale(of: $0) }.reduce(0, +)
    case .call(.sum, let operands), .call(.mean, let operands):
      return scale(of: operands[0])
    default:
      switch value(of: node) {
      case .number(let number): return number.magnitude
      case .list(let values):
        return values.reduce(0) { sum, value in
          if case .number(let number) = value { sum + number.magnitude } else { sum }
        }
      default: return 0
      }
    }
  }
}

extension Decimal {
  /// The decimal that a Double prints as; `nil` where decimals cannot hold it.
  fileprivate init?(shortestFormOf number: Double) {
    if number.isSafeInteger {
      self.init(Int64(number))
      return
    }
    guard number.magnitude > 1e-60, number.magnitude < 1e60 else { return nil }
    self.init(string: "\(number)", locale: nil)
  }

  fileprivate var nearestDouble: Double? { isNaN ? nil : Double("\(self)") }

  fileprivate func rounded(_ mode: RoundingMode, places: Int = 0) -> Decimal {
    var (source, result) = (self, Decimal())
    NSDecimalRound(&result, &source, places, mode)
    return result
  }

  fileprivate enum Direction { case towardZero }

  /// The whole part.
  fileprivate func rounded(_: Direction) -> Decimal {
    rounded(self < 0 ? .up : .down)
  }
}

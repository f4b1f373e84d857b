/// A sum that does not depend on the order of its parts.
///
/// Numbers with at most six decimals, which is what businesses add up, are summed as integers;
/// others as the partial sums of Shewchuk, Adaptive Precision Floating-Point Arithmetic (1997).
struct ExactSum: Sendable, Hashable {
  private static let scale = 1e6
  private var millionths: Int128 = 0
  private var partials: [Double] = []

  mutating func add(_ number: Double) {
    let scaled = (number * Self.scale).rounded()
    if abs(scaled) < 0x1p63, scaled / Self.scale == number {
      millionths += Int128(scaled)
    } else {
      addPartial(number)
    }
  }

  /// The sum, rounded once.
  var value: Double {
    var sum = self
    if sum.partials.isEmpty { return Double(millionths) / Self.scale }
    sum.addPartial(Double(millionths) / Self.scale)
    return Self.rounded(sum.partials)
  }

  /// The sum of partial sums that do not overlap, the least first, rounded to the nearest number.
  private static func rounded(_ partials: [Double]) -> Double {
    var rest = partials[...]
    var sum = rest.popLast() ?? 0
    var lost = 0.0
    while lost == 0, let next = rest.popLast() {
      let before = sum
      sum += next
      lost = next - (sum - before)
    }
    // Half way between two numbers, what is below decides.
    if let below = rest.last, below.sign == lost.sign, lost != 0 {
      let up = sum + 2 * lost
      if up - sum == 2 * lost { return up }
    }
    return sum
  }

  private mutating func addPartial(_ number: Double) {
    var rest = number
    var kept: [Double] = []
    for partial in partials {
      let (large, small) = abs(rest) < abs(partial) ? (partial, rest) : (rest, partial)
      let sum = large + small
      let lost = small - (sum - large)
      if lost != 0 { kept.append(lost) }
      rest = sum
    }
    partials = kept + [rest]
  }
}

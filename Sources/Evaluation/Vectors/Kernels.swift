import Expressions

/// The loops over a batch.
///
/// None branches on a row: sixty-four comparisons make a word of a bitmap.
enum Kernels {
  /// The rows for which `holds` is true.
  @inline(__always)
  static func bits(_ count: Int, _ holds: (Int) -> Bool) -> Bitmap {
    let words = [UInt64](unsafeUninitializedCapacity: (count + 63) / 64) { words, wordCount in
      for index in words.indices {
        let start = index &* 64
        let end = min(start &+ 64, count)
        var word: UInt64 = 0
        for row in start..<end { word |= (holds(row) ? 1 : 0) &<< UInt64(row &- start) }
        words[index] = word
      }
      wordCount = words.count
    }
    return Bitmap(words: words, count: count)
  }

  // MARK: Comparison

  static func compare<Element: Comparable>(
    _ relation: Step.Relation, _ left: Quantities<Element>, _ right: Quantities<Element>,
    count: Int
  ) -> Bitmap {
    left.values.withUnsafeBufferPointer { left in
      right.values.withUnsafeBufferPointer { right in
        // A constant is one value for all rows.
        switch (left.count == 1 && count > 1, right.count == 1 && count > 1) {
        case (false, true):
          let constant = right[0]
          return compare(relation, count, { left[$0] }, { _ in constant })
        case (true, false):
          let constant = left[0]
          return compare(relation, count, { _ in constant }, { right[$0] })
        case (true, true):
          let (first, second) = (left[0], right[0])
          return compare(relation, count, { _ in first }, { _ in second })
        case (false, false):
          return compare(relation, count, { left[$0] }, { right[$0] })
        }
      }
    }
  }

  @inline(__always)
  private static func compare<Element: Comparable>(
    _ relation: Step.Relation, _ count: Int, _ left: (Int) -> Element, _ right: (Int) -> Element
  ) -> Bitmap {
    switch relation {
    case .equal: bits(count) { left($0) == right($0) }
    case .less: bits(count) { left($0) < right($0) }
    case .lessOrEqual: bits(count) { left($0) <= right($0) }
    }
  }

  /// The rows whose two numbers lie so near to each other, next to `scale`, that only their
  /// decimals tell their order.
  ///
  /// Whole numbers that Doubles hold exactly have an order at any distance.
  static func near(
    _ left: Quantities<Double>, _ right: Quantities<Double>,
    scale: (Quantities<Double>, Quantities<Double>)?, count: Int
  ) -> Bitmap {
    // Twice the distance at which the reference evaluator looks again.
    let tolerance = 2e-9
    var found = bits(count) { row in
      let (a, b) = (left.at(row), right.at(row))
      var size = Swift.max(a.magnitude, b.magnitude)
      if let scale { size = Swift.max(size, scale.0.at(row), scale.1.at(row)) }
      return !((a - b).magnitude > size * tolerance)
    }
    for row in found.setIndices where left.at(row).isSafeInteger && right.at(row).isSafeInteger {
      found[row] = false
    }
    return found
  }

  // MARK: Arithmetic

  static func calculate(
    _ calculation: Step.Calculation, _ left: Quantities<Double>, _ right: Quantities<Double>,
    count: Int
  ) -> Quantities<Double> {
    var validity = joined(left.validity, right.validity)
    var doubt = Bitmap?.union(left.doubt, right.doubt)
    let values: [Double]
    switch calculation {
    case .add: values = map(left, right, count) { $0 + $1 }
    case .subtract: values = map(left, right, count) { $0 - $1 }
    case .multiply: values = map(left, right, count) { $0 * $1 }
    case .divide:
      values = map(left, right, count) { $1 == 0 ? 0 : $0 / $1 }
      let divisible = bits(count) { right.at($0) != 0 }
      if divisible.setCount < count { validity = joined(validity, divisible) }
    }
    // What overflows is an error, and the reference evaluator says which.
    let overflown = values.withUnsafeBufferPointer { values in
      bits(values.count) { !(values[$0] - values[$0] == 0) }
    }
    if overflown.setCount > 0 {
      doubt = .union(
        doubt, values.count == count ? overflown : Bitmap(repeating: true, count: count))
    }
    return Quantities(values: values, validity: validity, doubt: doubt)
  }

  @inline(__always)
  static func map(
    _ left: Quantities<Double>, _ right: Quantities<Double>, _ count: Int,
    _ join: (Double, Double) -> Double
  ) -> [Double] {
    left.values.withUnsafeBufferPointer { left in
      right.values.withUnsafeBufferPointer { right in
        if left.count == 1, right.count == 1 { return [join(left[0], right[0])] }
        return [Double](unsafeUninitializedCapacity: count) { result, resultCount in
          if right.count == 1 {
            let constant = right[0]
            for row in 0..<count { result[row] = join(left[row], constant) }
          } else if left.count == 1 {
            let constant = left[0]
            for row in 0..<count { result[row] = join(constant, right[row]) }
          } else {
            for row in 0..<count { result[row] = join(left[row], right[row]) }
          }
          resultCount = count
        }
      }
    }
  }

  /// The rows in both; no bitmap holds all.
  static func joined(_ left: Bitmap?, _ right: Bitmap?) -> Bitmap? {
    guard let left else { return right }
    return right.map { left & $0 } ?? left
  }
}

extension Quantities {
  /// The value of a row; a single value is that of every row.
  @inline(__always)
  func at(_ row: Int) -> Element { values.count == 1 ? values[0] : values[row] }
}

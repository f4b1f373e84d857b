import Foundation

/// Statistics over lists of numbers; `nil` where there are too few.
enum Statistics {
  /// The arithmetic mean.
  static func mean(_ numbers: [Double]) -> Double? {
    numbers.isEmpty ? nil : numbers.reduce(0, +) / Double(numbers.count)
  }

  /// The sample standard deviation, with n - 1.
  static func standardDeviation(_ numbers: [Double]) -> Double? {
    guard numbers.count > 1, let mean = mean(numbers) else { return nil }
    let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(numbers.count - 1)).squareRoot()
  }

  /// The percentile at `share` by linear interpolation, as PostgreSQL's `percentile_cont`.
  static func percentile(_ numbers: [Double], _ share: Double) -> Double? {
    guard !numbers.isEmpty else { return nil }
    let sorted = numbers.sorted()
    let position = share * Double(sorted.count - 1)
    let below = Int(position)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (sorted[above] - sorted[below]) * (position - Double(below))
  }

  /// The slope of the least-squares line through the numbers at 0, 1, 2 and so on.
  static func slope(_ numbers: [Double]) -> Double? {
    guard numbers.count > 1, let meanY = mean(numbers) else { return nil }
    let meanX = Double(numbers.count - 1) / 2
    var covariance = 0.0
    var variance = 0.0
    for (index, number) in numbers.enumerated() {
      let x = Double(index) - meanX
      covariance += x * (number - meanY)
      variance += x * x
    }
    return covariance / variance
  }
}

/// The standard normal quantile of a share strictly between 0 and 1.
///
/// Acklam's rational approximation (P. J. Acklam, 2003; relative error below 1.15e-9), refined by
/// one step of Halley's method with the complementary error function to full precision.
func normalQuantile(_ p: Double) -> Double {
  let a = [
    -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
    1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239e+00,
  ]
  let b = [
    -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
    6.680131188771972e+01, -1.328068155288572e+01, 1,
  ]
  let c = [
    -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
    -2.549732539343734e+00, 4.374664141464968e+00, 2.938163982698783e+00,
  ]
  let d = [
    7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
    3.754408661907416e+00, 1,
  ]
  func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
    coefficients.reduce(0) { $0 * x + $1 }
  }
  let tail = 0.02425
  var x: Double
  if p < tail {
    let q = (-2 * log(p)).squareRoot()
    x = polynomial(c, q) / polynomial(d, q)
  } else if p > 1 - tail {
    let q = (-2 * log(1 - p)).squareRoot()
    x = -polynomial(c, q) / polynomial(d, q)
  } else {
    let q = p - 0.5
    x = polynomial(a, q * q) * q / polynomial(b, q * q)
  }
  let error = 0.5 * erfc(-x / 2.0.squareRoot()) - p
  let step = error * (2 * Double.pi).squareRoot() * exp(x * x / 2)
  x -= step / (1 + x * step / 2)
  return x
}

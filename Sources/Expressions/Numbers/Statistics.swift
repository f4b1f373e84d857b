import Foundation

/// Figures over lists of numbers.
enum Statistics {
  /// The value below which a share of the numbers lies, between neighbours in proportion.
  ///
  /// As PostgreSQL's `percentile_cont`; `nil` for no numbers.
  static func percentile(_ numbers: [Double], _ share: Double) -> Double? {
    guard !numbers.isEmpty else { return nil }
    let sorted = numbers.sorted()
    let place = share * Double(sorted.count - 1)
    let low = Int(place.rounded(.down))
    let high = min(low + 1, sorted.count - 1)
    let part = place - Double(low)
    return part == 0 ? sorted[low] : sorted[low] + (sorted[high] - sorted[low]) * part
  }

  /// The sample standard deviation, with n − 1; `nil` for fewer than two numbers.
  static func standardDeviation(_ numbers: [Double]) -> Double? {
    guard numbers.count > 1 else { return nil }
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(numbers.count - 1)).squareRoot()
  }

  /// The slope of the least-squares line; `nil` for fewer than two points.
  static func slope(_ points: [(x: Double, y: Double)]) -> Double? {
    guard points.count > 1 else { return nil }
    let count = Double(points.count)
    let meanX = points.reduce(0) { $0 + $1.x } / count
    let meanY = points.reduce(0) { $0 + $1.y } / count
    let products = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
    let squares = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
    return products / squares
  }

  /// The quantile of the standard normal distribution; `nil` outside 0 < p < 1.
  ///
  /// M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied
  /// Statistics 37 (1988), the version of about sixteen digits.
  static func normalQuantile(_ p: Double) -> Double? {
    guard p > 0, p < 1 else { return nil }
    let q = p - 0.5
    if q.magnitude <= 0.425 {
      let r = 0.180625 - q * q
      return q * ratio(r, central)
    }
    let tail = (-log(q < 0 ? p : 1 - p)).squareRoot()
    let magnitude = tail <= 5 ? ratio(tail - 1.6, middle) : ratio(tail - 5, far)
    return q < 0 ? -magnitude : magnitude
  }

  /// A polynomial over another, highest powers first.
  private static func ratio(_ x: Double, _ parts: (above: [Double], below: [Double])) -> Double {
    parts.above.reduce(0) { $0 * x + $1 } / parts.below.reduce(0) { $0 * x + $1 }
  }

  private static let central = (
    above: [
      2.509_080_928_730_122_6727e3, 3.343_057_558_358_812_8105e4, 6.726_577_092_700_870_0853e4,
      4.592_195_393_154_987_1457e4, 1.373_169_376_550_946_1125e4, 1.971_590_950_306_551_4427e3,
      1.331_416_678_917_843_7745e2, 3.387_132_872_796_366_6080e0,
    ],
    below: [
      5.226_495_278_852_854_5610e3, 2.872_908_573_572_194_2674e4, 3.930_789_580_009_271_0610e4,
      2.121_379_430_158_659_5867e4, 5.394_196_021_424_751_1077e3, 6.871_870_074_920_579_0830e2,
      4.231_333_070_160_091_1252e1, 1,
    ]
  )

  private static let middle = (
    above: [
      7.745_450_142_783_414_07640e-4, 2.272_384_498_926_918_45833e-2,
      2.417_807_251_774_506_11770e-1, 1.270_458_252_452_368_38258e0,
      3.647_848_324_763_204_60504e0, 5.769_497_221_460_691_40550e0,
      4.630_337_846_156_545_29590e0, 1.423_437_110_749_683_57734e0,
    ],
    below: [
      1.050_750_071_644_416_84324e-9, 5.475_938_084_995_344_94600e-4,
      1.519_866_656_361_645_71966e-2, 1.481_039_764_274_800_74590e-1,
      6.897_673_349_851_000_04550e-1, 1.676_384_830_183_803_84940e0,
      2.053_191_626_637_758_82187e0, 1,
    ]
  )

  private static let far = (
    above: [
      2.010_334_399_292_288_13265e-7, 2.711_555_568_743_487_57815e-5,
      1.242_660_947_388_078_43860e-3, 2.653_218_952_657_612_30930e-2,
      2.965_605_718_285_048_91230e-1, 1.784_826_539_917_291_33580e0,
      5.463_784_911_164_114_36990e0, 6.657_904_643_501_103_77720e0,
    ],
    below: [
      2.044_263_103_389_939_78564e-15, 1.421_511_758_316_445_88870e-7,
      1.846_318_317_510_054_68180e-5, 7.868_691_311_456_132_59100e-4,
      1.487_536_129_085_061_48525e-2, 1.369_298_809_227_358_05310e-1,
      5.998_322_065_558_879_37690e-1, 1,
    ]
  )
}

import Testing

@testable import Expressions

@Suite("Decimal texts")
struct DecimalTextTests {
  @Test(
    "round half away from zero on the shortest printed form",
    arguments: [
      (3192.645, 2, "3192.65"), (1.005, 2, "1.01"), (2.675, 2, "2.68"), (-1.005, 2, "-1.01"),
      (0.5, 0, "1"), (1.5, 0, "2"), (2.5, 0, "3"), (-2.5, 0, "-3"), (0.49999999999999994, 0, "0"),
      (999.995, 2, "1000.00"), (0.05, 1, "0.1"), (0.04, 1, "0.0"), (-0.04, 1, "0.0"),
      (1e21, 2, "1000000000000000000000.00"), (1e-7, 3, "0.000"), (1e-7, 7, "0.0000001"),
      (123456789, 0, "123456789"), (0, 2, "0.00"), (1e16, 0, "10000000000000000"),
      (.infinity, 2, "inf"),
    ])
  func rounding(number: Double, places: Int, text: String) {
    #expect(number.decimalText(places: places) == text)
  }

  @Test("round to tens and hundreds")
  func tens() {
    #expect(1250.0.roundedInDecimal(places: -2) == 1300)
    #expect((-1250.0).roundedInDecimal(places: -2) == -1300)
    #expect(49.0.roundedInDecimal(places: -2) == 0)
    #expect(50.0.roundedInDecimal(places: -2) == 100)
    #expect(1e300.roundedInDecimal(places: .min) == 0)
    #expect(0.1.roundedInDecimal(places: .max) == 0.1)
  }
}

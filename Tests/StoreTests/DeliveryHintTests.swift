import Testing

@testable import Store

@Suite("Hints to workers")
struct DeliveryHintTests {
  @Test("come at most once in fifty milliseconds")
  func pace() {
    var pace = DeliveryHint.Pace()
    let start = ContinuousClock.now
    let given = [0, 1, 49, 50, 99, 100, 400].filter {
      pace.allows(at: start + .milliseconds($0))
    }
    #expect(given == [0, 50, 100, 400])
  }
}

import Testing

@testable import bellwether

@Suite("Work across cores")
struct AcrossCoresTests {
  @Test("comes back whole and in order", arguments: [0, 1, 15, 16, 17, 1000])
  func order(_ count: Int) {
    let items = Array(0..<count)
    #expect(AcrossCores().map(items) { $0 * 2 } == items.map { $0 * 2 })
  }
}

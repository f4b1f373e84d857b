import Expressions
import Store
import Testing

@Suite("An endpoint's health")
struct EndpointHealthTests {
  static let start: Int64 = 1_795_505_400

  private static func at(_ seconds: Int64) -> Instant {
    Instant(microseconds: (start + seconds) * 1_000_000)
  }

  /// A health after results at given seconds: successes are positive, failures negative.
  private static func health(_ results: [(Int64, Int)]) -> EndpointHealth {
    results.reduce(into: EndpointHealth()) { health, result in
      health.record(
        succeeded: max(0, result.1), failed: max(0, -result.1), at: at(result.0))
    }
  }

  /// Results, the second it is asked at, and the seconds that it says to wait; 0 is none.
  @Test(
    "opens at ten results in five minutes of which seven in ten failed",
    arguments: [
      ([(0, -9)], 0, 0),
      ([(0, -10)], 0, 30),
      ([(0, 3), (1, -6)], 1, 0),
      ([(0, 3), (1, -7)], 1, 30),
      ([(0, 4), (1, -9)], 1, 0),
      ([(0, 100), (1, -60)], 1, 0),
      // What is older than five minutes counts no more.
      ([(0, 100), (330, -10)], 330, 30),
      ([(0, -5), (330, -5)], 330, 0),
      ([(0, -5), (290, -5)], 290, 30),
      // A success at the end does not open what failures left closed.
      ([(0, -9), (1, 1)], 1, 0),
    ] as [([(Int64, Int)], Int64, Int64)])
  func opens(_ results: [(Int64, Int)], _ second: Int64, _ wait: Int64) {
    let health = Self.health(results)
    #expect(
      health.permission(at: Self.at(second))
        == (wait == 0 ? .free : .wait(until: Self.at(second + wait))))
    #expect(health.permission(at: Self.at(second + wait)) == (wait == 0 ? .free : .probe))
  }

  @Test("waits twice as long at each opening in a row, an hour at most")
  func doubles() {
    var health = Self.health([(0, -10)])
    var now: Int64 = 0
    for wait: Int64 in [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600] {
      #expect(health.permission(at: Self.at(now)) == .wait(until: Self.at(now + wait)))
      now += wait
      #expect(health.permission(at: Self.at(now)) == .probe)
      health.beginProbe(until: Self.at(now + 120))
      #expect(health.permission(at: Self.at(now)) == .wait(until: Self.at(now + 120)))
      now += 1
      health.record(succeeded: 0, failed: 1, at: Self.at(now))
    }
  }

  @Test("closes after three probes that succeed, and begins anew")
  func closes() {
    var health = Self.health([(0, -10)])
    for probe in 1...3 {
      let now = Self.at(30 + Int64(probe))
      #expect(health.permission(at: now) == .probe)
      health.beginProbe(until: Self.at(200))
      health.record(succeeded: 1, failed: 0, at: now)
    }
    #expect(health == EndpointHealth())
  }

  @Test("takes no late result of before for a probe's, and probes again when a probe is lost")
  func lateResults() {
    var health = Self.health([(0, -10)])
    health.record(succeeded: 5, failed: 5, at: Self.at(2))
    #expect(health.permission(at: Self.at(3)) == .wait(until: Self.at(30)))
    health.beginProbe(until: Self.at(150))
    #expect(health.permission(at: Self.at(150)) == .probe)
  }

  @Test(
    "disables an endpoint that failed for five days without a success",
    arguments: [
      ([(0, -1), (5 * 86_400 - 1, -1)], nil),
      ([(0, -1), (5 * 86_400, -1)], .failing),
      ([(0, -1), (5 * 86_400, 1)], nil),
      ([(0, -1), (100, 1), (5 * 86_400, -1)], nil),
    ] as [([(Int64, Int)], EndpointHealth.DisabledReason?)])
  func givesUp(_ results: [(Int64, Int)], _ reason: EndpointHealth.DisabledReason?) {
    let health = Self.health(results)
    #expect(health.disabledReason == reason)
    #expect((health.disabledAt == nil) == (reason == nil))
  }

  @Test("disables an endpoint that is gone at once, until someone enables it")
  func gone() {
    var health = EndpointHealth()
    health.record(succeeded: 0, failed: 1, isGone: true, at: Self.at(0))
    #expect(health.permission(at: Self.at(1_000_000)) == .disabled(.gone))
    health.disable(.operator, at: Self.at(5))
    #expect(health.disabledReason == .gone)
    health.enable()
    #expect(health.permission(at: Self.at(6)) == .free)
  }
}

import Synchronization
import Testing

@testable import Server

@Suite("A limiter of requests")
struct LimiterTests {
  @Test("grants a burst, then so many a second")
  func refills() {
    let time = Mutex(Duration.zero)
    let limiter = RequestLimiter(perSecond: 2, burst: 3) { time.withLock { $0 } }
    #expect((1...4).map { _ in limiter.take("a") } == [nil, nil, nil, 1])
    #expect(limiter.take("b") == nil)
    time.withLock { $0 = .milliseconds(499) }
    #expect(limiter.take("a") == 1)
    time.withLock { $0 = .milliseconds(500) }
    #expect(limiter.take("a") == nil)
    #expect(limiter.take("a") == 1)
    time.withLock { $0 = .seconds(1000) }
    #expect((1...4).map { _ in limiter.take("a") } == [nil, nil, nil, 1])
  }

  @Test("forgets those that have their burst again, and stays bounded")
  func bounded() {
    let time = Mutex(Duration.zero)
    let limiter = RequestLimiter(perSecond: 1, burst: 1, mostKeys: 10) { time.withLock { $0 } }
    #expect(limiter.take("busy") == nil)
    time.withLock { $0 = .milliseconds(500) }
    for number in 1...9 { #expect(limiter.take("\(number)") == nil) }
    #expect(limiter.count == 10)
    time.withLock { $0 = .milliseconds(1200) }
    #expect(limiter.take("new") == nil)
    #expect(limiter.count == 10, "one had its burst again")
    #expect(limiter.take("9") == 1, "who is busy is remembered")
  }
}

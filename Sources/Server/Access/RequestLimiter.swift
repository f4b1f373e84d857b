import Synchronization

/// So many requests a second for each key, with some saved up for a burst.
///
/// Memory is bounded: keys that have their whole burst again are forgotten, and when too many have
/// not, all are.
package final class RequestLimiter: Sendable {
  private let perSecond: Double
  private let burst: Double
  private let mostKeys: Int
  private let now: @Sendable () -> Duration
  private let buckets = Mutex<[String: Bucket]>([:])

  private struct Bucket {
    var left: Double
    var at: Duration
  }

  /// Creates a limiter; `now` is a clock that only goes forward.
  package init(
    perSecond: Double = 20, burst: Double = 40, mostKeys: Int = 10_000,
    now: @escaping @Sendable () -> Duration
  ) {
    self.perSecond = perSecond
    self.burst = burst
    self.mostKeys = mostKeys
    self.now = now
  }

  /// A limiter by this machine's clock.
  package static func onClock(perSecond: Double = 20, burst: Double = 40) -> RequestLimiter {
    let clock = ContinuousClock()
    let start = clock.now
    return RequestLimiter(perSecond: perSecond, burst: burst) { clock.now - start }
  }

  /// Takes one request of a key; returns after how many seconds to come back if there is none left.
  func take(_ key: String) -> Int? {
    let now = now()
    return buckets.withLock { buckets in
      if buckets.count >= mostKeys, buckets[key] == nil { makeRoom(&buckets, now) }
      var bucket = buckets[key] ?? Bucket(left: burst, at: now)
      bucket.left = level(of: bucket, now)
      bucket.at = now
      defer { buckets[key] = bucket }
      guard bucket.left >= 1 else { return wait(of: bucket) }
      bucket.left -= 1
      return nil
    }
  }

  /// What `take` would return, without taking.
  func wait(_ key: String) -> Int? {
    let now = now()
    return buckets.withLock { buckets in
      guard var bucket = buckets[key] else { return nil }
      bucket.left = level(of: bucket, now)
      return bucket.left >= 1 ? nil : wait(of: bucket)
    }
  }

  /// Whether a key has come lately.
  func knows(_ key: String) -> Bool { buckets.withLock { $0[key] != nil } }

  /// How many keys are remembered.
  var count: Int { buckets.withLock { $0.count } }

  private func makeRoom(_ buckets: inout [String: Bucket], _ now: Duration) {
    buckets = buckets.filter { level(of: $0.value, now) < burst }
    if buckets.count >= mostKeys { buckets = [:] }
  }

  private func wait(of bucket: Bucket) -> Int {
    max(1, Int(((1 - bucket.left) / perSecond).rounded(.up)))
  }

  private func level(of bucket: Bucket, _ now: Duration) -> Double {
    min(burst, bucket.left + (now - bucket.at) / .seconds(1) * perSecond)
  }
}

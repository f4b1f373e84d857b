import Testing

@testable import Expressions

@Suite("Buckets")
struct BucketTests {
  @Test(
    "are days, weeks and months back from the window's end",
    arguments: [
      (Bucket.day, "[3d]", ["2026-03-07", "2026-03-08", "2026-03-09"], "2026-03-10"),
      (.day, "[2d, ending 1w ago]", ["2026-03-01", "2026-03-02"], "2026-03-03"),
      (
        .day, "[this month]", (1...9).map { "2026-03-0\($0)" }, "2026-03-10"
      ),
      (.week, "[2w]", ["2026-02-24", "2026-03-03"], "2026-03-10"),
      (.week, "[14d]", ["2026-02-24", "2026-03-03"], "2026-03-10"),
      (.month, "[3mo]", ["2025-12-10", "2026-01-10", "2026-02-10"], "2026-03-10"),
      (.month, "[this year]", ["2026-01-01", "2026-02-01", "2026-03-01"], "2026-03-10"),
      (.month, "[last quarter]", ["2025-10-01", "2025-11-01", "2025-12-01"], "2026-01-01"),
    ])
  func starts(bucket: Bucket, window: String, starts: [String], end: String) throws {
    let buckets = try buckets(bucket, window, "2026-03-10 12:00", "America/New_York")
    #expect(buckets.starts.map(\.iso8601) == starts)
    #expect(buckets.end.iso8601 == end)
  }

  @Test("of months end on the last day where a month is too short")
  func shortMonths() throws {
    let buckets = try buckets(.month, "[3mo]", "2026-05-31 02:00", "UTC")
    #expect(buckets.starts.map(\.iso8601) == ["2026-02-28", "2026-03-31", "2026-04-30"])
  }

  @Test("of a period that has just begun are none")
  func noneYet() throws {
    #expect(try buckets(.day, "[this month]", "2026-03-01 02:00", "UTC").starts.isEmpty)
    #expect(try buckets(.month, "[this year]", "2026-01-01 02:00", "UTC").starts.isEmpty)
  }

  @Test(
    "cover the window without a gap, whatever the clocks do",
    arguments: ["Pacific/Apia", "America/Sao_Paulo", "Europe/Berlin"])
  func cover(identifier: String) throws {
    for day in 0..<400 {
      let now = "\(CivilDate(daysSinceEpoch: 17_300 + day).iso8601) 05:00"
      for (bucket, window) in [(Bucket.day, "[40d]"), (.week, "[5w]"), (.month, "[14mo]")] {
        let buckets = try buckets(bucket, window, now, identifier)
        let days = (buckets.starts + [buckets.end]).map(\.daysSinceEpoch)
        #expect(zip(days, days.dropFirst()).allSatisfy { $0 < $1 }, "\(now) \(window)")
        let zone = try #require(Zone(identifier: identifier))
        #expect(buckets.bounds.start.map(zone.date) == buckets.starts.first)
      }
    }
  }

  private func buckets(
    _ bucket: Bucket, _ window: String, _ now: String, _ identifier: String
  ) throws -> Buckets {
    let zone = try #require(Zone(identifier: identifier))
    let (checked, _) = Checker(scope: .test).check("revenue\(window)")
    guard case .input(.metric(_, let window), _)? = checked?.term else {
      throw CheckFailure()
    }
    #expect(bucket.divides(window))
    return bucket.buckets(of: window, at: try #require(Instant(now, in: zone)), in: zone)
  }

  private struct CheckFailure: Error {}
}

/// The equal parts a window is cut into: `daily(units[90d])`.
package enum Bucket: String, Sendable, Hashable, CaseIterable {
  case day, week, month

  /// What the rule dialect calls the cutting.
  package var functionName: String {
    switch self {
    case .day: "daily"
    case .week: "weekly"
    case .month: "monthly"
    }
  }
}

extension Bucket {
  /// The bucket that a function of the rule dialect cuts into.
  init?(_ functionName: String) {
    guard let bucket = Bucket.allCases.first(where: { $0.functionName == functionName }) else {
      return nil
    }
    self = bucket
  }

  /// A window that it divides, as it is written.
  var example: String {
    switch self {
    case .day: "90d"
    case .week: "12w"
    case .month: "12mo"
    }
  }
}

/// A window as a row of local days, weeks or months, each a bucket.
package struct Buckets: Sendable, Hashable {
  /// The days on which buckets begin, oldest first; the last bucket ends where `end` begins.
  package var starts: [CivilDate]
  package var end: CivilDate

  /// The stretch of time that all buckets cover together.
  package var bounds: TimeBounds
}

extension Bucket {
  /// More buckets than a window may have: ten years of days.
  package static let maximumCount = 3_660

  /// Whether windows of such a length are whole buckets, whatever the day.
  package func divides(_ window: Window) -> Bool {
    switch window {
    case .allTime: return false
    case .calendar: return self != .week
    case .trailing(let length, let endingAgo):
      guard length.microseconds == 0, endingAgo.map({ $0.microseconds == 0 }) ?? true else {
        return false
      }
      return switch self {
      case .day: length.days + 31 * length.months <= Self.maximumCount
      case .week: length.months == 0 && length.days % 7 == 0 && length.days / 7 <= 530
      case .month: length.days == 0 && length.months <= 120
      }
    }
  }

  /// The buckets of a window that it divides, in a run at `now`.
  ///
  /// Days are those of `zone`. Weeks and months are reckoned back from the window's end, so the
  /// months of `[12mo]` begin on the day of the month on which the run falls; those of a calendar
  /// period begin on the first.
  package func buckets(of window: Window, at now: Instant, in zone: Zone) -> Buckets {
    precondition(divides(window), "The checker admits windows of whole buckets only.")
    let bounds = window.bounds(at: now, in: zone)
    let first = zone.date(bounds.start ?? bounds.end)
    let end = zone.date(bounds.end)
    let starts: [CivilDate]
    switch self {
    case .day, .week:
      let length = self == .day ? 1 : 7
      starts = stride(from: first.daysSinceEpoch, to: end.daysSinceEpoch, by: length)
        .map(CivilDate.init(daysSinceEpoch:))
    case .month:
      if case .trailing(let length, _) = window {
        starts = (0..<length.months).map { end.adding(months: $0 - length.months) }
      } else {
        starts = (0..<12).map { first.adding(months: $0) }
          .filter { $0.daysSinceEpoch < end.daysSinceEpoch }
      }
    }
    return Buckets(starts: starts, end: end, bounds: bounds)
  }
}

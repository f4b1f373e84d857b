extension Window {
  /// The half-open stretch of time the window covers in a run at `now`.
  ///
  /// Windows of days and longer are reckoned on the calendar of `zone`: they begin and end at local
  /// midnights, those that the clocks skip at the first instant after.
  package func bounds(at now: Instant, in zone: Zone) -> TimeBounds {
    switch self {
    case .allTime:
      return TimeBounds(start: nil, end: now)

    case .trailing(let length, let endingAgo) where length.microseconds != 0:
      let end = endingAgo.map { zone.subtracting($0, from: now) } ?? now
      return TimeBounds(start: zone.subtracting(length, from: end), end: end)

    case .trailing(let length, let endingAgo):
      var end = now
      if let endingAgo, endingAgo.microseconds != 0 {
        end = zone.subtracting(Period(microseconds: endingAgo.microseconds), from: now)
      }
      let today = Int64(zone.date(end).daysSinceEpoch) * microsecondsPerDay
      // On the calendar, not on instants: a midnight that does not exist must not move the rest.
      let last = endingAgo.flatMap { today.moved(byCalendarPartOf: $0.negated) } ?? today
      let first = last.moved(byCalendarPartOf: length.negated)
      return TimeBounds(
        start: first.map(zone.instant(atWallClock:)) ?? .earliest,
        end: zone.instant(atWallClock: last))

    case .calendar(let unit, let offset):
      let today = zone.date(now)
      let first = today.first(of: unit)
      let start = zone.startOfDay(first.adding(months: offset * unit.months))
      // A period that is not over ends at the last midnight.
      let end =
        offset >= 0
        ? zone.startOfDay(today) : zone.startOfDay(first.adding(months: (offset + 1) * unit.months))
      return TimeBounds(start: start, end: end)
    }
  }
}

extension Window: CustomStringConvertible {
  /// As the analyst writes it between brackets: `30d, ending 30d ago`, `this month`, `all time`.
  package var description: String {
    switch self {
    case .allTime: "all time"
    case .trailing(let length, nil): "\(length)"
    case .trailing(let length, let endingAgo?): "\(length), ending \(endingAgo) ago"
    case .calendar(let unit, 0): "this \(unit.rawValue)"
    case .calendar(let unit, -1): "last \(unit.rawValue)"
    case .calendar(let unit, let offset): "\(unit.rawValue) \(offset)"
    }
  }
}

extension Window.CalendarUnit {
  var months: Int {
    switch self {
    case .month: 1
    case .quarter: 3
    case .year: 12
    }
  }
}

extension CivilDate {
  fileprivate func first(of unit: Window.CalendarUnit) -> CivilDate {
    let month = (month - 1) / unit.months * unit.months + 1
    return CivilDate(year: year, month: month, day: 1)
  }
}

// What a clock and a calendar show.
extension CELLibrary {
  static let times: [CELOverload] =
    Accessor.allCases.flatMap { accessor -> [CELOverload] in
      [
        .method(.timestamp, accessor.rawValue, [], .int) { arguments, _ throws(CELError) in
          .int(accessor.read(try LocalTime(try arguments.timestamp(0), in: nil)))
        },
        .method(.timestamp, accessor.rawValue, [.string], .int) {
          arguments, _ throws(CELError) in
          let zone = try arguments.text(1)
          return .int(accessor.read(try LocalTime(try arguments.timestamp(0), in: zone)))
        },
      ]
    } + durations

  private static let durations: [CELOverload] = [
    part("getHours") { $0 / (3600 * nanosPerSecond) },
    part("getMinutes") { $0 / (60 * nanosPerSecond) },
    part("getSeconds") { $0 / nanosPerSecond },
    part("getMilliseconds") { $0 % nanosPerSecond / 1_000_000 },
  ]

  private static func part(
    _ name: String, _ part: @escaping @Sendable (Int64) -> Int64
  ) -> CELOverload {
    .method(.duration, name, [], .int) { arguments, _ throws(CELError) in
      .int(part(try arguments.duration(0).nanoseconds))
    }
  }

  private enum Accessor: String, CaseIterable {
    case getFullYear, getMonth, getDate, getDayOfMonth, getDayOfWeek, getDayOfYear
    case getHours, getMinutes, getSeconds, getMilliseconds

    func read(_ time: LocalTime) -> Int64 {
      let value =
        switch self {
        case .getFullYear: time.date.year
        case .getMonth: time.date.month - 1
        case .getDate: time.date.day
        case .getDayOfMonth: time.date.day - 1
        case .getDayOfWeek: time.date.weekday % 7
        case .getDayOfYear:
          time.date.daysSinceEpoch
            - CivilDate(year: time.date.year, month: 1, day: 1).daysSinceEpoch
        case .getHours: time.seconds / 3600
        case .getMinutes: time.seconds / 60 % 60
        case .getSeconds: time.seconds % 60
        case .getMilliseconds: time.milliseconds
        }
      return Int64(value)
    }
  }

  private struct LocalTime {
    let date: CivilDate

    /// Since midnight.
    let seconds: Int
    let milliseconds: Int

    init(_ timestamp: CELTimestamp, in zone: String?) throws(CELError) {
      var local = timestamp.seconds
      if let zone, let offset = Self.offset(zone) {
        local += offset
      } else if let zone, !zone.isEmpty {
        guard let known = Zone(identifier: zone) else {
          throw .invalidArgument("zone", "there is no zone '\(zone)'")
        }
        let instant = Instant(microseconds: timestamp.seconds * microsecondsPerSecond)
        local = known.wallClock(instant).floorDivided(by: microsecondsPerSecond)
      }
      date = CivilDate(daysSinceEpoch: Int(local.floorDivided(by: 86_400)))
      seconds = Int(local.floorRemainder(by: 86_400))
      milliseconds = Int(timestamp.nanoseconds / 1_000_000)
    }

    /// Seconds east of Greenwich from `+02:00`, `-09:30` or `02:00`; `nil` for a name.
    private static func offset(_ zone: String) -> Int64? {
      let isSigned = zone.hasPrefix("+") || zone.hasPrefix("-")
      var reader = TimeReader(bytes: Array((isSigned ? zone : "+" + zone).utf8))
      guard let offset = reader.offset(), reader.isAtEnd else { return nil }
      return offset
    }
  }
}

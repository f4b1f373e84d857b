package import Expressions
import Templates

extension Value {
  /// The value as explanations show it: exact enough to see why a comparison went as it did.
  ///
  /// Texts stand in quotes, points in time on the local wall clock; of a long list the beginning.
  package func shown(in zone: Zone) -> String {
    switch self {
    case .missing: "missing"
    case .text(let text): "\"\(text)\""
    case .instant(let instant): zone.shown(instant)
    case .duration(let period): period.words
    case .list([]): "an empty list"
    case .list(let values):
      (values.prefix(Self.shownElements).map { $0.shown(in: zone) }
        + (values.count > Self.shownElements ? ["… (\(values.count) in all)"] : []))
        .joined(separator: ", ")
    case .error(let error): error.words
    case .bool, .number: ValueText.show(self, formats: TextFormats(), zone: zone)
    }
  }

  /// How many elements of a list are enough to see what is in it.
  private static let shownElements = 50
}

extension Zone {
  /// A point in time on the zone's wall clock, `2026-01-31 02:00`; midnights are days.
  package func shown(_ instant: Instant) -> String {
    let text = Instant(microseconds: wallClock(instant)).iso8601
    let time = text.dropFirst(11).prefix(5)
    return time == "00:00" ? String(text.prefix(10)) : "\(text.prefix(10)) \(time)"
  }
}

extension Period {
  /// The period in words: its two largest parts, `45 days` or `93 days 14 hours`.
  var words: String {
    let exact = Int64(days) * 86_400 + microseconds / 1_000_000
    let isNegative = months < 0 || exact < 0
    let (months, seconds) = (abs(months), abs(exact))
    var parts: [String] = []
    func add(_ count: Int64, _ unit: String) {
      if count > 0 { parts.append("\(count) \(unit)" + (count > 1 ? "s" : "")) }
    }
    add(Int64(months / 12), "year")
    add(Int64(months % 12), "month")
    add(seconds / 86_400, "day")
    add(seconds / 3600 % 24, "hour")
    add(seconds / 60 % 60, "minute")
    add(seconds % 60, "second")
    let text = parts.isEmpty ? "0 days" : parts.prefix(2).joined(separator: " ")
    return isNegative ? "-\(text)" : text
  }
}

extension EvaluationError {
  /// What went wrong, for people.
  var words: String {
    switch self {
    case .overflow: "a number grew too large"
    case .outOfRange(let what): "\(what) is out of range"
    case .badPattern(let pattern): "'\(pattern)' is no pattern"
    case .wrongType(let what): "wrong type in \(what)"
    case .unreadable(let text): "'\(text)' cannot be read"
    case .tooCostly: "it would take too long"
    }
  }
}

import Expressions

/// A schedule of five fields: minute, hour, day of the month, month, day of the week.
///
/// A field is `*`, numbers, ranges, several of these with commas, and steps of `*` or a range;
/// months and weekdays also go by the first three letters of their English names. When both fields
/// of days are limited, a day that fits either will do, as in every cron; a field that begins with
/// `*` does not count as limited.
package struct Cron: Sendable, Hashable {
  /// The fields in lower case with one space between them.
  package let text: String

  private let minutes: UInt64
  private let hours: UInt64
  private let days: UInt64
  private let months: UInt64

  /// Bit 0 is Sunday.
  private let weekdays: UInt64
  private let isEitherDayEnough: Bool

  /// Reads five fields; `nil` when they are not.
  package init?(_ text: String) {
    guard case .success(let cron) = Self.read(text) else { return nil }
    self = cron
  }

  /// Reads five fields, or says what is wrong with them.
  static func read(_ text: String) -> Result<Cron, ScheduleFault> {
    let words = Scalars.words(of: text).map { $0.lowercased() }
    guard words.count == Field.all.count else {
      return .failure(
        ScheduleFault(
          message: "a cron schedule has five fields, this one has \(words.count)",
          help: "minute, hour, day of the month, month, day of the week: `0 */6 * * *`"))
    }
    var sets: [UInt64] = []
    for (index, (word, field)) in zip(words, Field.all).enumerated() {
      guard let set = field.set(word) else {
        return .failure(
          ScheduleFault(
            message: "`\(word)` is not \(field.name)", help: field.help, word: index))
      }
      sets.append(set)
    }
    let cron = Cron(words, sets)
    guard cron.minute(after: 0) != nil else {
      return .failure(
        ScheduleFault(
          message: "no month of those has a day `\(words[2])`, so the rule would never run",
          help: "name other days or months", word: 2))
    }
    return .success(cron)
  }

  private init(_ words: [String], _ sets: [UInt64]) {
    text = words.joined(separator: " ")
    minutes = sets[0]
    hours = sets[1]
    days = sets[2]
    months = sets[3]
    // Sunday is both 0 and 7.
    weekdays = (sets[4] | sets[4] >> 7) & 0x7F
    isEitherDayEnough = !words[2].hasPrefix("*") && !words[4].hasPrefix("*")
  }

  /// The first minute after another that the fields name, both since 1970-01-01T00:00 of one clock.
  func minute(after minute: Int64) -> Int64? {
    let first = minute + 1
    var day = Int(first.floorDivided(by: 1440))
    var start = Int(first.floorRemainder(by: 1440))
    // The 29th of February on a certain weekday comes once in 28 years, or 40 around 2100.
    let last = day + 41 * 366
    while day <= last {
      var date = CivilDate(daysSinceEpoch: day)
      if months.contains(date.month) {
        if isDue(on: date), let minute = minuteOfDay(from: start) {
          return Int64(day) * 1440 + Int64(minute)
        }
        day += 1
      } else {
        date.day = 1
        day = date.adding(months: 1).daysSinceEpoch
      }
      start = 0
    }
    return nil
  }

  private func isDue(on date: CivilDate) -> Bool {
    let isDay = days.contains(date.day)
    let isWeekday = weekdays.contains(date.weekday % 7)
    return isEitherDayEnough ? isDay || isWeekday : isDay && isWeekday
  }

  private func minuteOfDay(from start: Int) -> Int? {
    for hour in start / 60..<24 where hours.contains(hour) {
      let skipped = hour == start / 60 ? start % 60 : 0
      let left = (minutes >> skipped) << skipped
      if left != 0 { return hour * 60 + left.trailingZeroBitCount }
    }
    return nil
  }
}

extension Cron {
  private struct Field {
    let name: String
    let range: ClosedRange<Int>

    /// What else its numbers are called, the first for `firstWord`.
    var words: [String] = []
    var firstWord = 1

    static let all = [
      Field(name: "a minute", range: 0...59), Field(name: "an hour", range: 0...23),
      Field(name: "a day of the month", range: 1...31),
      Field(
        name: "a month", range: 1...12,
        words: [
          "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ]),
      Field(
        name: "a day of the week", range: 0...7,
        words: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"], firstWord: 0),
    ]

    var help: String {
      let names = words.isEmpty ? "" : ", names as in `\(words[1])`"
      return "write `*`, numbers from \(range.lowerBound) to \(range.upperBound)\(names), "
        + "`2-5`, `*/6`, or several with commas"
    }

    /// The numbers that a field's text names, as bits; `nil` when it is none.
    func set(_ text: String) -> UInt64? {
      var set: UInt64 = 0
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let numbers = numbers(part) else { return nil }
        for number in numbers { set |= 1 << UInt64(number) }
      }
      return set
    }

    private func numbers(_ text: Substring) -> [Int]? {
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      guard (1...2).contains(parts.count), let span = span(parts[0]) else { return nil }
      guard parts.count == 2 else { return Array(span) }
      // `5/2` reads differently in different crons; a step needs `*` or a range.
      guard parts[0] == "*" || parts[0].contains("-"), let step = Self.number(parts[1]),
        (1...range.upperBound).contains(step)
      else { return nil }
      return Array(stride(from: span.lowerBound, through: span.upperBound, by: step))
    }

    private func span(_ text: Substring) -> ClosedRange<Int>? {
      // Not the second Sunday, on which a step could come down as well.
      if text == "*" { return range.lowerBound...min(range.upperBound, range == 0...7 ? 6 : 59) }
      let ends = text.split(separator: "-", omittingEmptySubsequences: false)
      guard (1...2).contains(ends.count), let first = value(ends[0]),
        var last = value(ends[ends.count - 1])
      else { return nil }
      // `fri-sun` ends the week on its seventh day.
      if ends.count == 2, last == 0, range.upperBound == 7, first > 0 { last = 7 }
      return first <= last ? first...last : nil
    }

    private func value(_ text: Substring) -> Int? {
      if let place = words.firstIndex(of: String(text)) { return place + firstWord }
      return Self.number(text).flatMap { range.contains($0) ? $0 : nil }
    }

    private static func number(_ text: Substring) -> Int? {
      guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
      return Int(text)
    }
  }
}

extension UInt64 {
  fileprivate func contains(_ bit: Int) -> Bool { self >> UInt64(bit) & 1 == 1 }
}

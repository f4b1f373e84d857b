import Expressions

/// Why a text is not a schedule.
struct ScheduleFault: Error, Equatable {
  var message: String
  var help: String

  /// Which of the words is wrong, if it is one alone.
  var word: Int?
}

extension Schedule {
  /// What may be written.
  static let forms =
    "write `every 6h`, `daily at 02:00`, `weekdays at 08:30`, `weekly on monday at 06:00` "
    + "or `monthly on day 1 at 06:00`"

  /// Reads a schedule as analysts write it.
  static func read(_ text: String) -> Result<Schedule, ScheduleFault> {
    let words = Scalars.words(of: text).map { $0.lowercased() }
    switch words.first {
    case "every" where words.count == 2: return every(words[1])
    case "daily" where words.count == 3 && words[1] == "at":
      return at(words, 2) { .daily(hour: $0, minute: $1, weekdays: []) }
    case "weekdays" where words.count == 3 && words[1] == "at":
      return at(words, 2) { .daily(hour: $0, minute: $1, weekdays: Set(1...5)) }
    case "weekly" where words.count == 5 && words[1] == "on" && words[3] == "at":
      guard let day = weekdays.firstIndex(of: words[2]) else {
        return .failure(
          ScheduleFault(
            message: "`\(words[2])` is not a day of the week",
            help: didYouMean(words[2], among: weekdays) ?? "write `monday` to `sunday`", word: 2))
      }
      return at(words, 4) { .daily(hour: $0, minute: $1, weekdays: [day + 1]) }
    case "monthly"
    where words.count == 6 && words[1] == "on" && words[2] == "day"
      && words[4] == "at":
      guard let day = Int(words[3]), (1...28).contains(day) else {
        return .failure(
          ScheduleFault(
            message: "not every month has a day \(words[3])", help: "write a day from 1 to 28",
            word: 3))
      }
      return at(words, 5) { .monthly(day: day, hour: $0, minute: $1) }
    default:
      let fields = text.hasPrefix("cron:") ? text.dropFirst(5) : text[...]
      let cron = fields.trimmingPrefix { $0 == " " }.filter { $0 != "\"" && $0 != "'" }
      let isCron = (try? readCron(cron).get()) != nil
      return .failure(
        ScheduleFault(
          message: "`\(text)` is not a schedule",
          help: isCron ? "write `schedule: {cron: \"\(cron)\"}`" : forms))
    }
  }

  private static func every(_ text: String) -> Result<Schedule, ScheduleFault> {
    guard let period = Period(text) else {
      return .failure(
        ScheduleFault(message: "`\(text)` is not a length of time", help: forms, word: 1))
    }
    let day: Int64 = 86_400_000_000
    let length = period.microseconds
    guard period.days == 0, period.months == 0, length >= 60_000_000, day % length == 0 else {
      return .failure(
        ScheduleFault(
          message: "`every \(text)` does not divide a day evenly",
          help: "write `every 15min`, `every 1h`, `every 6h`, `every 12h` and the like, "
            + "or `daily at 02:00`"))
    }
    return .success(.every(microseconds: length))
  }

  private static func at(
    _ words: [String], _ index: Int, _ make: (Int, Int) -> Schedule
  ) -> Result<Schedule, ScheduleFault> {
    let parts = words[index].split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, (1...2).contains(parts[0].count), parts[1].count == 2,
      let hour = Int(parts[0]), let minute = Int(parts[1]), (0...23).contains(hour),
      (0...59).contains(minute)
    else {
      return .failure(
        ScheduleFault(
          message: "`\(words[index])` is not a time of day",
          help: "write it as in `02:00` or `18:30`", word: index))
    }
    return .success(make(hour, minute))
  }

  /// The days of the week, from Monday on.
  package static let weekdays = [
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
  ]
}

// MARK: - Cron

extension Schedule {
  /// Reads five cron fields; what they mean is worked out from the text when a run is due.
  static func readCron(_ text: String) -> Result<Schedule, ScheduleFault> {
    let fields = Scalars.words(of: text)
    guard fields.count == cronFields.count else {
      return .failure(
        ScheduleFault(
          message: "a cron schedule has five fields, this one has \(fields.count)",
          help: "minute, hour, day of the month, month, day of the week: `0 */6 * * *`"))
    }
    for (index, (field, rule)) in zip(fields, cronFields).enumerated() {
      for part in field.split(separator: ",", omittingEmptySubsequences: false)
      where !isCronPart(String(part), in: rule.range) {
        return .failure(
          ScheduleFault(
            message: "`\(field)` is not \(rule.name)",
            help: "write `*`, numbers from \(rule.range.lowerBound) to \(rule.range.upperBound), "
              + "`2-5`, `*/6`, or several with commas", word: index))
      }
    }
    return .success(.cron(fields.joined(separator: " ")))
  }

  private static let cronFields: [(name: String, range: ClosedRange<Int>)] = [
    ("a minute", 0...59), ("an hour", 0...23), ("a day of the month", 1...31),
    ("a month", 1...12), ("a day of the week", 0...7),
  ]

  private static func isCronPart(_ text: String, in range: ClosedRange<Int>) -> Bool {
    let steps = text.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(steps.count) else { return false }
    if steps.count == 2 {
      guard let step = cronNumber(steps[1]), (1...range.upperBound).contains(step) else {
        return false
      }
    }
    if steps[0] == "*" { return true }
    let ends = steps[0].split(separator: "-", omittingEmptySubsequences: false)
    let numbers = ends.compactMap(cronNumber).filter(range.contains)
    guard numbers.count == ends.count, (1...2).contains(ends.count) else { return false }
    // `5/2` reads differently in different crons; a step needs `*` or a range.
    if ends.count == 1 { return steps.count == 1 }
    return numbers[0] <= numbers[1]
  }

  private static func cronNumber(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
  }
}

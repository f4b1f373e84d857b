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

extension Schedule {
  /// Reads five cron fields.
  static func readCron(_ text: String) -> Result<Schedule, ScheduleFault> {
    Cron.read(text).map(Schedule.cron)
  }
}

import Diagnostics
import Expressions
import YAML

/// A cooldown that is over before anybody looks again.
enum CooldownLint: Lint {
  static func findings(in subject: LintSubject) -> [Diagnostic] {
    guard let rule = subject.rule, let cooldown = rule.lifecycle.cooldown,
      let interval = rule.schedule?.shortestInterval, cooldown.length <= interval.length,
      let node = subject.root["lifecycle"]?["cooldown"]
    else { return [] }
    return [
      .warning(
        .cooldownTooShort,
        "the cooldown ends before the next check, \(interval) later, and holds nothing back",
        at: node.span, help: "choose more than \(interval), or remove it")
    ]
  }
}

extension Schedule {
  /// The least time between two checks; `nil` for a cron schedule.
  fileprivate var shortestInterval: Period? {
    switch self {
    case .every(let microseconds): return Period(microseconds: microseconds)
    case .daily(_, _, let weekdays):
      let days = weekdays.sorted()
      guard let first = days.first else { return Period(days: 1) }
      let gaps = zip(days, days.dropFirst() + [first + 7]).map { $1 - $0 }
      return gaps.min().map { Period(days: $0) }
    case .monthly: return Period(days: 28)
    case .cron: return nil
    }
  }
}

extension Period {
  /// Days in microseconds, a month counting as 30 days.
  fileprivate var length: Int64 {
    Int64(months * 30 + days) * 86_400_000_000 + microseconds
  }
}

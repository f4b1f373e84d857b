package import Expressions

/// The rules of one schedule, which are due together and run in one pass.
package struct ScheduledSet: Sendable {
  /// What becomes of times that nobody ran.
  package enum CatchUp: Sendable, Hashable {
    /// Only the latest runs, if it is no more than 24 hours old.
    case latest

    /// Every date runs, oldest first, at most the latest 31.
    case everyDate
  }

  /// The schedule as text: what ledgers call the set.
  package let name: String
  package let schedule: Schedule
  package let catchUp: CatchUp

  /// The rules by name.
  package let rules: [Rule]

  /// Creates a set.
  package init(schedule: Schedule, catchUp: CatchUp = .latest, rules: [Rule]) {
    name = catchUp == .latest ? "\(schedule)" : "\(schedule), every date"
    self.schedule = schedule
    self.catchUp = catchUp
    self.rules = rules.sorted { $0.name < $1.name }
  }

  /// Whether there is nobody to run.
  package var isPaused: Bool { rules.allSatisfy { $0.mode == .paused } }

  /// The sets of some rules, by name; rules without a schedule are in none.
  package static func sets(
    of rules: some Sequence<Rule>, catchUp: (Rule) -> CatchUp = { _ in .latest }
  ) -> [ScheduledSet] {
    let sorted = rules.compactMap { rule in rule.schedule.map { (rule, $0, catchUp(rule)) } }
    return Dictionary(grouping: sorted) { Key(schedule: $0.1, catchUp: $0.2) }
      .map { ScheduledSet(schedule: $0.schedule, catchUp: $0.catchUp, rules: $1.map(\.0)) }
      .sorted { $0.name < $1.name }
  }

  private struct Key: Hashable {
    var schedule: Schedule
    var catchUp: CatchUp
  }
}

extension ScheduledSet {
  /// What is to be done about times that have come.
  package struct Decision: Sendable, Hashable {
    /// To run, oldest first.
    package var due: [NominalTime] = []

    /// Too late, or overtaken by a later one.
    package var skipped: [NominalTime] = []
  }

  /// Where a set begins that was not known before: times from `instant` on are to come.
  package func start(after instant: Instant, in zone: Zone) -> Int64? {
    schedule.nominalTime(after: instant, in: zone).map { $0.reading - 1 }
  }

  /// The times behind a reading that have come by `now`, oldest first.
  package func times(afterReading reading: Int64, by now: Instant, in zone: Zone) -> [NominalTime] {
    var times: [NominalTime] = []
    var reading = reading
    while let time = schedule.nominalTime(afterReading: reading, in: zone), time.instant <= now {
      times.append(time)
      reading = time.reading
    }
    return times
  }

  /// Decides about times that have come by `now` and of which nothing is known, oldest first.
  package func decide(_ times: [NominalTime], now: Instant) -> Decision {
    let day: Int64 = 86_400_000_000
    var decision = Decision()
    switch catchUp {
    case .latest:
      decision.skipped = times
      if let last = times.last, now.microseconds - last.instant.microseconds <= day {
        decision.due = [last]
        decision.skipped.removeLast()
      }
    case .everyDate:
      decision.due = times.suffix(31)
      decision.skipped = times.dropLast(decision.due.count)
    }
    return decision
  }
}

import Expressions
import Rules
import Support
import Testing

@Suite("An alert and a simple model of it")
struct AlertModelTests {
  @Test("agree on every check of long random histories", arguments: 1...400 as ClosedRange<UInt64>)
  func histories(seed: UInt64) throws {
    var history = RandomHistory(seed: seed)
    let lifecycle = history.lifecycle
    var state = AlertState()
    var model = AlertModel(lifecycle: lifecycle)
    for step in 0..<120 {
      let check = history.next()
      let before = state
      let effect = state.observe(
        check.observation, at: check.time, conditionHash: "v\(check.version)",
        lifecycle: lifecycle.asRules, zone: RandomHistory.zone, isSuppressed: check.isSuppressed)
      let expected = model.take(check)
      try #require(
        effect == expected && state.isOpen == model.isOpen && state.episode == model.episode,
        "step \(step), \(check) with \(lifecycle): \(before) became \(state)")
    }
  }

  @Test("are played through all that can happen")
  func coverage() {
    var effects: Set<AlertEffect> = []
    for seed in 1...100 as ClosedRange<UInt64> {
      var history = RandomHistory(seed: seed)
      var model = AlertModel(lifecycle: history.lifecycle)
      for _ in 0..<120 { if let effect = model.take(history.next()) { effects.insert(effect) } }
    }
    let closings = AlertState.CloseReason.allCases.map(AlertEffect.closed)
    let others: [AlertEffect] = [.opened, .reopened, .severityRose, .reminded(number: 2)]
    for effect in closings + others { #expect(effects.contains(effect)) }
  }
}

/// A lifecycle in days.
struct DayLifecycle {
  var openAfter = 1
  var resolveAfter = 1
  var reopenWithin: Int?
  var cooldown: Int?
  var expireAfter: Int?
  var remindEvery: Int?
  var remindAtMost: Int?

  var asRules: Lifecycle {
    Lifecycle(
      openAfter: openAfter, resolveAfter: resolveAfter,
      reopenWithin: reopenWithin.map { Period(days: $0) },
      cooldown: cooldown.map { Period(days: $0) },
      expireAfter: expireAfter.map { Period(days: $0) },
      remind: remindEvery.map { Reminder(every: Period(days: $0), atMost: remindAtMost) })
  }
}

/// One check of a history.
struct DayCheck {
  var day: Int
  var observation: Observation
  var isSuppressed: Bool

  /// The version of the condition.
  var version: Int
  var time: Instant
}

/// Checks at the same hour of one day after another, some days left out, some checks repeated or
/// too early; across two changes of the clocks.
struct RandomHistory {
  static let zone = Zone(identifier: "Europe/Vienna") ?? .utc

  let lifecycle: DayLifecycle
  private var random: SeededGenerator
  private var day = 0
  private var version = 0
  private var mood = 0
  private let start: Instant

  init(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    func perhaps(_ range: ClosedRange<Int>) -> Int? {
      Bool.random(using: &random) ? Int.random(in: range, using: &random) : nil
    }
    lifecycle = DayLifecycle(
      openAfter: perhaps(2...4) ?? 1, resolveAfter: perhaps(2...3) ?? 1,
      reopenWithin: perhaps(1...5), cooldown: perhaps(1...8), expireAfter: perhaps(4...20),
      remindEvery: perhaps(1...6), remindAtMost: perhaps(1...3))
    self.random = random
    start = Self.zone.adding(
      Period(microseconds: 6 * 3_600_000_000),
      to: Self.zone.startOfDay(CivilDate(year: 2026, month: 3, day: 20)))
  }

  mutating func next() -> DayCheck {
    var checked = day
    switch Int.random(in: 0..<20, using: &random) {
    case 0: checked = max(0, day - Int.random(in: 0...3, using: &random))
    case 1, 2:
      day += Int.random(in: 2...6, using: &random)
      checked = day
    default:
      day += 1
      checked = day
    }
    if Int.random(in: 0..<25, using: &random) == 0 { version += 1 }
    // Spells of one outcome, so that long lives happen too.
    if Int.random(in: 0..<4, using: &random) == 0 { mood = Int.random(in: 0..<12, using: &random) }
    let observation: Observation =
      switch mood {
      case 0...1: .isOver
      case 2: .isBetween
      case 3: .isUnknown
      case 4: Int.random(in: 0..<3, using: &random) == 0 ? .isOutOfScope : .isOver
      default: .matches(Severity.allCases.randomElement(using: &random) ?? .medium)
      }
    return DayCheck(
      day: checked, observation: observation,
      isSuppressed: mood.isMultiple(of: 5) && Bool.random(using: &random), version: version,
      time: Self.zone.adding(Period(days: checked), to: start))
  }
}

/// What an alert does, said as plainly as can be: flags and days instead of states and instants.
struct AlertModel {
  let lifecycle: DayLifecycle
  private(set) var isOpen = false
  private(set) var episode = 0
  private var lastDay = -1
  private var version: Int?
  private var matchesInARow = 0
  private var oversInARow = 0
  private var openedOn = 0
  private var closedOn: Int?
  private var mayReopen = false
  private var mustBeOverFirst = false
  private var worst = Severity.low
  private var toldOn = 0
  private var remindersSent = 0

  init(lifecycle: DayLifecycle) { self.lifecycle = lifecycle }

  mutating func take(_ check: DayCheck) -> AlertEffect? {
    guard check.day > lastDay else { return nil }
    lastDay = check.day
    let isEdited = version.map { $0 != check.version } ?? false
    version = check.version
    if isEdited { matchesInARow = 0 }
    return isOpen ? takeOpen(check, isEdited: isEdited) : takeIdle(check)
  }

  private mutating func takeOpen(_ check: DayCheck, isEdited: Bool) -> AlertEffect? {
    if let days = lifecycle.expireAfter, check.day - openedOn >= days {
      close(on: check.day)
      mustBeOverFirst = check.observation != .isOver && check.observation != .isOutOfScope
      return .closed(.expired)
    }
    switch check.observation {
    case .isUnknown: return nil
    case .isOutOfScope:
      close(on: check.day)
      return .closed(.outOfScope)
    case .isOver, .isBetween:
      if isEdited {
        close(on: check.day)
        return .closed(.ruleChanged)
      }
      oversInARow = check.observation == .isOver ? oversInARow + 1 : 0
      if oversInARow >= lifecycle.resolveAfter {
        close(on: check.day)
        mayReopen = true
        return .closed(.resolved)
      }
      return check.observation == .isBetween ? remind(check) : nil
    case .matches(let severity):
      oversInARow = 0
      if severity > worst, !check.isSuppressed {
        worst = severity
        toldOn = check.day
        return .severityRose
      }
      return remind(check)
    }
  }

  private mutating func remind(_ check: DayCheck) -> AlertEffect? {
    guard let every = lifecycle.remindEvery, !check.isSuppressed,
      remindersSent < lifecycle.remindAtMost ?? .max,
      ((toldOn + 1)..<(check.day + 1)).contains(where: { ($0 - openedOn).isMultiple(of: every) })
    else { return nil }
    remindersSent += 1
    toldOn = check.day
    return .reminded(number: remindersSent)
  }

  private mutating func takeIdle(_ check: DayCheck) -> AlertEffect? {
    switch check.observation {
    case .isUnknown: return nil
    case .isOver, .isBetween, .isOutOfScope:
      matchesInARow = 0
      mustBeOverFirst = false
      return nil
    case .matches(let severity):
      if mustBeOverFirst { return nil }
      if let closedOn {
        if mayReopen, let days = lifecycle.reopenWithin, check.day - closedOn <= days {
          return check.isSuppressed ? nil : reopen(severity, on: check.day)
        }
        if let days = lifecycle.cooldown, check.day - closedOn < days { return nil }
      }
      matchesInARow += 1
      guard matchesInARow >= lifecycle.openAfter, !check.isSuppressed else { return nil }
      open(on: check.day)
      episode += 1
      worst = severity
      remindersSent = 0
      return .opened
    }
  }

  private mutating func reopen(_ severity: Severity, on day: Int) -> AlertEffect {
    open(on: day)
    guard severity > worst else { return .reopened }
    worst = severity
    return .severityRose
  }

  private mutating func open(on day: Int) {
    isOpen = true
    openedOn = day
    toldOn = day
    oversInARow = 0
  }

  private mutating func close(on day: Int) {
    isOpen = false
    closedOn = day
    mayReopen = false
    matchesInARow = 0
  }
}

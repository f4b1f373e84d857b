import Expressions
import Rules
import Testing

/// Day `day` of the test's calendar, at 02:00 UTC.
private func at(_ day: Int) -> Instant {
  Instant(microseconds: (Int64(day) * 24 + 2) * 3_600_000_000)
}

@Suite("An alert")
struct AlertStateTests {
  /// A life: one observation a day from day 1 on, and what follows from each.
  struct Life: Sendable, CustomTestStringConvertible {
    var name: String
    var lifecycle = Lifecycle()
    var observations: [Observation]
    var effects: [AlertEffect?]

    var testDescription: String { name }

    init(
      _ name: String, _ lifecycle: Lifecycle, _ steps: [(Observation, AlertEffect?)]
    ) {
      self.name = name
      self.lifecycle = lifecycle
      observations = steps.map(\.0)
      effects = steps.map(\.1)
    }
  }

  static let medium = Observation.matches(.medium)

  @Test(
    "does what its lifecycle says",
    arguments: [
      Life(
        "opens at once and tells once", Lifecycle(),
        [(medium, .opened), (medium, nil), (medium, nil)]),
      Life(
        "resolves when the condition is over, and a new match is a new episode", Lifecycle(),
        [(medium, .opened), (.isOver, .closed(.resolved)), (.isOver, nil), (medium, .opened)]),
      Life(
        "waits for consecutive checks", Lifecycle(openAfter: 3),
        [
          (medium, nil), (medium, nil), (.isOver, nil), (medium, nil), (medium, nil),
          (medium, .opened),
        ]),
      Life(
        "keeps its count over an unknown check", Lifecycle(openAfter: 2),
        [(medium, nil), (.isUnknown, nil), (medium, .opened)]),
      Life(
        "is neither opened nor closed by unknown", Lifecycle(),
        [(.isUnknown, nil), (medium, .opened), (.isUnknown, nil), (medium, nil)]),
      Life(
        "stays open between the condition and resolve_when", Lifecycle(),
        [(medium, .opened), (.isBetween, nil), (.isOver, .closed(.resolved))]),
      Life(
        "needs consecutive checks to resolve", Lifecycle(resolveAfter: 2),
        [
          (medium, .opened), (.isOver, nil), (medium, nil), (.isOver, nil),
          (.isOver, .closed(.resolved)),
        ]),
      Life(
        "acts once more for each rise to a new height", Lifecycle(),
        [
          (.matches(.low), .opened), (.matches(.high), .severityRose), (.matches(.low), nil),
          (.matches(.high), nil), (.matches(.critical), .severityRose),
        ]),
      Life(
        "closes when its thing leaves the scope", Lifecycle(),
        [(medium, .opened), (.isOutOfScope, .closed(.outOfScope)), (.isOutOfScope, nil)]),
      Life(
        "goes on with the episode after a short pause",
        Lifecycle(reopenWithin: Period(days: 2)),
        [
          (medium, .opened), (.isOver, .closed(.resolved)), (.isOver, nil), (medium, .reopened),
          (.isOver, .closed(.resolved)), (.isOver, nil), (.isOver, nil), (medium, .opened),
        ]),
      Life(
        "opens again exactly when the cooldown ends, so a daily run skips no day",
        Lifecycle(cooldown: Period(days: 1)),
        [(medium, .opened), (.isOver, .closed(.resolved)), (medium, .opened)]),
      Life(
        "is quiet during the cooldown", Lifecycle(cooldown: Period(days: 2)),
        [(medium, .opened), (.isOver, .closed(.resolved)), (medium, nil), (medium, .opened)]),
      Life(
        "expires, and begins anew only after the condition was over",
        Lifecycle(expireAfter: Period(days: 2)),
        [
          (medium, .opened), (medium, nil), (medium, .closed(.expired)), (medium, nil),
          (.isUnknown, nil), (medium, nil), (.isOver, nil), (medium, .opened),
        ]),
      Life(
        "forgets a pending alert whose thing leaves", Lifecycle(openAfter: 2),
        [(medium, nil), (.isOutOfScope, nil), (medium, nil), (medium, .opened)]),
    ])
  func lives(_ life: Life) {
    var state = AlertState()
    for (index, observation) in life.observations.enumerated() {
      let effect = state.observe(
        observation, at: at(index + 1), conditionHash: "h", lifecycle: life.lifecycle, zone: .utc)
      #expect(effect == life.effects[index], "on day \(index + 1)")
    }
  }

  @Test("ignores a check that is repeated or late")
  func repeatedCheck() {
    var state = AlertState()
    #expect(observe(&state, Self.medium, day: 5) == .opened)
    let once = state
    #expect(observe(&state, .isOver, day: 5) == nil)
    #expect(observe(&state, .isOver, day: 4) == nil)
    #expect(state == once)
  }

  @Test("counts episodes, and keeps the count when an episode goes on")
  func episodes() {
    var state = AlertState()
    let lifecycle = Lifecycle(reopenWithin: Period(days: 1))
    for (day, observation) in [
      (1, Self.medium), (2, .isOver), (3, Self.medium), (4, .isOver), (9, Self.medium),
    ] {
      _ = state.observe(
        observation, at: at(day), conditionHash: "h", lifecycle: lifecycle, zone: .utc)
    }
    #expect(state.episode == 2)
  }

  @Test("closes with its own reason when an edited condition no longer holds")
  func ruleChanged() {
    var state = AlertState()
    _ = observe(&state, Self.medium, day: 1)
    let effect = state.observe(
      .isOver, at: at(2), conditionHash: "edited", lifecycle: Lifecycle(), zone: .utc)
    #expect(effect == .closed(.ruleChanged))

    var other = AlertState()
    _ = observe(&other, Self.medium, day: 1)
    let still = other.observe(
      Self.medium, at: at(2), conditionHash: "edited", lifecycle: Lifecycle(), zone: .utc)
    #expect(still == nil, "an edited condition that still holds tells nobody again")
  }

  private func observe(
    _ state: inout AlertState, _ observation: Observation, day: Int
  ) -> AlertEffect? {
    state.observe(
      observation, at: at(day), conditionHash: "h", lifecycle: Lifecycle(), zone: .utc)
  }
}

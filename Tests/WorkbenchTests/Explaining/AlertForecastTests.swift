import Expressions
import Rules
import Testing
import Workbench

@Suite("What a run would do with an alert")
struct AlertForecastTests {
  static let now = Instant("2026-03-01T02:00:00Z", in: .utc) ?? .earliest
  static let score = Input.field(path: ["account", "score"])

  /// Matches from 10 on, high from 20 on, and is over below 5; scores below 0 are out of scope.
  static func rule(_ mode: Rule.Mode = .live, _ lifecycle: Lifecycle) -> Rule {
    func compare(_ operation: Operation, _ number: Double) -> Term {
      .apply(operation, [.input(score, .number), .constant(.number(number))])
    }
    var lifecycle = lifecycle
    lifecycle.resolveWhen = compare(.less, 5)
    return Rule(
      name: "r", title: "R", mode: mode, entity: "account", scope: compare(.greaterOrEqual, 0),
      when: compare(.greaterOrEqual, 10),
      severity: SeverityLadder(
        steps: [.init(severity: .high, when: compare(.greaterOrEqual, 20))], otherwise: .medium),
      lifecycle: lifecycle)
  }

  static func forecast(
    _ score: Double?, _ phase: AlertState.Phase?, mode: Rule.Mode = .live,
    lifecycle: Lifecycle = Lifecycle(), checked: Instant? = day("2026-02-28")
  ) -> AlertForecast {
    let inputs = score.map { [Self.score: Value.number($0)] } ?? [:]
    let explanation = RuleExplanation(
      rule: rule(mode, lifecycle), inputs: inputs,
      context: EvaluationContext(now: now, zone: .utc))
    let state = phase.map { AlertState(phase: $0, episode: 2, observedAt: checked) }
    return AlertForecast(explanation, alert: state)
  }

  static func day(_ text: String) -> Instant { Instant(text, in: .utc) ?? .earliest }

  static let open = AlertState.Phase.open(since: day("2026-02-01 02:00"), overChecks: 0)
  static let resolved = AlertState.Phase.closed(
    at: day("2026-02-27"), reason: .resolved, stillMatching: false)

  @Test(
    "is said in words",
    arguments: [
      (12, nil, Lifecycle(), "none", "opens an alert, medium", true),
      (
        25, open, Lifecycle(), "open since 2026-02-01 02:00, episode 2, medium",
        "raises the alert to high", true
      ),
      (
        12, open, Lifecycle(), "open since 2026-02-01 02:00, episode 2, medium",
        "nothing: the alert is open already", false
      ),
      (
        7, open, Lifecycle(), "open since 2026-02-01 02:00, episode 2, medium",
        "keeps the alert open: `resolve_when` does not hold", false
      ),
      (
        3, open, Lifecycle(), "open since 2026-02-01 02:00, episode 2, medium",
        "closes the alert: the condition no longer held", true
      ),
      (
        3, open, Lifecycle(resolveAfter: 2), "open since 2026-02-01 02:00, episode 2, medium",
        "keeps the alert open: over at 1 of 2 checks", false
      ),
      (
        -1, open, Lifecycle(), "open since 2026-02-01 02:00, episode 2, medium",
        "closes the alert: it was no longer one of those looked at", true
      ),
      (
        -1, nil, Lifecycle(), "none",
        "nothing: `where` does not hold, so the rule does not look at it", false
      ),
      (3, nil, Lifecycle(), "none", "nothing: `when` does not hold", false),
      (
        nil, nil, Lifecycle(), "none",
        "nothing: it cannot be decided, account.score is missing", false
      ),
      (12, nil, Lifecycle(openAfter: 3), "none", "waits: matched at 1 of 3 checks", false),
      (
        12, .pending(checks: 1), Lifecycle(openAfter: 3), "not yet open: matched at 1 of 3 checks",
        "waits: matched at 2 of 3 checks", false
      ),
      (
        12, resolved, Lifecycle(cooldown: Period(days: 7)),
        "closed on 2026-02-27, the condition no longer held; episode 2, cooldown until 2026-03-06",
        "nothing: the cooldown lasts until 2026-03-06", false
      ),
      (
        12, resolved, Lifecycle(reopenWithin: Period(days: 7)),
        "closed on 2026-02-27, the condition no longer held; episode 2",
        "goes on with the alert that was closed; nothing is done anew", false
      ),
      (
        12, .closed(at: day("2026-02-27"), reason: .expired, stillMatching: true), Lifecycle(),
        "closed on 2026-02-27, it had been open for too long; episode 2",
        "nothing: the alert was closed, it had been open for too long, and the condition has "
          + "held ever since", false
      ),
      (
        12, open, Lifecycle(expireAfter: Period(days: 20)),
        "open since 2026-02-01 02:00, episode 2, medium",
        "closes the alert: it had been open for too long", true
      ),
    ] as [(Double?, AlertState.Phase?, Lifecycle, String, String, Bool)])
  func words(
    score: Double?, phase: AlertState.Phase?, lifecycle: Lifecycle, standing: String,
    verdict: String, acts: Bool
  ) {
    let forecast = Self.forecast(score, phase, lifecycle: lifecycle)
    #expect(forecast.standing == standing)
    #expect(forecast.verdict == verdict)
    #expect(forecast.acts == acts)
  }

  @Test("is nothing where the alert was checked for a later time, or the rule may not act")
  func restrained() {
    let later = Self.forecast(25, Self.open, checked: Self.day("2026-03-05"))
    #expect(later.verdict == "nothing: the alert was checked for 2026-03-05 already")
    let paused = Self.forecast(25, nil, mode: .paused)
    #expect(paused.verdict == "nothing: the rule is paused" && !paused.acts)
    let trial = Self.forecast(25, nil, mode: .dryRun)
    #expect(trial.verdict == "nothing: the rule is on trial; otherwise opens an alert, high")
    #expect(!trial.acts)
  }

  @Test(
    "shows the days that metrics look at",
    arguments: [
      (Window.trailing(length: Period(days: 30), endingAgo: nil), "2026-01-30 to 2026-02-28"),
      (.trailing(length: Period(days: 1), endingAgo: nil), "2026-02-28"),
      (
        .trailing(length: Period(microseconds: 7_200_000_000), endingAgo: nil),
        "2026-03-01 to 2026-03-01 02:00"
      ),
      (.calendar(.month, offset: -1), "2026-02-01 to 2026-02-28"),
      (.calendar(.month, offset: 0), "no day yet"),
      (.allTime, "up to 2026-03-01 02:00"),
    ])
  func windows(window: Window, shown: String) {
    #expect(Zone.utc.shown(window.bounds(at: Self.now, in: .utc)) == shown)
    let input = Input.metric(name: "spent", window: window)
    let rule = Rule(
      name: "r", title: "R", entity: "account",
      when: .apply(.greater, [.input(input, .number), .constant(.number(5))]))
    let explanation = RuleExplanation(
      rule: rule, inputs: [input: .number(1_234)],
      context: EvaluationContext(now: Self.now, zone: .utc))
    #expect(explanation.dataText() == "data\n  spent[\(window)]  1,234  \(shown)\n")
  }
}

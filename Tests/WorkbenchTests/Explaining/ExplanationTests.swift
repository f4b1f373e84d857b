import Expressions
import Rules
import Support
import Testing
import Workbench

@Suite("Explanations of one row")
struct ExplanationTests {
  static let context = EvaluationContext(
    now: Instant("2026-03-01T02:00:00Z", in: .utc) ?? .earliest, zone: .utc)

  static let status = Input.field(path: ["account", "state"])
  static let weight = Input.field(path: ["account", "weight"])
  static let lastVisit = Input.metric(name: "last_visit", window: .allTime)

  static func number(_ value: Double) -> Term { .constant(.number(value)) }

  static let isHeavy = Term.apply(.greaterOrEqual, [.input(weight, .number), number(10)])
  static let isActive = Term.apply(.equal, [.input(status, .text), .constant(.text("active"))])
  static let quietFor = Term.named(
    "quiet_for", .apply(.function(.since), [.input(lastVisit, .instant)]))
  static let isQuiet = Term.apply(
    .greaterOrEqual, [quietFor, .named("quiet_after", .constant(.duration(Period(days: 45))))])

  static let rule = Rule(
    name: "quiet", title: "Quiet", entity: "account", scope: isActive,
    values: [NamedTerm(name: "quiet_for", type: .duration, term: quietFor)],
    when: isQuiet,
    severity: SeverityLadder(
      steps: [.init(severity: .high, when: isHeavy)], otherwise: .medium))

  static func explain(_ when: Term, _ inputs: [Input: Value]) -> Explanation {
    var rule = rule
    rule.when = when
    return RuleExplanation(rule: rule, inputs: inputs, context: context).when
  }

  @Test("show the beginning of a long list")
  func longLists() {
    let short = Value.list((1...50).map { .number(Double($0)) })
    let long = Value.list((1...100_000).map { .number(Double($0)) })
    #expect(short.shown(in: .utc).hasSuffix("49, 50"))
    #expect(long.shown(in: .utc).hasSuffix("49, 50, … (100000 in all)"))
  }

  static func day(_ text: String) -> Value {
    .instant(Instant(text, in: .utc) ?? .latest)
  }

  @Test(
    "say yes, no or unknown and why",
    arguments: [
      (isHeavy, [weight: .number(12_345.5)], "yes", "12,345.5 ≥ 10"),
      (isHeavy, [weight: .number(9)], "no", "9 < 10"),
      (isHeavy, [:], "unknown", "account.weight is missing"),
      (isActive, [status: .text("closed")], "no", #""closed" ≠ "active""#),
      (isQuiet, [lastVisit: day("2025-11-28 02:00")], "yes", "93 days ≥ 45 days"),
      (isQuiet, [lastVisit: day("2026-01-15 15:30")], "no", "44 days 10 hours < 45 days"),
      (isQuiet, [:], "unknown", "last_visit is missing"),
      (
        .apply(.less, [.input(lastVisit, .instant), .today]),
        [lastVisit: day("2026-03-01 01:30")], "no", "2026-03-01 01:30 is not before 2026-03-01"
      ),
      (
        .apply(
          .isIn,
          [.input(status, .text), .apply(.list, [.constant(.text("a")), .constant(.text("b"))])]),
        [status: .text("c")], "no", #""c" is not one of "a", "b""#
      ),
      (
        .apply(.isIn, [.input(status, .text), .apply(.list, [])]), [status: .text("c")], "no",
        #""c" is not one of an empty list"#
      ),
      (
        .apply(.between, [.input(weight, .number), number(1), number(5)]), [weight: .number(5)],
        "yes", "5 is between 1 and 5"
      ),
      (.apply(.isMissing, [.input(status, .text)]), [:], "yes", "it is missing"),
      (
        .apply(.greater, [.apply(.divide, [number(1), .input(weight, .number)]), number(2)]),
        [weight: .number(0)], "unknown", "1 / account.weight cannot be computed"
      ),
      (
        .apply(.function(.contains), [.input(status, .text), .constant(.text("x"))]),
        [status: .text("abc")], "no", #"account.state is "abc""#
      ),
    ] as [(Term, [Input: Value], String, String)])
  func lines(term: Term, inputs: [Input: Value], outcome: String, why: String) {
    let explanation = Self.explain(term, inputs)
    #expect(explanation.outcome.word == outcome)
    #expect(explanation.why(in: .utc) == why)
  }

  @Test("name what left a condition open, and only that")
  func causes() {
    let either = Term.apply(.or, [Self.isActive, Self.isHeavy])
    let open = Self.explain(either, [Self.status: .text("closed")])
    #expect(open.outcome == .unknown)
    #expect(open.allCauses.map(\.lack) == ["account.weight is missing"])
    let decided = Self.explain(either, [Self.status: .text("active")])
    #expect(decided.outcome == .yes && decided.allCauses.isEmpty)
    #expect(decided.parts.map(\.outcome) == [.yes, .unknown])
  }

  @Test("say how evaluation failed")
  func failure() {
    let explanation = Self.explain(Self.isHeavy, [Self.weight: .error(.overflow)])
    #expect(explanation.why(in: .utc) == "cannot be evaluated: a number grew too large")
  }

  @Test("show the branch of a choice that counts, and no other")
  func choice() {
    let choice = Term.apply(.conditional, [Self.isActive, Self.isHeavy, Self.isQuiet])
    let explanation = Self.explain(choice, [Self.status: .text("x"), Self.weight: .number(1)])
    #expect(explanation.parts.map(\.term) == [Self.isActive, Self.isQuiet])
    #expect(explanation.allCauses.map(\.text) == ["last_visit"])
  }

  @Test("read as a table, with the step of the ladder that won")
  func table() {
    let explanation = RuleExplanation(
      rule: Self.rule,
      inputs: [
        Self.status: .text("active"), Self.weight: .number(3),
        Self.lastVisit: Self.day("2025-11-28"),
      ], context: Self.context)
    #expect(explanation.observation == .matches(.medium))
    #expect(
      explanation.text(indent: 2) == """
          values
            quiet_after                    45 days
            quiet_for = since(last_visit)  93 days 2 hours
          where                         yes
            account.state == "active"   yes  "active" = "active"
          when                          yes
            quiet_for >= quiet_after    yes  93 days 2 hours ≥ 45 days
          severity                      medium
            high: account.weight >= 10  no   3 < 10
            medium: otherwise           yes

        """)
  }

  @Test("say a negation in one line where it negates one, and further in where it negates a list")
  func negation() {
    let vip = Input.field(path: ["account", "vip"])
    var rule = Self.rule
    rule.scope = nil
    rule.values = []
    rule.when = .apply(
      .and,
      [
        .apply(.not, [.input(vip, .bool)]), .apply(.not, [Self.isHeavy]),
        .apply(.not, [.apply(.or, [Self.isHeavy, Self.isActive])]),
      ])
    let explanation = RuleExplanation(
      rule: rule, inputs: [vip: .bool(true), Self.weight: .number(3)], context: Self.context)
    #expect(
      explanation.text() == """
        when                             no
          not account.vip                no       it is yes
          not (account.weight >= 10)     yes      3 < 10
          not                            unknown
            any of                       unknown
              account.weight >= 10       no       3 < 10
              account.state == "active"  unknown  account.state is missing

        """)
  }

  @Test("agree with the run on random rows, whatever is missing")
  func agreement() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<300 {
      var inputs: [Input: Value] = [:]
      if Bool.random(using: &generator) {
        inputs[Self.status] = .text(Bool.random(using: &generator) ? "active" : "closed")
      }
      if Bool.random(using: &generator) {
        inputs[Self.weight] = .number(Double(Int.random(in: 0...20, using: &generator)))
      }
      if Bool.random(using: &generator) {
        let age = Int.random(in: 0...90, using: &generator)
        inputs[Self.lastVisit] = .instant(
          Zone.utc.subtracting(Period(days: age), from: Self.context.now))
      }
      let explanation = RuleExplanation(rule: Self.rule, inputs: inputs, context: Self.context)
      let expected: Explanation.Outcome =
        switch explanation.observation {
        case .matches: .yes
        case .isOver, .isBetween, .isOutOfScope: .no
        case .isUnknown: .unknown
        }
      let decisive = explanation.scope?.outcome == .yes ? explanation.when : explanation.scope
      #expect(decisive?.outcome == expected)
      #expect((expected == .unknown) == !explanation.causes.isEmpty)
    }
  }
}

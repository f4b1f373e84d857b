import Expressions
import Rules
import Support
import Templates
import Testing
import Workbench

@Suite("Rules in sentences")
struct RuleDescriptionTests {
  @Test("are recorded for every rule that ships", arguments: ShippedRules.all.map(\.rule.name))
  func shipped(name: String) throws {
    for (folder, rule) in ShippedRules.all where rule.name == name {
      try expectSnapshot(RuleDescription(rule).text, "../Golden/\(folder)/\(name).txt")
    }
  }

  @Test("cover the shipped rules and the example's")
  func coverage() {
    #expect(ShippedRules.all.filter { $0.folder == "shipped" }.count == 18)
    #expect(ShippedRules.all.filter { $0.folder == "northwind" }.count == 7)
  }

  static let state = Term.input(.field(path: ["account", "state"]), .text)
  static let weight = Term.input(.field(path: ["account", "weight"]), .number)
  static let isVIP = Term.input(.field(path: ["account", "vip"]), .bool)
  static let spent = Term.input(
    .metric(name: "money_spent", window: .calendar(.quarter, offset: -1)), .number)
  static let visits = Term.input(
    .metric(
      name: "visits",
      window: .trailing(length: Period(microseconds: 3_600_000_000), endingAgo: nil)), .number)
  static let lastVisit = Term.input(.metric(name: "last_visit", window: .allTime), .instant)

  static func number(_ value: Double) -> Term { .constant(.number(value)) }
  static func text(_ value: String) -> Term { .constant(.text(value)) }

  @Test(
    "say each operation in words",
    arguments: [
      (.apply(.notEqual, [state, text("closed")]), ["- the account's state is not \"closed\""]),
      (
        .apply(.isIn, [state, .apply(.list, [text("a"), text("b")])]),
        ["- the account's state is one of \"a\", \"b\""]
      ),
      (
        .apply(.not, [.apply(.between, [weight, number(1), number(2.5)])]),
        ["- the account's weight is not between 1 and 2.5"]
      ),
      (.apply(.not, [isVIP]), ["- the account's vip is no"]),
      (
        .apply(.less, [spent, .apply(.multiply, [number(0.7), weight])]),
        ["- money spent of last quarter is less than 70 % of the account's weight"]
      ),
      (
        .apply(.greaterOrEqual, [visits, number(1_000)]),
        ["- visits of the last hour is at least 1,000"]
      ),
      (
        .apply(
          .less,
          [lastVisit, .apply(.subtract, [.now, .constant(.duration(Period(months: 3)))])]),
        ["- last visit is before 3 months ago"]
      ),
      (
        .apply(
          .not,
          [.apply(.or, [isVIP, .apply(.and, [isVIP, .apply(.isMissing, [weight])])])]),
        [
          "- it is not so that:", "  - one of these holds:", "    - the account's vip is yes",
          "    - all of these hold:", "      - the account's vip is yes",
          "      - the account's weight is not known",
        ]
      ),
      (
        .apply(.function(.startsWith), [state, text("x")]),
        ["- the account's state begins with \"x\""]
      ),
      (
        .apply(.conditional, [isVIP, .apply(.greater, [weight, number(1)]), isVIP]),
        [
          "- the account's weight is more than 1 (where the account's vip is yes), otherwise the "
            + "account's vip is yes"
        ]
      ),
    ] as [(Term, [String])])
  func conditions(term: Term, lines: [String]) {
    let rule = Rule(name: "r", title: "R", entity: "account", when: term)
    #expect(RuleDescription(rule).sections[1].lines == lines)
  }

  @Test(
    "say each schedule in words",
    arguments: [
      (.every(microseconds: 900_000_000), "Runs every 15 minutes, counted from midnight UTC."),
      (.daily(hour: 2, minute: 5, weekdays: []), "Runs daily at 02:05."),
      (.daily(hour: 8, minute: 30, weekdays: [1, 2, 3, 4, 5]), "Runs on weekdays at 08:30."),
      (.daily(hour: 6, minute: 0, weekdays: [7, 1]), "Runs on Monday, Sunday at 06:00."),
      (.monthly(day: 1, hour: 6, minute: 0), "Runs monthly on day 1 at 06:00."),
    ] as [(Schedule, String)])
  func schedules(schedule: Schedule, sentence: String) {
    let rule = Rule(
      name: "r", title: "R", schedule: schedule, entity: "account", when: Self.isVIP)
    #expect(RuleDescription(rule).sections.last?.lines.first == sentence)
  }

  @Test("name a cron line as it is")
  func cron() throws {
    let rule = Rule(
      name: "r", title: "R", schedule: .cron(try #require(Cron("0 6 * * 1"))), entity: "account",
      when: Self.isVIP)
    #expect(
      RuleDescription(rule).sections.last?.lines.first == "Runs by the cron line 0 6 * * 1.")
  }

  @Test("say how an alert lives, whom it waits for and that a rule is paused")
  func lifecycle() {
    let rule = Rule(
      name: "r", title: "R", mode: .paused, entity: "account", when: Self.isVIP,
      severity: SeverityLadder(otherwise: .critical),
      lifecycle: Lifecycle(
        openAfter: 2, resolveWhen: .apply(.not, [Self.isVIP]), resolveAfter: 3,
        reopenWithin: Period(days: 14), cooldown: Period(days: 1), expireAfter: Period(months: 2)),
      limits: Limits(
        perRecipient: .init(count: 1, per: .hour), perRule: .init(count: 9, per: .week),
        maxMatches: .count(5), overflow: .drop),
      resolvedActions: [.closeTasks])
    #expect(
      RuleDescription(rule).text == """
        R (r)

        Looks at every account.

        An alert opens when, at 2 checks in a row,
          - the account's vip is yes

        It is always critical.

        The alert closes when
          - the account's vip is no, at 3 checks in a row
          - or the account is no longer one of those looked at
          - or it has been open for 2 months
          If the condition holds again within 14 days of that, the same alert goes on and nothing is done anew.
          After it closed, no new alert opens for 1 day.

        Limits
          - one recipient hears of at most 1 alert per hour
          - at most 9 alerts per week may act
          - what is more than that is dropped; the most severe go first
          - if more than 5 match in one run, every action is held back

        When it opens, nothing is done.

        When it closes
          - closes its tasks

        About the rule
          It has no schedule.
          It is paused.
          Nobody owns it.
          No test holds it to its word.

        """)
  }

  @Test("say what goes into a digest and when")
  func digest() throws {
    let line = try #require(TextTemplate.parse("Back again", as: .text, in: Scope()).template)
    let email = EmailAction(
      to: [.address("ann@acme.example")], subject: line, text: line,
      digest: .daily(hour: 8, minute: 0, weekdays: Set(1...5)), line: line)
    let rule = Rule(
      name: "r", title: "R", entity: "account", when: Self.isVIP,
      limits: Limits(perRule: .init(count: 9, per: .week), overflow: .digest),
      actions: [Action(id: "email", kind: .email(email))])
    let text = RuleDescription(rule).text
    #expect(
      text.contains(
        """
          - adds a line to the digest of ann@acme.example, sent on weekdays at 08:00:
              | Back again

        """))
    #expect(
      text.contains(
        "- what is more than that goes into its recipient's next digest if it is an email"))
  }
}

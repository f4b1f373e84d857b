import Diagnostics
import Expressions
import Foundation
import Rules
import Testing

@Suite("Loading rules")
struct RuleLoaderTests {
  static func load(
    _ text: String, path: String = "rules/r.yaml", beside others: [SourceText] = []
  ) throws -> Rule {
    let loaded = Fixture.load([SourceText(path: path, text: text)] + others)
    let errors = loaded.diagnostics.filter { $0.diagnostics.contains { $0.severity == .error } }
    try #require(errors.isEmpty, "\(Fixture.render(errors))")
    return try #require(loaded.ruleSet?.rules.values.first { $0.path == path })
  }

  static func load(where keys: String) throws -> Rule {
    try load("rule: r\nowner: o@acme.example\nfor_each: customer\n\(keys)\n")
  }

  @Test("takes the smallest rule")
  func smallest() throws {
    let rule = try Self.load(
      """
      rule: r
      schedule: daily at 02:00
      for_each: customer
      when: dormancy
      then:
        - task:
            title: Call {{customer.name}}
            assign_to: customer.sales_rep
      """)
    #expect(rule.title == "R")
    #expect(rule.schedule == .daily(hour: 2, minute: 0, weekdays: []))
    #expect(rule.values.map(\.name) == ["quiet_for"])
    #expect(rule.scope?.inputs == [.metric(name: "orders", window: .allTime)])
    #expect(rule.when.inputs == [.metric(name: "last_order", window: .allTime)])
    #expect(rule.severity.otherwise == .medium)
    #expect(rule.actions.map(\.id) == ["task"])
    guard case .task(let task)? = rule.actions.first?.kind else {
      Issue.record("a task is expected")
      return
    }
    let path = ["customer", "sales_rep"]
    #expect(
      task.assignee
        == .person(
          key: .input(.field(path: path), .text),
          name: .input(.field(path: path + ["name"]), .text),
          email: .input(.field(path: path + ["email"]), .text)))
  }

  @Test("takes a rule with every key")
  func full() throws {
    let rule = try Self.load(
      Self.fullRule, path: "rules/dormant_customer.yaml", beside: [Self.closedRule])
    #expect(rule.name == "dormant_customer")
    #expect(rule.title == "Customer gone quiet")
    #expect(rule.owner == "sales-ops@acme.example")
    #expect(rule.tags == ["retention"])
    #expect(rule.mode == .dryRun)
    #expect(rule.schedule == .every(microseconds: 6 * 3_600_000_000))
    #expect(rule.values.map(\.name) == ["quiet_for", "past_year"])
    #expect(rule.severity.steps.map(\.severity) == [.high])
    #expect(rule.severity.otherwise == .medium)
    #expect(rule.lifecycle.openAfter == 2)
    #expect(rule.lifecycle.resolveWhen != nil)
    #expect(rule.lifecycle.reopenWithin == Period(days: 14))
    #expect(rule.lifecycle.cooldown == Period(days: 7))
    #expect(rule.lifecycle.expireAfter == Period(days: 120))
    #expect(rule.lifecycle.remind == Reminder(every: Period(days: 14), atMost: 3))
    #expect(rule.suppressedBy == ["account_closed"])
    let hours = Period(microseconds: 26 * 3_600_000_000)
    #expect(rule.needsFresh == Freshness(source: "orders", within: hours))
    #expect(
      rule.limits
        == Limits(
          perRecipient: .init(count: 15, per: .day), perRule: .init(count: 500, per: .day),
          maxMatches: .share(0.05), overflow: .drop))
    #expect(
      rule.actions.map(\.id) == ["task", "email", "email.2", "webhook", "update"])
    #expect(rule.actions[3].condition == .apply(.severityAtLeast(.high), [.severity]))
    #expect(rule.resolvedActions.count == 2)
    guard case .closeTasks? = rule.resolvedActions.first,
      case .act(let update)? = rule.resolvedActions.last,
      case .update(let fields) = update.kind
    else {
      Issue.record("closing tasks and an update are expected")
      return
    }
    #expect(update.id == "resolved.update")
    #expect(fields == [FieldUpdate(field: "risk_status", value: .constant(.text("healthy")))])
    #expect(rule.tests.map(\.name) == ["44 days is not yet quiet"])
    let test = try #require(rule.tests.first)
    #expect(test.expect == .nothing && test.names.isEmpty)
    #expect(test.inputs[.metric(name: "orders", window: .allTime)] == .number(9))
    let vienna = try #require(Zone(identifier: "Europe/Vienna"))
    #expect(
      test.inputs[.metric(name: "last_order", window: .allTime)]
        == Instant("2025-11-22 06:00", in: vienna).map(Value.instant))
  }

  /// What the full rule waits for.
  static let closedRule = SourceText(
    path: "rules/account_closed.yaml",
    text: """
      rule: account_closed
      owner: sales-ops@acme.example
      for_each: customer
      when: customer.status == "closed"
      then:
        - update: {customer.note: closed}
      """)

  static let fullRule = """
    rule: dormant_customer             # id: snake_case, equal to the file's name
    title: Customer gone quiet
    about: >
      An active customer with at least 3 orders behind them has placed none for 45 days
      (30 days for A customers). The sales rep gets one task per quiet spell.
    owner: sales-ops@acme.example      # who is told when the rule itself is ill
    tags: [retention]
    mode: dry_run                      # live (default) | dry_run | paused

    schedule: every 6h                 # see 6
    needs_fresh: orders within 26h

    for_each: customer
    where:
      all:
        - customer.status == "active"
        - orders[all time] >= min_orders

    params:
      dormant_after: 45d
      min_orders: 3
    overrides:
      - where: customer.tier == "A"
        dormant_after: 30d

    values:
      quiet_for: since(last_order)
      past_year: revenue[365d]

    when: quiet_for >= dormant_after

    severity:
      high: past_year >= 10_000
      medium: otherwise

    lifecycle:
      open_after: 2 checks
      resolve_when: not (quiet_for >= dormant_after)
      resolve_after: 1 check
      reopen_within: 14d
      cooldown: 7d
      expire_after: 120d
    suppressed_by: [account_closed]
    remind: every 14d, at most 3 times

    limits:
      per_recipient: 15 per day
      per_rule: 500 per day
      max_matches: 5% of population
      overflow: drop

    then:
      - task:
          title: Call {{customer.name}}, no order for {{days(quiet_for)}}
          assign_to: customer.sales_rep
          priority: high
          due_in: 3d
          body: |
            Last order: {{date(last_order)}}
            Revenue in the past year: {{money(past_year)}}
      - email:
          to: customer.sales_rep
          template: quiet
          digest: weekdays at 08:00
      - email:
          to: [customer.email, ops@acme.example]
          subject: "{{rule.title}}: {{customer.name}}"
          body: "{{tenant.name}}, {{severity}}"
      - webhook:
          endpoint: crm
          body_template: slim
          where: severity is at least high
      - update:
          customer.risk_status: dormant
    when_resolved:
      - task: close
      - update:
          customer.risk_status: healthy

    tests:
      - name: 44 days is not yet quiet
        given: {last_order: 44d ago, "orders[all time]": 9}
        expect: nothing
    """

  @Test("lets the first override that holds win, param by param")
  func overrides() throws {
    let rule = try Self.load(
      where: """
        params: {limit: 3, floor_score: 1}
        overrides:
          - where: customer.tier == "A"
            limit: 4
          - where: customer.vip
            limit: 5
            floor_score: 2
        when: customer.score > limit and customer.score > floor_score
        """)
    let tier = Term.apply(
      .equal,
      [.input(.field(path: ["customer", "tier"]), .text), .constant(.text("A"))])
    let vip = Term.input(.field(path: ["customer", "vip"]), .bool)
    func number(_ value: Double) -> Term { .constant(.number(value)) }
    func choose(_ condition: Term, _ value: Term, else other: Term) -> Term {
      // An override whose condition is unknown does not hold.
      let holds = Term.apply(.and, [.apply(.isPresent, [condition]), condition])
      return .apply(.conditional, [holds, value, other])
    }
    let limit = choose(tier, number(4), else: choose(vip, number(5), else: number(3)))
    let floor = choose(vip, number(2), else: number(1))
    let score = Term.input(.field(path: ["customer", "score"]), .number)
    #expect(
      rule.when
        == .apply(
          .and,
          [
            .apply(.greater, [score, .named("limit", limit)]),
            .apply(.greater, [score, .named("floor_score", floor)]),
          ]))
  }

  @Test("lets values use those of the conditions called")
  func valuesOfConditions() throws {
    let rule = try Self.load(
      where: """
        params: {limit: 50d}
        values: {over: quiet_for - limit}
        when: {all: [dormancy: {after: limit}, customer.vip]}
        """)
    #expect(rule.values.map(\.name) == ["quiet_for", "over"])
    let same = try Self.load(where: "values: {quiet_for: since(last_order)}\nwhen: dormancy")
    #expect(same.values.map(\.name) == ["quiet_for"])
  }

  static let sameConditions: [(String, String)] = [
    ("when: dormancy(after = 60d)", "when:\n  dormancy: {after: 60d}"),
    (
      "when: customer.vip and customer.score > 3",
      "when:\n  all:\n    - customer.vip\n    - customer.score > 3"
    ),
    (
      "when: customer.vip or not (customer.score > 3)",
      "when:\n  any:\n    - customer.vip\n    - not: customer.score > 3"
    ),
    (
      "when: customer.vip or dormancy",
      "when:\n  any:\n    - customer.vip\n    - dormancy:"
    ),
    (
      "where: customer.vip\nwhen: dormancy", "where: {all: [customer.vip]}\nwhen: {all: [dormancy]}"
    ),
  ]

  @Test("reads both forms of a condition alike", arguments: sameConditions)
  func forms(_ short: String, _ long: String) throws {
    let one = try Self.load(where: short)
    let other = try Self.load(where: long)
    #expect(one.when == other.when)
    #expect(one.scope == other.scope)
    #expect(one.conditionHash == other.conditionHash)
  }

  @Test("hashes what decides matches, and nothing else")
  func hash() throws {
    let base = try Self.load(where: "when: customer.score > 3").conditionHash
    #expect(base == "02ef78ed86ffc86238f3f63537b02aba")
    #expect(try Self.load(where: "title: T\nwhen: customer.score > 3").conditionHash == base)
    #expect(
      try Self.load(where: "params: {limit: 3}\nwhen: customer.score > limit").conditionHash
        == base)
    for other in [
      "when: customer.score > 4", "when: customer.score >= 3",
      "where: customer.vip\nwhen: customer.score > 3", "severity: high\nwhen: customer.score > 3",
      "lifecycle: {resolve_when: customer.score < 2}\nwhen: customer.score > 3",
    ] {
      #expect(try Self.load(where: other).conditionHash != base, "\(other)")
    }
  }

  @Test("hashes macros by what they compute, whatever their names are")
  func loopHash() throws {
    let base = try Self.load(where: "when: customer.labels.exists(l, l == \"x\")").conditionHash
    #expect(
      try Self.load(where: "when: customer.labels.exists(each, each == \"x\")").conditionHash
        == base)
    for other in [
      "customer.labels.all(l, l == \"x\")", "customer.labels.exists(l, l == \"y\")",
      "customer.labels.exists(i, l, l == \"x\")", "[\"x\"].exists(l, l == \"x\")",
      "customer.labels.filter(l, l == \"x\").size() > 0",
    ] {
      #expect(try Self.load(where: "when: '\(other)'").conditionHash != base, "\(other)")
    }
  }

  @Test("keeps good rules beside bad ones, and none beside a bad catalog")
  func partial() {
    let good = SourceText(
      path: "rules/good.yaml", text: "rule: good\nfor_each: customer\nwhen: customer.vip\n")
    let bad = SourceText(
      path: "rules/bad.yaml", text: "rule: bad\nfor_each: customer\nwhen: customer.vipp\n")
    let loaded = Fixture.load([bad, good])
    #expect(loaded.ruleSet.map { Array($0.rules.keys) } == ["good"])
    #expect(loaded.diagnostics.map(\.source.path) == ["rules/bad.yaml", "rules/good.yaml"])
    let catalog = SourceText(path: "rules/catalog.yaml", text: Fixture.catalog + "x: 1\n")
    #expect(Fixture.load([catalog, good]).ruleSet == nil)
  }

  static let schedules: [(String, Schedule)] = [
    ("every 15min", .every(microseconds: 900_000_000)),
    ("every 6h", .every(microseconds: 21_600_000_000)),
    ("daily at 2:00", .daily(hour: 2, minute: 0, weekdays: [])),
    ("weekdays at 08:30", .daily(hour: 8, minute: 30, weekdays: [1, 2, 3, 4, 5])),
    ("weekly on sunday at 06:00", .daily(hour: 6, minute: 0, weekdays: [7])),
    ("monthly on day 28 at 23:59", .monthly(day: 28, hour: 23, minute: 59)),
    ("{cron: \"0 */6 1,15 * 1-5\"}", ScheduleTimesTests.cron("0 */6 1,15 * 1-5")),
  ]

  @Test("reads every form of a schedule", arguments: schedules)
  func schedule(_ text: String, _ schedule: Schedule) throws {
    #expect(try Self.load(where: "schedule: \(text)\nwhen: customer.vip").schedule == schedule)
  }

  static let updates: [(String, Term)] = [
    ("note: gone quiet", .constant(.text("gone quiet"))),
    ("note: \"{{customer.tier}}\"", .input(.field(path: ["customer", "tier"]), .text)),
    ("vip: no", .constant(.bool(false))),
    ("score: 1_000", .constant(.number(1000))),
    ("reviewed_at: now", .now),
  ]

  @Test("types what an update writes by its field", arguments: updates)
  func update(_ text: String, _ value: Term) throws {
    let rule = try Self.load(
      where: "when: customer.vip\nthen:\n  - update:\n      customer.\(text)\n")
    guard case .update(let fields)? = rule.actions.first?.kind else {
      Issue.record("an update is expected")
      return
    }
    #expect(fields.map(\.value) == [value])
  }

  @Test("loads conditions that call conditions, whatever their files' order")
  func conditions() throws {
    let files = [
      "a": "condition: a\nfor_each: customer\nparams: {n: 2}\nwhen: b(least = n)\n",
      "b": "condition: b\nfor_each: customer\nparams: {least: 1}\nwhere: customer.vip\n"
        + "when: orders[30d] >= least\n",
    ]
    let rule = SourceText(
      path: "rules/r.yaml", text: "rule: r\nfor_each: customer\nwhen: a(n = 7)\n")
    let loaded = Fixture.load(
      [rule] + files.map { SourceText(path: "rules/conditions/\($0).yaml", text: $1) })
    let loadedRule = try #require(loaded.ruleSet?.rules["r"])
    #expect(loadedRule.scope == .input(.field(path: ["customer", "vip"]), .bool))
    #expect(
      loadedRule.when
        == .apply(
          .greaterOrEqual,
          [
            .input(
              .metric(
                name: "orders", window: .trailing(length: Period(days: 30), endingAgo: nil)),
              .number),
            .constant(.number(7)),
          ]))
  }

  @Test("loads a thousand rules")
  func thousand() {
    let files = (0..<1000).map { index in
      SourceText(
        path: "rules/dormant_\(index).yaml",
        text: Self.fullRule.replacing("dormant_customer", with: "dormant_\(index)"))
    }
    #expect(Fixture.load(files + [Self.closedRule]).ruleSet?.rules.count == 1001)
  }
}

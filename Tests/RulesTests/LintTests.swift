import Diagnostics
import Rules
import Testing

@Suite("The warnings")
struct LintTests {
  static func warnings(_ keys: String) -> [FileDiagnostics] {
    let text = "rule: r\nowner: o@acme.example\nfor_each: customer\n\(keys)\n"
    let then = keys.contains("then:") ? "" : "then: [{update: {customer.vip: yes}}]\n"
    return Fixture.load([SourceText(path: "rules/r.yaml", text: text + then)]).diagnostics
  }

  static let before = "revenue[30d, ending 30d ago]"

  static let fine: [(about: String, keys: String)] = [
    (
      "a param that is overridden",
      """
      params: {limit: 3}
      overrides: [{where: customer.vip, limit: 4}]
      when: customer.score > limit
      """
    ),
    (
      "a value that only severity needs",
      "values:\n  v: orders[30d]\nwhen: customer.vip\n"
        + "severity: {high: v > 3, low: otherwise}"
    ),
    (
      "a value that an event shows",
      "values:\n  v: orders[30d]\nwhen: customer.vip\n"
        + "then: [{webhook: {endpoint: crm}}]"
    ),
    ("a value that the next one needs", "values:\n  v: orders[30d]\n  w: v + 1\nwhen: w > 3"),
    (
      "a value that a template shows",
      "values:\n  v: orders[30d]\nwhen: customer.vip\n"
        + "then: [{task: {title: '{{v}}'}}]"
    ),
    ("a share with a minimum", "when: \(before) >= 500 and revenue[30d] < 70% of \(before)"),
    (
      "a share with a minimal number of what is compared",
      "when: revenue[30d] >= 500 and revenue[30d] < 70% of \(before)"
    ),
    (
      "a share with a minimum in where",
      "where: \(before) >= 500\nwhen: revenue[30d] < 70% of \(before)"
    ),
    (
      "a share with a minimum beside it",
      "when: {all: [\"\(before) >= 500\", \"revenue[30d] < 70% of \(before)\"]}"
    ),
    (
      "a share with a minimal difference",
      "values:\n  a: revenue[30d]\n  b: \(before)\nwhen: b - a >= 500 and (b - a) / b >= 30%"
    ),
    (
      "a minimum that is a param",
      "params: {enough: 10}\nwhen: orders[90d] >= enough and skus_ordered[90d] / orders[90d] < 0.2"
    ),
    ("a share of a field", "when: customer.score < 50% of customer.score"),
    ("a number of days per thing that there is", "when: orders[90d] > 0 and 90 / orders[90d] > 7"),
    ("zero asked for first", "when: orders[90d] == 0 or 90 / orders[90d] > 7"),
    ("zero taken care of", "when: \"(orders[90d] == 0 ? 0 : 90 / orders[90d]) > 7\""),
    ("a field that is not zero", "when: customer.score != 0 and 5 / customer.score > 7"),
    (
      "zero excluded in where",
      "where: customer.score between 1 and 9\nwhen: 5 / customer.score > 7"
    ),
    (
      "a division by what is never zero", "when: 5 / max(1, orders[90d]) > 7 and orders[9d] / 9 > 2"
    ),
    (
      "a division in a value that decides nothing",
      "values: {v: 5 / customer.score}\nwhen: customer.vip\nthen: [{task: {title: '{{v}}'}}]"
    ),
    (
      "resolve_when with a gap",
      "when: since(last_order) >= 45d\nlifecycle: {resolve_when: since(last_order) < 30d}"
    ),
    (
      "resolve_when as the opposite",
      "when: since(last_order) >= 45d\nlifecycle: {resolve_when: not (since(last_order) >= 45d)}"
    ),
    (
      "resolve_when as the opposite, overrides or not",
      """
      params: {limit: 3}
      overrides: [{where: customer.vip, limit: 5}]
      when: customer.score >= limit
      lifecycle: {resolve_when: customer.score < limit}
      """
    ),
    (
      "resolve_when that takes the bound in",
      "when: customer.score > 5\nlifecycle: {resolve_when: customer.score <= 5}"
    ),
    (
      "resolve_when beside the one value that when leaves out",
      "when: customer.score != 5\nlifecycle: {resolve_when: customer.score == 5}"
    ),
    (
      "a bound that where keeps out",
      """
      where: customer.score != 5
      when: customer.score > 5
      lifecycle: {resolve_when: customer.score < 5}
      """
    ),
    (
      "resolve_when about something else",
      "when: customer.vip\nlifecycle:\n  resolve_when: orders[1d] > 0"
    ),
    (
      "resolve_when that asks what is there",
      """
      when: customer.score is not missing and customer.score <= 5
      lifecycle: {resolve_when: customer.score is missing or customer.score > 8}
      """
    ),
    (
      "an input that where asks for",
      """
      where: customer.score is not missing
      when: customer.score is not missing and customer.score <= 5
      lifecycle: {resolve_when: customer.score > 8}
      """
    ),
    (
      "a cooldown longer than the schedule's interval",
      "schedule: every 6h\nwhen: customer.vip\nlifecycle: {cooldown: 7h}"
    ),
    ("a cooldown without a schedule", "when: customer.vip\nlifecycle: {cooldown: 1h}"),
  ]

  @Test("stay away where all is well", arguments: fine)
  func silence(_ about: String, _ keys: String) {
    #expect(Fixture.render(Self.warnings(keys)) == "", "\(about)")
  }

  static let schedules: [(schedule: String, tooShort: String, enough: String)] = [
    ("every 6h", "6h", "7h"), ("daily at 02:00", "24h", "25h"),
    ("weekdays at 02:00", "1d", "2d"), ("weekly on monday at 02:00", "6d", "8d"),
    ("monthly on day 1 at 02:00", "28d", "2mo"),
  ]

  @Test("know how far two checks lie apart", arguments: schedules)
  func cooldowns(_ schedule: String, _ tooShort: String, _ enough: String) {
    for (cooldown, codes) in [(tooShort, ["W127"]), (enough, [])] {
      let found = Self.warnings(
        "schedule: \(schedule)\nwhen: customer.vip\nlifecycle: {cooldown: \(cooldown)}")
      #expect(found.flatMap(\.diagnostics).map(\.code.name) == codes, "\(cooldown)")
    }
  }

  static let pairs: [(about: String, first: String, second: String)] = [
    ("conditions that exclude each other", "when: customer.score > 5", "when: customer.score <= 5"),
    (
      "scopes that exclude each other", "where: customer.status == \"active\"\nwhen: customer.vip",
      "where: customer.status == \"closed\"\nwhen: customer.score > 3"
    ),
    ("a time and its age", "when: since(last_order) >= 45d", "when: last_order after 45d ago"),
    (
      "one that holds the other back", "when: customer.vip\nsuppressed_by: [b]",
      "when: customer.vip"
    ),
    ("the other way round", "when: customer.vip", "when: customer.vip\nsuppressed_by: [a]"),
    ("one that is paused", "mode: paused\nwhen: customer.vip", "when: customer.vip"),
  ]

  @Test("let two rules do the same that are kept apart", arguments: pairs)
  func apart(_ about: String, _ first: String, _ second: String) {
    let files = [("a", first), ("b", second)].map { name, keys in
      SourceText(
        path: "rules/\(name).yaml",
        text: "rule: \(name)\nowner: o@acme.example\nfor_each: customer\n\(keys)\n"
          + "then: [{task: {title: Call}}]\n")
    }
    let found = Fixture.load(files).diagnostics.flatMap(\.diagnostics).map(\.code.name)
    #expect(!found.contains("W128"), "\(about)")
  }

  @Test("let two rules set the same field to the same, or mail others")
  func different() {
    let files = ["a", "b"].map { name in
      SourceText(
        path: "rules/\(name).yaml",
        text: """
          rule: \(name)
          owner: o@acme.example
          for_each: customer
          when: customer.vip
          then:
            - update: {customer.note: seen}
            - task: {title: "{{rule.name}}", assign_to: customer.sales_rep}
            - email: {to: \(name)@acme.example, subject: S, body: T}
            - webhook: {endpoint: crm}

          """)
    }
    #expect(Fixture.render(Fixture.load(files).diagnostics) == "")
  }

  @Test("expire with the day that is passed in, and never without one")
  func expiry() {
    let text = """
      # lint: allow W112 until 2026-11-01 the owner is being hired
      rule: r
      for_each: customer
      when: customer.vip
      then: [{task: {title: T}}]

      """
    let files = RuleFiles(
      catalog: SourceText(path: "rules/catalog.yaml", text: Fixture.catalog),
      rules: [SourceText(path: "rules/r.yaml", text: text)])
    #expect(RuleLoader.load(files, settings: nil).diagnostics.isEmpty)
    let late = RuleLoader.load(files, settings: nil, today: Fixture.today).diagnostics
    #expect(late.flatMap(\.diagnostics).map(\.code.name) == ["W132", "W112"])
  }

  @Test("are allowed only where nothing hides them")
  func broken() {
    let found = Self.warnings(
      "# lint: allow W113 until 2027-01-31 used from January on\nwhen: customer.vipp")
    #expect(found.flatMap(\.diagnostics).map(\.code.name) == ["E0302"])
  }
}

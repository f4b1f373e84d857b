import Expressions
import Rules
import Testing
import Workbench

@Suite("Tests in rule files")
struct RuleTesterTests {
  @Test(
    "expect what a run would do",
    arguments: [
      ("{}", "unknown", "outcome: opens -> unknown"),
      ("{last_order: 45d ago}", "opens", "outcome: nothing -> opens, medium"),
      (
        "{last_order: 44d ago}", "nothing",
        "outcome: opens -> nothing (an open alert stays open)"
      ),
      (
        "{last_order: 44d ago}", "stays open",
        "outcome: resolves -> nothing (an open alert stays open)"
      ),
      (
        "{last_order: 7d ago}", "stays open",
        "outcome: unknown -> nothing (an open alert stays open)"
      ),
      (
        "{last_order: 6d ago}", "resolves",
        "outcome: stays open -> nothing (an open alert resolves)"
      ),
      (
        "{last_order: 6d ago}", "nothing",
        "outcome: out of scope -> nothing (an open alert resolves)"
      ),
      (
        "{customer.tier: C, last_order: 90d ago}", "out of scope",
        "outcome: resolves -> out of scope"
      ),
      ("{customer.tier: C, last_order: 90d ago}", "nothing", "outcome: opens -> out of scope"),
      ("{customer.tier: missing}", "unknown", "outcome: nothing -> unknown"),
    ])
  func outcomes(given: String, right: String, wrong: String) throws {
    let other = try #require(wrong.dropFirst("outcome: ".count).split(separator: " -> ").first)
    let tested = try TestedRule(
      """
      where: customer.tier != "C"
      when: dormancy
      lifecycle: {resolve_when: since(last_order) < 7d}
      tests:
        - {name: right, given: \(given), expect: \(right)}
        - {name: wrong, given: \(given), expect: \(other)}
      """)
    #expect(tested.mismatches == [wrong])
  }

  @Test(
    "give values of the field's type, and what the catalog has for the rest",
    arguments: [
      ("customer.vip", "{customer.vip: yes}", "{customer.vip: no}"),
      ("not customer.vip", "{}", "{customer.vip: yes}"),
      ("customer.score == 0.7", "{}", "{customer.score: 71%}"),
      ("customer.score == 1000", "{customer.score: 1_000}", "{customer.score: -1_000}"),
      ("customer.name == \"Acme\"", "{}", "{customer.name: Bistro}"),
      ("customer.sales_rep.name == \"Robin Field\"", "{}", "{customer.sales_rep.name: Kim}"),
      ("\"a b\" in customer.labels", "{customer.labels: [c, a b]}", "{customer.labels: [c]}"),
      ("revenue[30d] == 0", "{}", "{\"revenue[30d]\": 1}"),
      ("revenue[2w] == 7", "{\"revenue[14d]\": 7}", "{\"revenue[14d]\": 8}"),
      ("average[30d] is missing", "{}", "{\"average[30d]\": 0}"),
      ("last_order is missing", "{last_order: missing}", "{last_order: 3d ago}"),
      // A date is the start of its day, whatever the run's time.
      (
        "since(customer.rest_until) == 54h", "{customer.rest_until: 2d ago}",
        "{customer.rest_until: 1d ago}"
      ),
      (
        "since(customer.rest_until) == 30h", "{customer.rest_until: 2026-01-04}",
        "{customer.rest_until: 2026-01-05}"
      ),
      ("since(last_order) == 10d", "{last_order: 2025-12-26 06:00}", "{last_order: 2025-12-26}"),
      (
        "hour(last_order) == 1", "{last_order: 2026-01-01T00:30:00Z}",
        "{last_order: 2026-01-01 00:30}"
      ),
      ("customer.name == \"missing\"", "{customer.name: \"missing\"}", "{customer.name: Missing}"),
    ])
  func values(condition: String, holds: String, fails: String) throws {
    let tested = try TestedRule(
      """
      when: '\(condition)'
      tests:
        - {name: holds, given: \(holds), expect: opens}
        - {name: fails, given: \(fails), expect: nothing}
      """)
    #expect(tested.mismatches == [])
  }

  @Test("leave nobody behind a person who is missing")
  func nobody() throws {
    let tested = try TestedRule(
      """
      when: customer.sales_rep.email is missing
      then: [{task: {title: "{{customer.name}}", assign_to: customer.sales_rep}}]
      tests:
        - {name: somebody, expect: nothing}
        - {name: nobody, given: {customer.sales_rep: missing}, expect: opens}
      """)
    #expect(tested.mismatches == [])
  }

  @Test(
    "set values wherever they are used",
    arguments: [
      ("{past_year: 10_000, last_order: 45d ago}", "high"),
      ("{past_year: 9_999, last_order: 45d ago}", "medium"),
      // A condition computes the same without the name.
      ("{quiet_for: 45d}", "medium"),
      ("{quiet_for: 44d, dormant_after: 44d}", "medium"),
      ("{twice: 20_000, last_order: 45d ago}", "medium"),
      ("{twice: 40_000, last_order: 45d ago}", "critical"),
    ])
  func names(given: String, severity: String) throws {
    let tested = try TestedRule(
      """
      params: {dormant_after: 45d}
      values: {past_year: "revenue[365d]", twice: 2 * past_year}
      when: dormancy(after = dormant_after)
      severity: {critical: twice >= 40_000, high: past_year >= 10_000, medium: otherwise}
      tests:
        - {name: opens, given: \(given), severity: \(severity)}
      """)
    #expect(tested.mismatches == [])
  }

  static let acting = """
    values: {past_year: "revenue[365d]"}
    when: dormancy
    severity: {high: past_year >= 10_000, medium: otherwise}
    then:
      - task: {title: "Call {{customer.name}}, {{days(quiet_for)}}", assign_to: customer.sales_rep}
      - email:
          to: customer.sales_rep
          subject: Quiet
          body: |
            Hello {{customer.sales_rep.name}},
            {{money(past_year)}}
          html: <b>{{customer.name}}</b> at {{tenant.name}}
      - task:
          title: Hurry
          body: "{{severity}}"
          where: severity is high
      - update: {customer.risk: dormant}
    when_resolved:
      - update: {customer.risk: "{{customer.tier}}"}
    """

  @Test("hold texts and updates to what a run would write")
  func texts() throws {
    let tested = try TestedRule(
      Self.acting + """

        tests:
          - name: right
            given: {last_order: 45d ago, customer.name: A&B, past_year: 10_000, tenant.name: Verdier}
            texts:
              task.title: Call A&B, 45 days
              task.2.title: Hurry
              task.2.body: high
              email.subject: Quiet
              email.text: |
                Hello Robin Field,
                €10,000.00
              email.html: <b>A&amp;B</b> at Verdier
              update.customer.risk: dormant
          - name: over
            given: {last_order: 1d ago, customer.tier: C}
            texts: {resolved.update.customer.risk: C}
        """)
    #expect(tested.rule.tests.map(\.expect) == [.opens, .resolves])
    #expect(tested.mismatches == [])
  }

  @Test("show each text that is another")
  func otherTexts() throws {
    let tested = try TestedRule(
      Self.acting + """

        tests:
          - name: wrong
            given: {last_order: 46d ago}
            severity: high
            texts:
              task.title: Call Acme, 45 days
              task.2.title: Hurry
              update.customer.risk: missing
        """)
    #expect(
      tested.mismatches == [
        "severity: high -> medium",
        "task.title: Call Acme, 45 days -> Call Acme, 46 days",
        "task.2.title: Hurry -> its `where` does not hold",
        "update.customer.risk: missing -> dormant",
      ])
    let explanation = try #require(tested.results.first?.explanation)
    #expect(explanation.contains { $0.contains("quiet_for") && $0.contains("46 days") })
    #expect(explanation.contains { $0.contains("since(last_order) >= ") && $0.contains("yes") })
  }

  @Test("run at six on the first Monday of 2026, in the settings' zone")
  func time() throws {
    let tested = try TestedRule(
      """
      when: now == timestamp("2026-01-05T05:00:00Z") and weekday(now) == 1
      tests:
        - {name: standard, expect: opens}
        - {name: another, at: 2026-01-05, expect: nothing}
      """)
    #expect(tested.mismatches == [])
  }
}

import Diagnostics
import Foundation
import Rules
import Support
import Testing

/// What the help lines of golden cases say, done.
@Suite("Fixes that are offered")
struct FixTests {
  static let fixes: [(name: String, wrong: String, right: String)] = [
    ("key-capital", "When:", "when:"),
    ("key-cron-on-top", "cron: 0 6 * * *", "schedule: {cron: 0 6 * * *}"),
    ("key-dash", "needs-fresh", "needs_fresh"),
    ("key-email-recipient", "recipient:", "to:"),
    ("key-if", "if:", "when:"),
    ("key-lifecycle-on-top", "open_after: 2 checks", "lifecycle: {open_after: 2 checks}"),
    ("key-limit-on-top", "max_matches: 1000", "limits: {max_matches: 1000}"),
    ("key-webhook-url", "url: \"https://crm.acme.example\"", "endpoint: crm"),
    ("key-catalog-metric", "for: customer", "of: customer"),
    ("key-catalog-source", "date: v.at", "time: v.at"),
    ("key-settings-endpoint", "adress:", "url:"),
    ("key-settings-smtp", "server:", "host:"),
    (
      "nest-action-not-indented", "\n    title: Call\n    assign",
      "\n      title: Call\n      assign"
    ),
    ("nest-and-for-all", "and:", "all:"),
    ("nest-or-for-any", "or:", "any:"),
    ("nest-arguments-list", "[60d]", "60d"),
    ("nest-catalog-one-of-text", "one_of: active", "one_of: [active]"),
    ("nest-override-list", "[5]", "5"),
    (
      "nest-overrides-mapping", "  where: customer.vip\n  limit",
      "  - where: customer.vip\n    limit"
    ),
    (
      "nest-severity-list", "- high: customer.score > 3\n  - low", "high: customer.score > 3\n  low"
    ),
    ("nest-tags-is-text", "tags: retention", "tags: [retention]"),
    ("nest-then-is-mapping", "  update", "  - update"),
    ("nest-update-nested", "customer:\n        note", "customer.note"),
    ("nest-when-list-of-keys", "\n  customer.status: active", " customer.status == \"active\""),
    ("nest-when-under-then", "    when: customer.vip", "when: customer.vip"),
    ("yaml-backtick", "`customer.vip`", "customer.vip"),
    ("yaml-colon-in-call", "after: 60d", "after = 60d"),
    ("yaml-colon-in-title", "Quiet: call them", "\"Quiet: call them\""),
    ("yaml-missing-colon", "severity high", "severity: high"),
    ("yaml-missing-dash", "    customer.score", "    - customer.score"),
    ("yaml-missing-quote", "\"active", "\"active\""),
    ("yaml-missing-quote-in-flow", "\"sales]", "\"sales\"]"),
    ("yaml-missing-space-after-colon", "when:customer", "when: customer"),
    (
      "yaml-missing-space-after-dash", "-customer.vip\n    -customer",
      "- customer.vip\n    - customer"
    ),
    ("yaml-not-operator", "!customer.vip", "not customer.vip"),
    ("yaml-one-space-more", " title", "title"),
    ("yaml-open-brace", "15 per day", "15 per day}"),
    ("yaml-percent-first", "%20", "20%"),
    ("yaml-pipe-then-text", "| Quiet", "|\n  Quiet"),
    ("yaml-starts-with-quote", "\"active\" == customer.status", "'\"active\" == customer.status'"),
    ("yaml-star-in-expression", "*customer", "customer"),
    ("yaml-tag-str", "!!str 2024", "2024"),
    (
      "yaml-title-starts-with-template", "{{customer.name}} is quiet",
      "\"{{customer.name}} is quiet\""
    ),
    ("yaml-unquoted-bracket-in-given", "orders[30d]: 4", "\"orders[30d]\": 4"),
    ("expr-ago-missing", "45d", "45d ago"),
    ("expr-ampersand", "&", "and"),
    ("expr-and-capitals", "AND", "and"),
    ("expr-at-least-without-is", "at least 3", ">= 3"),
    ("expr-chained", "1 < customer.score < 5", "customer.score between 1 and 5"),
    ("expr-contains-word", "name contains \"GmbH\"", "name.contains(\"GmbH\")"),
    ("expr-date-and-text", "\"2025-01-01\"", "timestamp(\"2026-01-31T00:00:00Z\")"),
    ("expr-date-unquoted", "2025-01-01", "45d ago"),
    ("expr-days-as-text", "\"45d\"", "45d"),
    ("expr-days-in-words", "45 days", "45d"),
    ("expr-days-without-unit", "45", "45d"),
    ("expr-decimal-comma", "0,5", "0.5"),
    ("expr-excel-if", "if(customer.vip, 1, 2) > 1", "'(customer.vip ? 1 : 2) > 1'"),
    ("expr-greater-or-equal", "=>", ">="),
    ("expr-greater-sign", "≥", ">="),
    ("expr-is-empty", "is empty", "is missing"),
    ("expr-is-not-null", "IS NOT NULL", "is not missing"),
    ("expr-is-null", "is null", "is missing"),
    ("expr-operator-in-words", "greater than 3", "> 3"),
    ("expr-percent-as-text", "\"80%\"", "80%"),
    ("expr-percent-word", "80 percent", "80%"),
    ("expr-single-equals", "=", "=="),
    ("expr-single-pipe", "|", "or"),
    ("expr-sql-in", "(\"A\", \"B\")", "[\"A\", \"B\"]"),
    ("expr-sql-like", "name like \"A%\"", "name.contains(\"A\")"),
    ("expr-sql-not-equal", "<>", "!="),
    ("expr-starts-with", "starts_with(customer.name, \"A\")", "customer.name.startsWith(\"A\")"),
    ("expr-template-inside", "{{limit}}", "3"),
    ("expr-then-else", "customer.vip then 1 else 2", "'(customer.vip ? 1 : 2) > 1'"),
    ("expr-thousands-comma", "10,000", "10_000"),
    ("expr-text-without-quotes", "active", "\"active\""),
    ("expr-window-30", "[30]", "[30d]"),
    ("expr-window-in-parentheses", "(30d)", "[30d]"),
    ("expr-window-last-30-days", "[last 30 days]", "[30d]"),
    ("expr-window-missing", "revenue", "revenue[30d]"),
    ("expr-no-entity-on-field", "status", "customer.status"),
    ("expr-excel-semicolon", ";", ","),
    ("expr-trailing-semicolon", ";", ""),
    ("expr-window-previous", "[previous 30d]", "[last month]"),
    ("expr-sql-count", "count(*)", "orders[30d]"),
    ("expr-template-in-expression", "{{customer.vip}}", "customer.vip"),
    ("text-jinja-filter", "{{customer.name | upper}}", "{{customer.name}}"),
    ("expr-yes-as-text", "\"yes\"", "true"),
    ("expr-yes-word", "yes", "true"),
    ("cond-argument-type", "60", "60d"),
    ("cond-position", "60d", "after = 60d"),
    ("sev-ladder-default", "otherwise: low", "low: otherwise"),
    ("sev-ladder-else", "else", "otherwise"),
    ("life-open-after-number", "2}", "2 checks}"),
    ("limit-slash", "15/day", "15 per day"),
    ("limit-percent", "5%", "5% of population"),
    ("remind-number", "14d", "every 14d"),
    ("sched-cron-as-text", "0 */6 * * *", "{cron: \"0 */6 * * *\"}"),
    ("sched-am", "2am", "02:00"),
    ("act-to-two-in-one", "\"a@acme.example, b@acme.example\"", "[a@acme.example, b@acme.example]"),
    ("act-to-without-entity", "sales_rep", "customer.sales_rep"),
    ("act-two-in-one", "    email", "  - email"),
    ("act-update-date", "\"2025-01-01\"", "today"),
    ("act-update-expression", "{{customer.name}} is quiet", "{{customer.name + ' is quiet'}}"),
    ("act-where-severity-text", "== \"high\"", "is high"),
    ("text-not-closed", "name\"", "name}}\""),
    ("text-three-braces", "{{{customer.name}}}", "{{customer.name}}"),
    ("text-section-not-closed", "Important", "Important{{/customer.vip}}"),
    ("cat-metric-count-star", "\"*\"", "rows"),
    ("cat-tenants-none", "tenants: none", "tenants: {table: t, key: id, slug: s, name: n}"),
    ("set-endpoint-no-scheme", "crm.acme.example", "https://crm.acme.example"),
    ("set-variable-dollar", "$DATABASE_URL", "DATABASE_URL"),
    ("set-smtp-password", "password: secret", "password_from: SMTP_PASSWORD"),
    ("file-version-first", "version: 1\n", ""),
  ]

  @Test("are right", arguments: fixes)
  func works(_ name: String, _ wrong: String, _ right: String) throws {
    let file = try #require(try GoldenTests.files(name).first)
    let at = try #require(file.text.range(of: wrong), "\(name) holds no \(wrong)")
    let mended = SourceText(
      path: file.path, text: file.text.replacingCharacters(in: at, with: right))
    let left = Fixture.load([mended]).diagnostics.filter { report in
      report.diagnostics.contains { $0.severity == .error }
    }
    #expect(left.isEmpty, "\(name):\n\(Fixture.render(left))")
  }
}

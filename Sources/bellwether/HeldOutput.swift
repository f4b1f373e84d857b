import Engine
import Expressions
import Store

/// What `held` prints.
enum HeldOutput {
  /// What one tenant has.
  struct Tenants {
    var tenant: Tenant
    var summaries: [HeldSummary]
    var actions: [HeldAction]
  }

  static func text(_ held: [Tenants]) -> String {
    let rows = held.flatMap { part in
      part.summaries.map { summary in
        [
          part.tenant.slug, summary.rule, summary.reason, "\(summary.alerts)",
          "\(summary.actions)", "\(summary.over)",
          RunOutput.show(.instant(summary.oldest), part.tenant.zone),
        ]
      }
    }
    guard !rows.isEmpty else { return "nothing is held" }
    var text = TextTable.render(
      header: ["tenant", "rule", "held by", "alerts", "actions", "over by now", "since"],
      rows: rows)
    for part in held where !part.actions.isEmpty {
      text += "\n\(part.tenant.name) (\(part.tenant.slug))\n" + list(part.actions, part.tenant)
    }
    return text
      + "`bellwether held release RULE` carries out what max_matches holds, "
      + "`bellwether held discard RULE` drops what is held"
  }

  /// Actions one by one.
  static func list(_ actions: [HeldAction], _ tenant: Tenant) -> String {
    TextTable.render(
      header: ["rule", "key", "name", "severity", "action", "to", "why", "decided"],
      rows: actions.map { action in
        [
          action.rule, action.entityKey, action.label, action.severity, action.kind,
          action.recipient ?? "", action.reason,
          RunOutput.show(.instant(action.decidedAt), tenant.zone),
        ]
      })
  }

  static func json(_ held: [Tenants]) -> String {
    let rules = held.flatMap { part in
      part.summaries.map { summary in
        ValueJSON.object([
          ("tenant", ValueJSON.string(part.tenant.slug)), ("rule", ValueJSON.string(summary.rule)),
          ("reason", ValueJSON.string(summary.reason)), ("alerts", "\(summary.alerts)"),
          ("actions", "\(summary.actions)"), ("over", "\(summary.over)"),
          ("since", ValueJSON.string(summary.oldest.iso8601)),
        ])
      }
    }
    let actions = held.flatMap { part in part.actions.map { json($0, part.tenant) } }
    return ValueJSON.object([
      ("held", "[" + rules.joined(separator: ",") + "]"),
      ("actions", "[" + actions.joined(separator: ",") + "]"),
    ])
  }

  static func json(_ action: HeldAction, _ tenant: Tenant) -> String {
    ValueJSON.object([
      ("tenant", ValueJSON.string(tenant.slug)), ("rule", ValueJSON.string(action.rule)),
      ("key", ValueJSON.string(action.entityKey)), ("name", ValueJSON.string(action.label)),
      ("severity", ValueJSON.string(action.severity)), ("action", ValueJSON.string(action.kind)),
      ("recipient", action.recipient.map(ValueJSON.string) ?? "null"),
      ("reason", ValueJSON.string(action.reason)),
      ("decided_at", ValueJSON.string(action.decidedAt.iso8601)),
    ])
  }

  static func text(_ released: [(tenant: Tenant, report: ReleaseReport)]) -> String {
    let rows = released.compactMap { tenant, report -> [String]? in
      let counts = report.counts
      let numbers = [
        counts.tasks, counts.emails, counts.webhooks, counts.skipped, counts.held, report.over,
      ]
      guard numbers.contains(where: { $0 > 0 }) else { return nil }
      return [tenant.slug, report.rule] + numbers.map(String.init)
    }
    guard !rows.isEmpty else { return "max_matches held nothing; nothing was released" }
    return TextTable.render(
      header: [
        "tenant", "rule", "tasks", "emails", "webhooks", "silenced", "held by rates", "over by now",
      ], rows: rows) + "mails and webhooks are queued; `bellwether deliver` sends them"
  }

  static func json(_ released: [(tenant: Tenant, report: ReleaseReport)]) -> String {
    let rules = released.map { tenant, report in
      let counts = report.counts
      return ValueJSON.object(
        [
          ("tenant", ValueJSON.string(tenant.slug)), ("rule", ValueJSON.string(report.rule)),
        ]
          + [
            ("tasks", counts.tasks), ("emails", counts.emails), ("webhooks", counts.webhooks),
            ("skipped", counts.skipped), ("held", counts.held), ("over", report.over),
          ].map { ($0.0, String($0.1)) })
    }
    return ValueJSON.object([("released", "[" + rules.joined(separator: ",") + "]")])
  }

  static func text(_ discarded: [(tenant: Tenant, counts: [String: Int])]) -> String {
    let lines = discarded.flatMap { tenant, counts in
      counts.sorted { $0.key < $1.key }.map { rule, count in
        "\(tenant.slug): \(rule): \(count) \(count == 1 ? "action" : "actions") discarded"
      }
    }
    return lines.isEmpty ? "nothing was held; nothing was discarded" : lines.joined(separator: "\n")
  }

  static func json(_ discarded: [(tenant: Tenant, counts: [String: Int])]) -> String {
    let rules = discarded.flatMap { tenant, counts in
      counts.sorted { $0.key < $1.key }.map { rule, count in
        ValueJSON.object([
          ("tenant", ValueJSON.string(tenant.slug)), ("rule", ValueJSON.string(rule)),
          ("actions", "\(count)"),
        ])
      }
    }
    return ValueJSON.object([("discarded", "[" + rules.joined(separator: ",") + "]")])
  }
}

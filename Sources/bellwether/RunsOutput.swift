import Engine
import Expressions
import Foundation
import Store

/// What `runs` prints.
enum RunsOutput {
  static func text(_ found: [(tenant: Tenant, runs: [RunSummary])]) -> String {
    let rows = found.flatMap { tenant, runs in
      runs.map { run in
        [
          run.id, tenant.slug, run.job, RunOutput.show(.instant(run.nominal), tenant.zone),
          RunOutput.show(.instant(run.startedAt), tenant.zone), run.outcome, "\(run.rowsRead)",
          "\(run.matched)", "\(run.opened)", "\(run.resolved)", "\(run.errors)", run.requestedBy,
        ]
      }
    }
    guard !rows.isEmpty else { return "no runs" }
    var text = TextTable.render(
      header: [
        "run", "tenant", "job", "for", "began", "outcome", "rows", "matched", "opened", "resolved",
        "errors", "asked by",
      ], rows: rows)
    for (_, runs) in found {
      for run in runs {
        if let error = run.error { text += "\n  \(run.id) failed: \(error)\n" }
      }
    }
    return String(text.dropLast())
  }

  static func json(_ found: [(tenant: Tenant, runs: [RunSummary])]) -> String {
    let runs = found.flatMap { tenant, runs in
      runs.map { run in
        ValueJSON.object([
          ("id", ValueJSON.string(run.id)), ("tenant", ValueJSON.string(tenant.slug)),
          ("job", ValueJSON.string(run.job)), ("nominal", ValueJSON.string(run.nominal.iso8601)),
          ("started_at", ValueJSON.string(run.startedAt.iso8601)),
          ("outcome", ValueJSON.string(run.outcome)), ("rows_read", "\(run.rowsRead)"),
          ("matched", "\(run.matched)"), ("opened", "\(run.opened)"),
          ("resolved", "\(run.resolved)"), ("errors", "\(run.errors)"),
          ("requested_by", ValueJSON.string(run.requestedBy)),
          ("error", run.error.map(ValueJSON.string) ?? "null"),
        ])
      }
    }
    return ValueJSON.object([("runs", "[" + runs.joined(separator: ",") + "]")])
  }

  /// One run for people, from the object that the ledger keeps.
  static func story(_ object: String, _ tenant: Tenant) -> String {
    let run =
      (try? JSONSerialization.jsonObject(with: Data(object.utf8))) as? [String: Any] ?? [:]
    func text(_ value: Any?) -> String {
      switch value {
      case nil, is NSNull: "–"
      case let text as String: text
      case let some?: "\(some)"
      }
    }
    var lines = [
      "run \(text(run["id"])) of \(text(run["job"])) for \(tenant.name) (\(tenant.slug))",
      "  \(text(run["outcome"])), asked by \(text(run["requested_by"])), "
        + "bellwether \(text(run["bellwether_version"]))",
      "  for \(text(run["nominal"])), began \(text(run["started_at"])), "
        + "ended \(text(run["finished_at"]))",
      "  \(text(run["rows_read"])) rows read",
    ]
    if let error = run["error"] as? String { lines.append("  failed: \(error)") }
    let phases = run["phases"] as? [String: Any] ?? [:]
    if !phases.isEmpty {
      let seconds = ["plan", "fetch", "evaluate", "write"].compactMap { phase in
        phases[phase].map { "\(phase) \(text($0)) s" }
      }
      lines.append("  " + seconds.joined(separator: ", "))
    }
    let rules = run["rules"] as? [[String: Any]] ?? []
    let counts = [
      "in_scope", "matched", "unknown", "errors", "opened", "resolved", "tasks", "emails",
      "webhooks", "updates", "held",
    ]
    var result = lines.joined(separator: "\n") + "\n"
    if !rules.isEmpty {
      result +=
        "\n"
        + TextTable.render(
          header: ["rule", "version"] + counts.map { $0.replacing("_", with: " ") },
          rows: rules.map { rule in
            [text(rule["rule"]), String(text(rule["version"]).prefix(12))]
              + counts.map { text(rule[$0]) }
          })
    }
    for rule in rules {
      if let reason = rule["skip_reason"] as? String {
        result += "\n  \(text(rule["rule"])) was left out: \(reason)\n"
      }
    }
    let failures = run["failures"] as? [[String: Any]] ?? []
    let problems = rules.flatMap { rule in
      (rule["problems"] as? [String] ?? []).map { "\(text(rule["rule"])): \($0)" }
    }
    let all =
      failures.map { "\(text($0["rule"])): \(text($0["entity_key"])): \(text($0["reason"]))" }
      + problems
    if !all.isEmpty { result += "\nerrors\n" + all.map { "  \($0)\n" }.joined() }
    return String(result.dropLast())
  }
}

import Engine
import Expressions
import Rules
import Store
import Templates

/// What `run` and `demo` print of a run.
enum RunOutput {
  /// A table for each tenant: a line a rule.
  static func summary(_ reports: [TenantReport]) -> String {
    reports.map { report in
      let header = [
        "rule", "in scope", "matched", "opened", "resolved", "tasks", "emails", "webhooks",
        "updates", "held", "time",
      ]
      let lines = report.rules.map { rule in
        let counts = rule.counts
        let numbers = [
          counts.inScope, counts.matched, counts.opened, counts.resolved, counts.tasks,
          counts.emails, counts.webhooks, counts.updates, counts.held,
        ]
        return [rule.rule] + numbers.map(String.init) + [milliseconds(rule.seconds)]
      }
      let phases = report.phases
      var text = "\(report.tenant.name) (\(report.tenant.slug))\n"
      text += TextTable.render(header: header, rows: lines)
      text +=
        "\(report.rowsRead) rows read; fetch \(milliseconds(phases.fetch)), "
        + "evaluate \(milliseconds(phases.evaluate)), write \(milliseconds(phases.write))\n"
      for rule in report.rules {
        if let stale = rule.stale {
          text += "\(rule.rule): left out, \(stale.words(in: report.tenant.zone))"
          text += stale.isOwnerTold ? "; its owner was told\n" : "\n"
        }
        if rule.counts.suppressed > 0 {
          text += "\(rule.rule): \(rule.counts.suppressed) held back by the alert of another rule\n"
        }
        if rule.counts.reminded > 0 {
          text += "\(rule.rule): \(rule.counts.reminded) reminded of alerts that are still open\n"
        }
        if rule.counts.unknown > 0 {
          text += "\(rule.rule): \(rule.counts.unknown) could not be decided, an input is missing\n"
        }
        if rule.counts.skipped > 0 {
          text +=
            "\(rule.rule): \(rule.counts.skipped) actions skipped, because of a silence, of another "
            + "rule's open alert or because the rule is on trial\n"
        }
        if rule.counts.digested > 0 {
          let mails = rule.counts.digested == 1 ? "mail waits" : "mails wait"
          text += "\(rule.rule): \(rule.counts.digested) \(mails) for a digest\n"
        }
        if rule.counts.ahead > 0 {
          text +=
            "\(rule.rule): \(rule.counts.ahead) alerts were checked for a later time already and "
            + "stay as they are\n"
        }
        if rule.counts.errors > 0 {
          text +=
            "\(rule.rule): \(rule.counts.errors) failed: "
            + (rule.problems + shown(rule.failures)).joined(separator: "; ") + "\n"
        }
      }
      return text
    }.joined(separator: "\n")
  }

  /// Who would match, with the rules' values.
  static func matches(_ reports: [TenantReport], rules: [Rule]) -> String {
    var text = ""
    for report in reports {
      for rule in report.rules {
        if let changes = rule.changes {
          text += self.changes(changes, of: rule, report)
          continue
        }
        let names = rules.first { $0.name == rule.rule }?.values.map(\.name) ?? []
        let unknown = rule.counts.unknown > 0 ? ", \(rule.counts.unknown) unknown" : ""
        text +=
          "\(report.tenant.slug): \(rule.rule): \(rule.counts.matched) of \(rule.counts.inScope) "
          + "in scope would match\(unknown)\n"
        if let stale = rule.stale {
          text += "left out, \(stale.words(in: report.tenant.zone))\n"
        }
        guard !rule.matches.isEmpty else {
          text += "\n"
          continue
        }
        let rows = rule.matches.map { match in
          [match.key, match.label, match.severity.rawValue, match.alert]
            + match.values.map { show($0, report.tenant.zone) }
        }
        text += TextTable.render(header: ["key", "name", "severity", "alert"] + names, rows: rows)
        text += "\n"
      }
    }
    return text + "dry run: nothing was written"
  }

  /// One object for machines.
  static func json(
    _ reports: [TenantReport], failures: [(Tenant, String)], digests: DigestOutput = .init(),
    rules: [Rule], isDryRun: Bool
  ) -> String {
    let runs = reports.map { run($0, rules: rules, isDryRun: isDryRun) }
    let failed = failures.map { tenant, reason in
      ValueJSON.object([
        ("tenant", ValueJSON.string(tenant.slug)), ("success", "false"),
        ("error", ValueJSON.string(reason)),
      ])
    }
    return ValueJSON.object([
      ("success", failures.isEmpty && !digests.hasFailed ? "true" : "false"),
      ("dry_run", isDryRun ? "true" : "false"), ("digests", digests.json),
      ("runs", "[" + (runs + failed).joined(separator: ",") + "]"),
    ])
  }

  private static func run(_ report: TenantReport, rules: [Rule], isDryRun: Bool) -> String {
    let lines = report.rules.map { rule in
      let counts = rule.counts
      var members = [("rule", ValueJSON.string(rule.rule))]
      members += [
        ("in_scope", counts.inScope), ("matched", counts.matched), ("unknown", counts.unknown),
        ("errors", counts.errors), ("opened", counts.opened), ("resolved", counts.resolved),
        ("tasks", counts.tasks), ("emails", counts.emails), ("webhooks", counts.webhooks),
        ("updates", counts.updates), ("held", counts.held), ("skipped", counts.skipped),
        ("digested", counts.digested), ("ahead", counts.ahead), ("suppressed", counts.suppressed),
        ("reminded", counts.reminded),
      ].map { ($0.0, String($0.1)) }
      members.append(("stale", stale(rule.stale)))
      members.append(("evaluate_ms", ValueJSON.text(.number(rule.seconds * 1000))))
      members.append(("failures", json(rule.failures)))
      if let changes = rule.changes { members.append(("changes", json(changes))) }
      if isDryRun, rule.changes == nil {
        let named = rules.first { $0.name == rule.rule }?.values ?? []
        let matches = rule.matches.map { match in
          ValueJSON.object([
            ("key", ValueJSON.string(match.key)), ("label", ValueJSON.string(match.label)),
            ("severity", ValueJSON.string(match.severity.rawValue)),
            ("open", match.isOpen ? "true" : "false"),
            ("suppressed", match.isSuppressed ? "true" : "false"),
            ("values", ValueJSON.object(named, match.values)),
          ])
        }
        members.append(("matches", "[" + matches.joined(separator: ",") + "]"))
      }
      return ValueJSON.object(members)
    }
    return ValueJSON.object([
      ("tenant", ValueJSON.string(report.tenant.slug)), ("success", "true"),
      ("run", ValueJSON.string(report.runID.description)), ("rows_read", "\(report.rowsRead)"),
      ("fetch_ms", ValueJSON.text(.number(report.phases.fetch * 1000))),
      ("evaluate_ms", ValueJSON.text(.number(report.phases.evaluate * 1000))),
      ("write_ms", ValueJSON.text(.number(report.phases.write * 1000))),
      ("rules", "[" + lines.joined(separator: ",") + "]"),
    ])
  }

  private static func stale(_ found: StaleSource?) -> String {
    guard let found else { return "null" }
    return ValueJSON.object([
      ("source", ValueJSON.string(found.needed.source)),
      ("within", ValueJSON.string(found.needed.within.description)),
      ("loaded_at", ValueJSON.text(found.loadedAt.map(Value.instant) ?? .missing)),
      ("owner_told", found.isOwnerTold ? "true" : "false"),
    ])
  }

  /// A value as a person reads it.
  static func show(_ value: Value, _ zone: Zone) -> String {
    ValueText.show(value, formats: TextFormats(), zone: zone)
  }

  static func milliseconds(_ seconds: Double) -> String {
    seconds >= 1
      ? seconds.decimalText(places: 2) + " s" : (seconds * 1000).decimalText(places: 1) + " ms"
  }
}

extension RuleReport.Match {
  /// What is known of its alert, in a word.
  fileprivate var alert: String {
    if isOpen { return "open" }
    return isSuppressed ? "held back" : "new"
  }
}

/// Columns of text: the first to the left, numbers to the right.
enum TextTable {
  static func render(header: [String], rows: [[String]]) -> String {
    let lines = [header] + rows
    let widths = header.indices.map { column in
      lines.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
    }
    let isNumber = header.indices.map { column in
      column > 0 && !rows.isEmpty
        && rows.allSatisfy {
          $0[column].first.map { $0.isNumber || $0 == "-" || $0 == "–" } ?? true
        }
    }
    return lines.map { line in
      var text = ""
      for (column, cell) in line.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        text += isNumber[column] ? padding + cell : cell + padding
        text += "  "
      }
      return "  " + text.reversed().drop { $0 == " " }.reversed() + "\n"
    }.joined()
  }
}

import Engine
import Expressions
import Store

/// What `status` prints.
struct StatusOutput {
  let work: WorkStatus
  var tenants: [(tenant: Tenant, status: TenantStatus)] = []

  init(work: WorkStatus) { self.work = work }

  /// What is wrong, with what to do.
  var complaints: [String] {
    var found: [String] = []
    if work.overdueSeconds > 120 {
      found.append(
        "schedules have been due for \(Self.length(work.overdueSeconds)) and nobody runs them; "
          + "start `bellwether serve`")
    }
    if work.overdueDeliverySeconds > 600 {
      found.append(
        "deliveries have been due for \(Self.length(work.overdueDeliverySeconds)); start "
          + "`bellwether serve`, or `bellwether deliver`")
    }
    for (tenant, status) in tenants {
      for run in status.lastRuns where run.outcome == "failed" {
        found.append(
          "\(tenant.slug): the last run of \(run.job) failed; see `bellwether runs show \(run.id)`")
      }
      if status.dead > 0 {
        found.append(
          "\(tenant.slug): \(status.dead) deliveries were given up since yesterday; see "
            + "`bellwether deliveries list`")
      }
      for stale in status.stale {
        found.append(
          "\(tenant.slug): \(stale.rule) is left out for want of fresh rows of \(stale.source)")
      }
    }
    return found
  }

  var text: String {
    var text = """
      database answers, schema version \(work.schemaVersion), \(tenants.count) tenants, \
      \(work.dueSchedules) schedules due

      """
    text +=
      "\n"
      + TextTable.render(
        header: ["tenant", "waiting", "oldest", "given up", "held", "silences"],
        rows: tenants.map { tenant, status in
          [
            tenant.slug, "\(status.waiting)", Self.length(status.oldestSeconds), "\(status.dead)",
            "\(status.held)", "\(status.silences)",
          ]
        })
    let runs = tenants.flatMap { tenant, status in
      status.lastRuns.map { run in
        [
          tenant.slug, run.job, RunOutput.show(.instant(run.startedAt), tenant.zone), run.outcome,
          run.error ?? "",
        ]
      }
    }
    if !runs.isEmpty {
      text +=
        "\n" + TextTable.render(header: ["tenant", "last run of", "at", "outcome", ""], rows: runs)
    }
    let complaints = complaints
    text += "\n" + (complaints.isEmpty ? "all is well" : "wrong:")
    for complaint in complaints { text += "\n  \(complaint)" }
    return text
  }

  var json: String {
    func list(_ items: [String]) -> String { "[" + items.joined(separator: ",") + "]" }
    return ValueJSON.object([
      ("schema_version", "\(work.schemaVersion)"), ("due_schedules", "\(work.dueSchedules)"),
      ("overdue_seconds", "\(work.overdueSeconds)"),
      ("wrong", list(complaints.map(ValueJSON.string))),
      (
        "tenants",
        list(
          tenants.map { tenant, status in
            ValueJSON.object([
              ("tenant", ValueJSON.string(tenant.slug)), ("waiting", "\(status.waiting)"),
              ("oldest_seconds", "\(status.oldestSeconds)"), ("given_up", "\(status.dead)"),
              ("held", "\(status.held)"), ("silences", "\(status.silences)"),
              (
                "stale",
                list(
                  status.stale.map {
                    ValueJSON.object([
                      ("rule", ValueJSON.string($0.rule)),
                      ("source", ValueJSON.string($0.source)),
                      ("since", ValueJSON.string($0.since.iso8601)),
                    ])
                  })
              ),
              (
                "last_runs",
                list(
                  status.lastRuns.map {
                    ValueJSON.object([
                      ("job", ValueJSON.string($0.job)), ("id", ValueJSON.string($0.id)),
                      ("started_at", ValueJSON.string($0.startedAt.iso8601)),
                      ("outcome", ValueJSON.string($0.outcome)),
                      ("error", $0.error.map(ValueJSON.string) ?? "null"),
                    ])
                  })
              ),
            ])
          })
      ),
    ])
  }

  private static func length(_ seconds: Double) -> String {
    let seconds = Int(seconds)
    if seconds < 120 { return "\(seconds) s" }
    return seconds < 7200 ? "\(seconds / 60) min" : "\(seconds / 3600) h"
  }
}

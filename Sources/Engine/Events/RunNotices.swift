import Expressions
import Rules
import Store

/// What endpoints that ask for it are told of a run: events for the outbox, written in the
/// transaction that they tell of.
struct RunNotices: Sendable {
  let run: TenantRun

  /// That it is done.
  func finished(_ report: TenantReport) -> [NewEvent] {
    let rules = report.rules.map { rule in
      let counts = rule.counts
      let numbers = [
        ("in_scope", counts.inScope), ("matched", counts.matched), ("unknown", counts.unknown),
        ("errors", counts.errors), ("opened", counts.opened), ("resolved", counts.resolved),
        ("held", counts.held),
      ]
      return ValueJSON.object(
        [("rule", ValueJSON.string(rule.rule))] + numbers.map { ($0.0, "\($0.1)") })
    }
    return events(
      .runFinished,
      [
        ("rows_read", "\(report.rowsRead)"),
        ("rules", "[" + rules.joined(separator: ",") + "]"),
      ])
  }

  /// That it failed, and nothing of it was written.
  func failed(_ reason: String) -> [NewEvent] {
    events(.runFailed, [("error", ValueJSON.string(reason))])
  }

  private func events(_ kind: OperatorEvent, _ members: [(String, String)]) -> [NewEvent] {
    let type = "dev.bellwether.\(kind.rawValue)"
    let subject = "run/\(run.id)"
    return (run.listeners[kind] ?? []).map { endpoint in
      let id = run.makeID()
      let data = ValueJSON.object(
        [
          ("run", ValueJSON.string(run.id.description)),
          ("job", ValueJSON.string(run.request.name)),
          ("tenant", ValueJSON.string(run.tenant.slug)),
          ("nominal", ValueJSON.string(run.request.nominal.iso8601)),
        ] + members)
      let body = ValueJSON.object([
        ("specversion", ValueJSON.string("1.0")), ("id", ValueJSON.string(id.description)),
        ("source", ValueJSON.string("/bellwether/\(run.tenant.slug)")),
        ("type", ValueJSON.string(type)), ("subject", ValueJSON.string(subject)),
        ("time", ValueJSON.string(run.request.nominal.iso8601)),
        ("datacontenttype", ValueJSON.string("application/json")), ("data", data),
      ])
      return NewEvent(
        id: id, type: type, subject: subject, contentType: "application/cloudevents+json",
        body: Array(body.utf8),
        dedupeKey: DedupeKey.join(kind.rawValue, run.id.description, endpoint),
        channel: .webhook, target: endpoint)
    }
  }
}

extension TenantRun {
  var notices: RunNotices { RunNotices(run: self) }
}

package import Expressions
package import Rules
import Postgres
package import Store

/// What became of an incoming event.
package struct EventAnswer: Sendable, Hashable {
  /// A JSON object, the same for every repeat of the event.
  package var json: String

  /// Whether the event had come before, and nothing was done again.
  package var isRepeat: Bool
}

extension Engine {
  /// Looks at the one thing that an event is about, by every rule of `rules`, and writes what
  /// follows as a run does.
  ///
  /// Source and id make an event unique: a repeat changes nothing and is answered as the first was.
  package func take(
    _ event: IncomingEvent, about key: String, rules: [Rule], at now: Instant,
    for tenant: Tenant
  ) async throws -> EventAnswer {
    var request = RunRequest(
      name: "event \(event.type)", rules: rules, nominal: now, requestedBy: "event")
    request.entityKey = key
    let run = tenantRun(request, tenant)
    let report = try await attempt(run) { run in
      let store = EventStore(connection: run.connection, tenant: tenant.key)
      // Events of a tenant take turns from here on, so that a repeat waits for the first.
      try await RunStore(connection: run.connection, tenant: tenant.key).lockTenant()
      if try await store.answer(to: event) != nil { return nil }
      let report = try await run.perform()
      try await store.add(event, answer: report.eventAnswer(to: event, about: key))
      return report
    }
    let answer = try await TenantSession.inTenant(tenant.key, on: run.connection) { connection in
      try await EventStore(connection: connection, tenant: tenant.key).answer(to: event)
    }
    guard let answer else { preconditionFailure("the answer has just been written or read") }
    return EventAnswer(json: answer, isRepeat: report == nil)
  }
}

extension TenantReport {
  fileprivate func eventAnswer(to event: IncomingEvent, about key: String) -> String {
    let rules = rules.map { rule in
      let counts = rule.counts
      let numbers = [
        ("in_scope", counts.inScope), ("matched", counts.matched), ("opened", counts.opened),
        ("resolved", counts.resolved), ("tasks", counts.tasks), ("emails", counts.emails),
        ("webhooks", counts.webhooks), ("updates", counts.updates), ("held", counts.held),
        ("errors", counts.errors),
      ]
      return ValueJSON.object(
        [("rule", ValueJSON.string(rule.rule))] + numbers.map { ($0.0, "\($0.1)") })
    }
    return ValueJSON.object([
      ("id", ValueJSON.string(event.id)), ("type", ValueJSON.string(event.type)),
      ("key", ValueJSON.string(key)), ("run", ValueJSON.string(runID.description)),
      ("rules", "[" + rules.joined(separator: ",") + "]"),
    ])
  }
}

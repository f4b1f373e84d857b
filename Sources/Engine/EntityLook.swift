import Evaluation
package import Expressions
import Planning
import Postgres
package import Rules
package import Store

/// What a run would see of one thing and do about it.
package struct EntityLook: Sendable {
  package var key: String
  package var label: String

  /// What the rule reads of the thing.
  package var inputs: [Input: Value]

  /// The alert that is kept for it, if one is.
  package var alert: StoredAlert?

  /// The rules whose open alert holds back this one's.
  package var suppressors: [String]

  /// Set where a run would leave the rule out, as a source has no fresh rows.
  package var stale: StaleSource?

  /// The actions of a run, in the rule's order, with their texts.
  package var actions: [ExpectedAction]

  /// One thing that a run would do.
  package struct ExpectedAction: Sendable, Hashable {
    package var kind: ActionRecord.Kind
    package var recipient: String?

    /// The task's title, the mail's subject, the endpoint, or the field and its value.
    package var text: String

    /// Why it cannot be done.
    package var failure: String?

    /// The limit that is used up already, `per_rule` for one, or `silence:ID`.
    package var heldBy: String?
  }
}

/// A thing that was searched for.
package struct FoundEntity: Sendable, Hashable {
  package var key: String
  package var label: String
  package var fit: Fit

  /// How it fits what was asked for.
  package enum Fit: String, Sendable, Hashable { case key, label, near, other }

  /// Creates a find.
  package init(key: String, label: String, fit: Fit) {
    self.key = key
    self.label = label
    self.fit = fit
  }
}

extension Engine {
  /// Things of one tenant by their key or name, best first, and a few others for comparison.
  package func find(
    _ name: String, of rule: Rule, for tenant: Tenant
  ) async throws -> [FoundEntity] {
    let now = Instant(microseconds: 0)
    let run = tenantRun(.looking(rule, at: now), tenant)
    return try await TenantSession.inTenant(
      tenant.key, zone: tenant.zone.identifier, on: run.connection
    ) { connection in
      try await connection.query(run.search(name, for: rule)).compactMap { row in
        row[2].flatMap(FoundEntity.Fit.init).map {
          FoundEntity(key: row[0] ?? "", label: row[1] ?? "", fit: $0)
        }
      }
    }
  }

  /// Looks at one thing as a run of the rule would, and writes nothing; `nil` if it is not there.
  package func look(
    at key: String, by rule: Rule, at now: Instant, for tenant: Tenant
  ) async throws -> EntityLook? {
    let run = tenantRun(.looking(rule, at: now), tenant)
    return try await TenantSession.inTenant(
      tenant.key, zone: tenant.zone.identifier, on: run.connection
    ) { _ in try await run.look(at: key, by: rule) }
  }
}

extension RunRequest {
  fileprivate static func looking(_ rule: Rule, at now: Instant) -> RunRequest {
    RunRequest(
      name: rule.name, rules: [rule], nominal: now, isDryRun: true, requestedBy: "explain")
  }
}

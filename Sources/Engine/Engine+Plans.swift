import Expressions
package import Planning
import Postgres
import SQLText
import Store

/// A query of a run, and what PostgreSQL says of it.
package struct ExplainedPlan: Sendable {
  package var plan: FetchPlan

  /// PostgreSQL's plan with its times, by line; empty unless it was asked for.
  package var analysis: [String]
}

extension Engine {
  /// The queries a run would send, one for each entity; nothing is written.
  ///
  /// `analyzing` runs each of them as a run would, and keeps PostgreSQL's account of it.
  package func explain(
    _ request: RunRequest, for tenant: Tenant, analyzing: Bool = false
  ) async throws -> [ExplainedPlan] {
    let run = tenantRun(request, tenant)
    return try await TenantSession.inTenant(
      tenant.key, zone: tenant.zone.identifier, on: run.connection
    ) { connection in
      try await connection.execute(script: "SET TRANSACTION READ ONLY")
      var explained: [ExplainedPlan] = []
      for plan in try await run.plans() {
        let lines = analyzing ? try await connection.query(plan.analysis) : []
        explained.append(ExplainedPlan(plan: plan, analysis: lines.compactMap { $0[0] }))
      }
      return explained
    }
  }
}

package import Engine
import HTTPTypes
package import Postgres
package import Rules

/// What the HTTP interface stands on.
package struct HTTPInterface: Sendable {
  package var pool: ConnectionPool

  /// The rules as they are now.
  package var ruleSet: @Sendable () -> RuleSet

  /// The rules of a job or the one rule of that name; `nil` if there is none.
  package var rules: @Sendable (_ job: String, RuleSet) -> [Rule]?

  /// An engine over a session that no one else uses meanwhile.
  package var engine: @Sendable (Connection, RuleSet) async throws -> Engine

  /// What a scheduler proves itself with: `CRON_SECRET`.
  package var schedulerSecret: String?
  package var metrics: Metrics

  let gauges = KeptGauges()

  /// How long a caller is kept waiting for a job.
  package var patience: Duration = .seconds(20)

  /// Creates an interface.
  package init(
    pool: ConnectionPool, ruleSet: @escaping @Sendable () -> RuleSet,
    rules: @escaping @Sendable (_ job: String, RuleSet) -> [Rule]?,
    engine: @escaping @Sendable (Connection, RuleSet) async throws -> Engine,
    schedulerSecret: String?, metrics: Metrics = Metrics()
  ) {
    self.pool = pool
    self.ruleSet = ruleSet
    self.rules = rules
    self.engine = engine
    self.schedulerSecret = schedulerSecret
    self.metrics = metrics
  }

  /// Every route, and the jobs that they start.
  func routes(_ jobs: JobRunner) -> [Route] {
    let routes =
      health + [jobs.process(.get), jobs.process(.post), jobs.poll] + runs + alerts
      + rulesRoutes + deliveries + endpoints + silences + held + events
    let document = OpenAPI.document(routes)
    return routes + [OpenAPI.route(document)]
  }
}

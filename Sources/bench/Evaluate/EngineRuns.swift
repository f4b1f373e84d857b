import Engine
import Expressions
import Planning
import Postgres
import Rules
import SQLText
import Store
import Templates

/// Runs of the real engine for every tenant, and what they took.
struct EngineRuns: Sendable {
  let rules: [Rule]
  private let engine: Engine

  /// Prepares runs of `rules` on a session.
  init(_ loaded: (catalog: Catalog, rules: [Rule]), on connection: Connection) {
    rules = loaded.rules
    engine = Engine(
      catalog: loaded.catalog, defaultZone: .utc, formats: TextFormats(), connection: connection,
      makeID: { UUIDv7(at: SampleBusiness.now) })
  }

  /// What the runs of all tenants took, in seconds, and found.
  struct Total: Sendable {
    var phases = TenantReport.Phases()
    var rows = 0

    /// From the first transaction's begin to the last one's end.
    var wall = 0.0

    /// What each rule did, by the rule's name.
    var counts: [String: RuleCounts] = [:]

    /// All that is neither planning, reading nor evaluating: locks, known alerts, writes, commits.
    var writing: Double { wall - phases.plan - phases.fetch - phases.evaluate }
    var opened: Int { counts.values.reduce(0) { $0 + $1.opened } }
  }

  /// Runs the rules once for every tenant, `days` after the sample business's time.
  func run(daysLater days: Int = 0) async throws -> Total {
    let request = request(daysLater: days)
    var total = Total()
    let clock = ContinuousClock()
    let start = clock.now
    for tenant in try await engine.tenants() {
      let report = try await engine.run(request, for: tenant)
      total.phases.add(report.phases)
      total.rows += report.rowsRead
      for rule in report.rules {
        total.counts[rule.rule, default: RuleCounts()].add(rule.counts)
      }
    }
    total.wall = (clock.now - start) / .seconds(1)
    return total
  }

  /// A script for psql that reads what the runs read, by the very same queries, to its output.
  func limitScript() async throws -> String {
    let request = request(daysLater: 0)
    var script = ""
    for tenant in try await engine.tenants() {
      for plan in try await engine.explain(request, for: tenant).map(\.plan) {
        let query = plan.query.inlined { "'" + $0.replacing("'", with: "''") + "'" }
        script += "SET TimeZone = '\(plan.zone.identifier)';\n"
        script += "COPY (\(query)) TO STDOUT (FORMAT binary);\n"
      }
    }
    return script
  }

  private func request(daysLater days: Int) -> RunRequest {
    let day: Int64 = 86_400_000_000
    return RunRequest(
      name: "bench", rules: rules,
      nominal: Instant(microseconds: SampleBusiness.now.microseconds + Int64(days) * day),
      requestedBy: "bench")
  }
}

extension TenantReport.Phases {
  fileprivate mutating func add(_ other: Self) {
    plan += other.plan
    fetch += other.fetch
    evaluate += other.evaluate
    write += other.write
  }
}

extension RuleCounts {
  fileprivate mutating func add(_ other: Self) {
    inScope += other.inScope
    matched += other.matched
    unknown += other.unknown
    errors += other.errors
    opened += other.opened
    tasks += other.tasks
    webhooks += other.webhooks
  }
}

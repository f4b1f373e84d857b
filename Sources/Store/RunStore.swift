package import Expressions
package import Postgres
import SQLText

/// Which bellwether this is.
package enum Release {
  package static let version = "0.1.0"
}

/// What one run of one rule did.
package struct RuleCounts: Sendable, Hashable {
  package var inScope = 0
  package var matched = 0

  /// Rows whose condition could not be decided because an input was missing.
  package var unknown = 0

  /// Rows whose evaluation failed.
  package var errors = 0
  package var opened = 0
  package var resolved = 0

  /// Matches that another rule's open alert holds back.
  package var suppressed = 0

  /// Open alerts that acted again because it was time to.
  package var reminded = 0
  package var tasks = 0
  package var emails = 0
  package var webhooks = 0

  /// Fields that an update really changed.
  package var updates = 0

  /// Actions that a limit holds back.
  package var held = 0

  /// Actions that a silence kept from being sent, or that a rule on trial would have taken.
  package var skipped = 0

  /// Mails that wait for a digest.
  package var digested = 0

  /// Alerts that a run for a later time has checked already, and that stay as they are.
  package var ahead = 0

  /// Starts at nothing.
  package init() {}
}

/// A run's record.
package struct RunRecord: Sendable {
  package var id: UUIDv7

  /// What was asked for: `triggers`, or rule names.
  package var ruleSet: String
  package var nominal: Instant
  package var startedAt: Instant
  package var requestedBy: String
  package var rowsRead: Int

  /// Seconds by phase, as a JSON object.
  package var phases: String
  package var rules: [Rule]

  /// What the run did for one rule.
  package struct Rule: Sendable {
    package var name: String
    package var conditionHash: String
    package var counts: RuleCounts

    /// Why the rule was left out.
    package var skipped: String?

    /// `key: reason` of the first records that failed.
    package var problems: [String]

    /// Creates a rule's part.
    package init(
      name: String, conditionHash: String, counts: RuleCounts, skipped: String? = nil,
      problems: [String] = []
    ) {
      self.problems = problems
      self.name = name
      self.conditionHash = conditionHash
      self.counts = counts
      self.skipped = skipped
    }
  }

  /// Creates a record.
  package init(
    id: UUIDv7, ruleSet: String, nominal: Instant, startedAt: Instant, requestedBy: String,
    rowsRead: Int, phases: String, rules: [Rule]
  ) {
    self.id = id
    self.ruleSet = ruleSet
    self.nominal = nominal
    self.startedAt = startedAt
    self.requestedBy = requestedBy
    self.rowsRead = rowsRead
    self.phases = phases
    self.rules = rules
  }
}

/// The ledger of runs, inside a tenant's transaction.
package struct RunStore: Sendable {
  let connection: Connection
  let tenant: String

  /// Creates a store over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String) {
    self.connection = connection
    self.tenant = tenant
  }

  /// Waits until no other run of the tenant is under way; the lock ends with the transaction.
  package func lockTenant() async throws(PostgresError) {
    _ = try await connection.query(
      """
      INSERT INTO bellwether.tenant_work (tenant_id, kind, next_due)
      VALUES (\(bind: tenant), 'run', 'infinity')
      ON CONFLICT (tenant_id, kind) DO NOTHING
      """)
    _ = try await connection.query(
      """
      SELECT 1 FROM bellwether.tenant_work
      WHERE tenant_id = \(bind: tenant) AND kind = 'run' FOR UPDATE
      """)
  }

  /// Writes a finished run.
  package func record(_ run: RunRecord) async throws(PostgresError) {
    _ = try await connection.query(
      """
      INSERT INTO bellwether.run (tenant_id, id, rule_set, nominal, started_at, finished_at,
        outcome, requested_by, rows_read, phases, bellwether_version)
      VALUES (\(bind: tenant), \(bind: run.id.description)::uuid, \(bind: run.ruleSet),
        \(bind: run.nominal.iso8601)::timestamptz, \(bind: run.startedAt.iso8601)::timestamptz,
        clock_timestamp(), 'finished', \(bind: run.requestedBy), \(bind: run.rowsRead),
        \(bind: run.phases)::jsonb, \(bind: Release.version))
      """)
    var rows = CopyBuffer(columnCount: 20)
    for rule in run.rules {
      let counts = rule.counts
      rows.beginRow()
      rows.append(tenant)
      rows.append(uuid: run.id.words)
      rows.append(rule.name)
      rows.append(rule.conditionHash)
      for count in [
        counts.inScope, counts.matched, counts.unknown, counts.errors, counts.opened,
        counts.resolved, counts.tasks, counts.emails, counts.webhooks, counts.updates, counts.held,
        counts.skipped, counts.digested, counts.suppressed, counts.reminded,
      ] {
        rows.append(Int64(count))
      }
      rows.append(rule.skipped)
    }
    let staging = StagingTable(
      "rule_run_new",
      columns: """
        tenant_id text, run_id uuid, rule text, condition_hash text, in_scope bigint,
        matched bigint, unknown bigint, errors bigint, opened bigint, resolved bigint,
        tasks bigint, emails bigint, webhooks bigint, updates bigint, held bigint,
        skipped bigint, digested bigint, suppressed bigint, reminded bigint, skip_reason text
        """)
    try await staging.fill(rows, on: connection)
    try await connection.execute(
      """
      INSERT INTO bellwether.rule_run (tenant_id, run_id, rule, condition_hash, in_scope, matched,
        unknown, errors, opened, resolved, tasks, emails, webhooks, updates, held, skipped,
        digested, suppressed, reminded, skip_reason)
      SELECT * FROM \(staging.name)
      """)
    for rule in run.rules where !rule.problems.isEmpty {
      try await connection.execute(
        """
        UPDATE bellwether.rule_run SET problems = to_jsonb(\(bind: rule.problems)::text[])
        WHERE tenant_id = \(bind: tenant) AND run_id = \(bind: run.id.description)::uuid
          AND rule = \(bind: rule.name)
        """)
    }
  }

  /// Writes a run that failed, with its reason.
  package func recordFailure(
    id: UUIDv7, ruleSet: String, nominal: Instant, requestedBy: String, reason: String
  ) async throws(PostgresError) {
    _ = try await connection.query(
      """
      INSERT INTO bellwether.run (tenant_id, id, rule_set, nominal, started_at, finished_at,
        outcome, requested_by, error, bellwether_version)
      VALUES (\(bind: tenant), \(bind: id.description)::uuid, \(bind: ruleSet),
        \(bind: nominal.iso8601)::timestamptz, clock_timestamp(), clock_timestamp(), 'failed',
        \(bind: requestedBy), \(bind: reason), \(bind: Release.version))
      """)
  }
}

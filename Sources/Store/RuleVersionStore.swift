package import Postgres
package import Rules
import SQLText

/// The texts of rules that ran, inside a tenant's transaction.
package struct RuleVersionStore: Sendable {
  private let connection: Connection
  private let tenant: String

  /// Creates a store over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String) {
    self.connection = connection
    self.tenant = tenant
  }

  /// Keeps the texts that are new, and notes with a run which versions it ran.
  package func record(_ rules: [Rule], of run: UUIDv7) async throws(PostgresError) {
    let versions = rules.map(\.version)
    let names = rules.map(\.name)
    let known = try await connection.query(
      """
      SELECT rule, version FROM bellwether.rule_version
      JOIN unnest(\(bind: names)::text[], \(bind: versions)::text[]) AS asked (rule, version)
        USING (rule, version)
      WHERE tenant_id = \(bind: tenant)
      """)
    let isKnown = Set(known.map { "\($0[0] ?? "") \($0[1] ?? "")" })
    let new = zip(rules, versions).filter { !isKnown.contains("\($0.name) \($1)") }
    if !new.isEmpty {
      try await connection.execute(
        """
        INSERT INTO bellwether.rule_version (tenant_id, rule, version, path, source, first_run_at)
        SELECT \(bind: tenant), rule, version, path, source, now()
        FROM unnest(\(bind: new.map(\.0.name))::text[], \(bind: new.map(\.1))::text[],
          \(bind: new.map(\.0.path))::text[],
          \(bind: new.map { $0.0.sourceText.replacing("\0", with: "") })::text[]
        ) AS new (rule, version, path, source)
        ON CONFLICT DO NOTHING
        """)
    }
    try await connection.execute(
      """
      UPDATE bellwether.rule_run SET version = ran.version
      FROM unnest(\(bind: names)::text[], \(bind: versions)::text[]) AS ran (rule, version)
      WHERE tenant_id = \(bind: tenant) AND run_id = \(bind: run.description)::uuid
        AND rule_run.rule = ran.rule
      """)
  }

  /// The text of a version; `nil` if it never ran here.
  package func source(of rule: String, version: String) async throws(PostgresError) -> String? {
    try await connection.query(
      """
      SELECT source FROM bellwether.rule_version
      WHERE tenant_id = \(bind: tenant) AND rule = \(bind: rule) AND version = \(bind: version)
      """
    ).first?[0]
  }
}

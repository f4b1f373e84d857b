package import Expressions
package import Postgres
import SQLText

/// A token of the HTTP interface, as the table holds it: without its secret.
package struct StoredToken: Sendable, Hashable {
  package var id: String
  package var name: String
  package var createdBy: String
  package var createdAt: Instant
  package var lastUsedAt: Instant?
  package var revokedAt: Instant?
}

/// The tokens of the HTTP interface, inside a tenant's transaction.
package struct TokenStore: Sendable {
  private let connection: Connection
  private let tenant: String

  /// Creates a store over a session whose transaction belongs to `tenant`.
  package init(connection: Connection, tenant: String) {
    self.connection = connection
    self.tenant = tenant
  }

  /// Keeps a token; `digest` is the hexadecimal SHA-256 of its secret.
  package func add(
    id: String, name: String, digest: String, by creator: String
  ) async throws(PostgresError) {
    try await connection.execute(
      """
      INSERT INTO bellwether.api_token (tenant_id, id, name, secret_digest, created_by)
      VALUES (\(bind: tenant), \(bind: id), \(bind: name), decode(\(bind: digest), 'hex'),
        \(bind: creator))
      """)
  }

  /// The name of a token that is not revoked and whose digest fits; its use is noted to the minute.
  package func use(_ id: String, _ fits: (String) -> Bool) async throws(PostgresError) -> String? {
    let rows = try await connection.query(
      """
      SELECT name, encode(secret_digest, 'hex'),
        coalesce(last_used_at < now() - interval '1 minute', true)
      FROM bellwether.api_token
      WHERE tenant_id = \(bind: tenant) AND id = \(bind: id) AND revoked_at IS NULL
      """)
    guard let row = rows.first, let name = row[0], let digest = row[1], fits(digest) else {
      return nil
    }
    if row[2] == "t" {
      try await connection.execute(
        """
        UPDATE bellwether.api_token SET last_used_at = now()
        WHERE tenant_id = \(bind: tenant) AND id = \(bind: id)
        """)
    }
    return name
  }

  /// Every token, newest first.
  package func all() async throws(PostgresError) -> [StoredToken] {
    try await connection.query(
      """
      SELECT id, name, created_by, (extract(epoch FROM created_at) * 1000000)::bigint,
        (extract(epoch FROM last_used_at) * 1000000)::bigint,
        (extract(epoch FROM revoked_at) * 1000000)::bigint
      FROM bellwether.api_token WHERE tenant_id = \(bind: tenant) ORDER BY created_at DESC, id
      """
    ).map { row in
      let times = row[3...].map { $0.flatMap(Int64.init).map(Instant.init(microseconds:)) }
      return StoredToken(
        id: row[0] ?? "", name: row[1] ?? "", createdBy: row[2] ?? "",
        createdAt: times[0] ?? Instant(microseconds: 0), lastUsedAt: times[1], revokedAt: times[2])
    }
  }

  /// Ends a token for good; says whether there was one to end.
  package func revoke(_ id: String) async throws(PostgresError) -> Bool {
    try await connection.execute(
      """
      UPDATE bellwether.api_token SET revoked_at = now()
      WHERE tenant_id = \(bind: tenant) AND id = \(bind: id) AND revoked_at IS NULL
      """) > 0
  }
}

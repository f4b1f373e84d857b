package import Postgres

/// The only ways into a tenant's rows.
package enum TenantSession {
  /// Runs `body` in a transaction that sees the rows of one tenant, and in its time zone.
  ///
  /// Row-level security compares `tenantID` with each row's. `zone` is an IANA name and decides
  /// what casts between dates and times mean. Both end with the transaction. One that is not
  /// `isDurable` commits without waiting for the disk: a crash of the server may undo it, with all
  /// that came after it and nothing that a durable one has committed since.
  @discardableResult
  package static func inTenant<Result: Sendable>(
    _ tenantID: String, zone: String = "UTC", isDurable: Bool = true, on connection: Connection,
    _ body: (Connection) async throws -> Result
  ) async throws -> Result {
    // Literals, because SET takes no parameters and set_config() stays on one server.
    let tenant = try await connection.quoted(tenantID)
    let quotedZone = try await connection.quoted(zone)
    let script =
      "SET LOCAL bellwether.tenant_id = \(tenant); SET LOCAL TimeZone = \(quotedZone)"
      + (isDurable ? "" : "; SET LOCAL synchronous_commit = off")
    return try await connection.transaction(beginningWith: script, body)
  }

  /// Runs `body`, and runs it again after a short random wait when it met a conflict.
  ///
  /// For whole transactions that may be repeated: `body` must have no effect outside the database
  /// that a repeat would do twice. The last conflict is thrown.
  @discardableResult
  package static func retryingConflicts<Result: Sendable>(
    atMost attempts: Int = 8, _ body: () async throws -> Result
  ) async throws -> Result {
    for attempt in 1..<max(2, attempts) {
      do {
        return try await body()
      } catch let error as PostgresError where error.kind == .conflict && attempts > 1 {
        let longest = min(10 << attempt, 1000)
        try await Task.sleep(for: .milliseconds(Int.random(in: 1...longest)))
      }
    }
    return try await body()
  }
}

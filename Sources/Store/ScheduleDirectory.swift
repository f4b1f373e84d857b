package import Expressions
package import Postgres
import SQLText

/// The lines of the work directory that say when each tenant's schedules are next due.
///
/// Every call is a transaction of its own. The line is a hint and a lease; what ran is decided by the
/// ledger of nominal times.
package struct ScheduleDirectory: Sendable {
  private let connection: Connection

  /// Creates a directory over a session which no one else uses meanwhile.
  package init(connection: Connection) { self.connection = connection }

  /// Has every one of these tenants looked at soon.
  package func wake(_ tenants: [String]) async throws {
    try await TenantSession.retryingConflicts {
      _ = try await connection.execute(
        """
        INSERT INTO bellwether.tenant_work (tenant_id, kind, next_due)
        SELECT tenant_id, 'schedule', now()
        FROM unnest(\(bind: tenants.sorted())::text[]) AS tenant (tenant_id)
        ON CONFLICT (tenant_id, kind) DO UPDATE
        SET next_due = LEAST(tenant_work.next_due, now())
        """)
    }
  }

  /// Leases the tenant that has been due for longest, if any is.
  package func lease(token: UUIDv7, for lease: Duration) async throws -> TenantLease? {
    let rows = try await TenantSession.retryingConflicts {
      try await connection.query(
        """
        UPDATE bellwether.tenant_work AS work
        SET lease_token = \(bind: token.description)::uuid,
          leased_until = now() + \(bind: lease.milliseconds)::bigint * interval '1 millisecond'
        FROM (
          SELECT tenant_id FROM bellwether.tenant_work
          WHERE kind = 'schedule' AND next_due <= now()
            AND (leased_until IS NULL OR leased_until <= now())
          ORDER BY GREATEST(next_due, leased_until)
          LIMIT 1
          FOR UPDATE SKIP LOCKED
        ) AS due
        WHERE work.tenant_id = due.tenant_id AND work.kind = 'schedule'
        RETURNING work.tenant_id
        """)
    }
    return rows.first?.first.flatMap { $0 }.map { TenantLease(tenant: $0, token: token) }
  }

  /// Lengthens a lease; `false` when another has taken it over.
  package func renew(_ lease: TenantLease, for length: Duration) async throws -> Bool {
    let count = try await TenantSession.retryingConflicts {
      try await connection.execute(
        """
        UPDATE bellwether.tenant_work
        SET leased_until = now() + \(bind: length.milliseconds)::bigint * interval '1 millisecond'
        WHERE tenant_id = \(bind: lease.tenant) AND kind = 'schedule'
          AND lease_token = \(bind: lease.token.description)::uuid
        """)
    }
    return count > 0
  }

  /// Ends a lease and says when the tenant is next due, or never.
  ///
  /// A wake that came meanwhile, later than `lookedAt`, is kept.
  package func release(
    _ lease: TenantLease, nextDue: Instant?, lookedAt: Instant
  ) async throws {
    try await TenantSession.retryingConflicts {
      _ = try await connection.execute(
        """
        UPDATE bellwether.tenant_work
        SET next_due = CASE WHEN next_due > \(bind: lookedAt.iso8601)::timestamptz THEN next_due
            ELSE coalesce(\(bind: nextDue?.iso8601)::timestamptz, 'infinity') END,
          lease_token = NULL, leased_until = now()
        WHERE tenant_id = \(bind: lease.tenant) AND kind = 'schedule'
          AND lease_token = \(bind: lease.token.description)::uuid
        """)
    }
  }
}

extension Duration {
  fileprivate var milliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}

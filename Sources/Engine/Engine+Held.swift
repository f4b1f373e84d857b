package import Expressions
import Postgres
package import Rules
package import Store

extension Engine {
  /// What is held back for a tenant, by rule and reason.
  package func heldSummaries(
    of rule: String?, for tenant: Tenant
  ) async throws -> [HeldSummary] {
    try await inTenant(tenant) { connection in
      try await ActionStore(connection: connection, tenant: tenant.key).heldSummaries(of: rule)
    }
  }

  /// Held actions one by one, most severe first.
  package func heldActions(
    of rule: String?, atMost count: Int, for tenant: Tenant
  ) async throws -> [HeldAction] {
    try await inTenant(tenant) { connection in
      try await ActionStore(connection: connection, tenant: tenant.key)
        .heldActions(of: rule, atMost: count)
    }
  }

  /// Carries out what `max_matches` held of the rules, all or nothing, in the order of the rules.
  ///
  /// `count` limits the alerts of each rule whose actions are released, the most severe first.
  /// Other limits go by the windows that `now` falls into.
  package func release(
    _ rules: [Rule], atMost count: Int? = nil, at now: Instant, requestedBy: String,
    for tenant: Tenant
  ) async throws -> [ReleaseReport] {
    let request = RunRequest(
      name: "held release \(rules.map(\.name).joined(separator: " "))", rules: rules,
      nominal: now, requestedBy: requestedBy)
    let run = tenantRun(request, tenant)
    return try await TenantSession.retryingConflicts {
      try await TenantSession.inTenant(
        tenant.key, zone: tenant.zone.identifier, on: run.connection
      ) { _ in try await run.release(rules, atMost: count) }
    }
  }

  /// Drops what is held of rules, for whatever reason it is held; returns how many by rule.
  package func discard(
    _ rules: [String], reason: String?, by author: String, for tenant: Tenant
  ) async throws -> [String: Int] {
    let words = "discarded by \(author)" + (reason.map { ": \($0)" } ?? "")
    return try await inTenant(tenant) { connection in
      try await RunStore(connection: connection, tenant: tenant.key).lockTenant()
      return try await ActionStore(connection: connection, tenant: tenant.key)
        .discard(rules: rules, reason: words)
    }
  }
}

// MARK: - Silences

extension Engine {
  /// Begins a silence for a tenant.
  package func add(_ silence: Silence, for tenant: Tenant) async throws {
    try await inTenant(tenant) { connection in
      try await SilenceStore(connection: connection, tenant: tenant.key).add(silence)
    }
  }

  /// A tenant's silences that end after `time`, oldest first.
  package func silences(
    endingAfter time: Instant?, for tenant: Tenant
  ) async throws -> [SilenceRecord] {
    try await inTenant(tenant) { connection in
      try await SilenceStore(connection: connection, tenant: tenant.key).list(endingAfter: time)
    }
  }

  /// What a silence kept from being sent, most severe first.
  package func silenced(
    by silence: String, atMost count: Int, for tenant: Tenant
  ) async throws -> [HeldAction] {
    try await inTenant(tenant) { connection in
      try await ActionStore(connection: connection, tenant: tenant.key)
        .silenced(by: silence, atMost: count)
    }
  }

  /// Ends a tenant's silence; `false` if it is over or was never there.
  package func expireSilence(_ id: String, at now: Instant, for tenant: Tenant) async throws -> Bool
  {
    try await inTenant(tenant) { connection in
      try await SilenceStore(connection: connection, tenant: tenant.key).expire(id, at: now)
    }
  }

  private func inTenant<Result: Sendable>(
    _ tenant: Tenant, _ body: (Connection) async throws -> Result
  ) async throws -> Result {
    try await TenantSession.retryingConflicts {
      try await TenantSession.inTenant(
        tenant.key, zone: tenant.zone.identifier, on: connection, body)
    }
  }
}

package import Expressions
import Logging
import Planning
package import Postgres
package import Rules
package import Store
package import Templates

/// Runs rules, one transaction a tenant.
package struct Engine: Sendable {
  private let catalog: Catalog
  private let defaultZone: Zone
  private let formats: TextFormats
  private let tenantFormats: [String: TextFormats]
  private let tenantLimits: TenantLimits
  let connection: Connection
  let makeID: @Sendable () -> UUIDv7
  private let observers: [any RunObserver]
  private let listeners: [OperatorEvent: [String]]
  private let logger = Logger(label: "engine")

  /// Creates an engine over one session; `makeID` makes ids that grow with time, and `observers`
  /// and the endpoints that `listeners` names are told how runs end.
  ///
  /// Texts show numbers and dates by `formats`, or by those of `tenantFormats` for the tenant's
  /// slug.
  package init(
    catalog: Catalog, defaultZone: Zone, formats: TextFormats,
    tenantFormats: [String: TextFormats] = [:], tenantLimits: TenantLimits = TenantLimits(),
    connection: Connection, makeID: @escaping @Sendable () -> UUIDv7,
    observers: [any RunObserver] = [], listeners: [OperatorEvent: [String]] = [:]
  ) {
    self.catalog = catalog
    self.defaultZone = defaultZone
    self.formats = formats
    self.tenantFormats = tenantFormats
    self.tenantLimits = tenantLimits
    self.connection = connection
    self.makeID = makeID
    self.observers = observers
    self.listeners = listeners
  }

  /// Every tenant of the database, by slug.
  package func tenants() async throws -> [Tenant] {
    guard let listing = catalog.tenants.listing else {
      return [Tenant(key: "default", slug: "default", name: "default", zone: defaultZone)]
    }
    return try await connection.query(listing).map { row in
      let slug = row[1] ?? ""
      var zone = defaultZone
      if let name = row[3] {
        guard let own = Zone(identifier: name) else {
          throw EngineError.unknownZone(name, tenant: slug)
        }
        zone = own
      }
      return Tenant(key: row[0] ?? "", slug: slug, name: row[2] ?? slug, zone: zone)
    }
  }

  /// Runs the request for one tenant, all or nothing.
  ///
  /// After a conflict with another transaction it runs again, since nothing was written.
  package func run(_ request: RunRequest, for tenant: Tenant) async throws -> TenantReport {
    let report = try await attempt(tenantRun(request, tenant)) { try await $0.perform() }
    guard let report else { preconditionFailure("a run that was performed has a report") }
    return report
  }

  /// Does `body` in the tenant's transaction, and keeps and tells how it ended; a body that returns
  /// `nil` had nothing to run.
  func attempt(
    _ run: TenantRun, _ body: @Sendable (TenantRun) async throws -> TenantReport?
  ) async throws -> TenantReport? {
    let (request, tenant) = (run.request, run.tenant)
    logger.info("[\(request.name)] Starting for \(tenant.slug)")
    let start = ContinuousClock().now
    do {
      let report = try await TenantSession.retryingConflicts {
        try await TenantSession.inTenant(
          tenant.key, zone: tenant.zone.identifier, on: connection
        ) { _ in try await body(run) }
      }
      guard let report else { return nil }
      logger.info("[\(request.name)] Complete for \(tenant.slug): \(report.words(since: start))")
      await tell(.success(report), of: run, since: start)
      return report
    } catch EngineError.alreadyDecided {
      throw EngineError.alreadyDecided
    } catch {
      logger.error("[\(request.name)] Failed for \(tenant.slug)")
      if !request.isDryRun { await recordFailure(error, of: run) }
      await tell(.failure(error), of: run, since: start)
      throw error
    }
  }

  private func tell(
    _ outcome: Result<TenantReport, any Error>, of run: TenantRun,
    since start: ContinuousClock.Instant
  ) async {
    guard !run.request.isDryRun else { return }
    let ended = EndedRun(
      id: run.id, job: run.request.name, tenant: run.tenant, nominal: run.request.nominal,
      seconds: (ContinuousClock().now - start) / .seconds(1), outcome: outcome)
    for observer in observers { await observer.runEnded(ended) }
  }

  func tenantRun(_ request: RunRequest, _ tenant: Tenant) -> TenantRun {
    TenantRun(
      request: request, tenant: tenant, catalog: catalog, formats: formats(of: tenant),
      tenantLimits: tenantLimits, connection: connection, listeners: listeners, id: makeID(),
      makeID: makeID)
  }

  /// How texts for a tenant show numbers and dates.
  func formats(of tenant: Tenant) -> TextFormats { tenantFormats[tenant.slug] ?? formats }

  /// Keeps the failure in the ledger of runs, if the database still takes it.
  private func recordFailure(_ failure: any Error, of run: TenantRun) async {
    do {
      try await TenantSession.inTenant(
        run.tenant.key, zone: run.tenant.zone.identifier, on: connection
      ) { connection in
        try await RunStore(connection: connection, tenant: run.tenant.key).recordFailure(
          id: run.id, ruleSet: run.request.name, nominal: run.request.nominal,
          requestedBy: run.request.requestedBy, reason: "\(failure)")
        _ = try await OutboxStore.enqueue(
          run.notices.failed("\(failure)"), tenant: run.tenant.key, on: connection)
      }
    } catch {
      logger.error("the failed run could not be recorded")
    }
  }
}

extension TenantReport {
  /// `1200 total, 1180 processed, 3 errors, 0.41 s`: rows read, those that a rule looked at, and
  /// those that failed.
  fileprivate func words(since start: ContinuousClock.Instant) -> String {
    let seconds = (ContinuousClock.now - start).seconds.decimalText(places: 2)
    let processed = rules.reduce(0) { $0 + $1.counts.inScope }
    let errors = rules.reduce(0) { $0 + $1.counts.errors }
    return "\(rowsRead) total, \(processed) processed, \(errors) errors, \(seconds) s"
  }
}

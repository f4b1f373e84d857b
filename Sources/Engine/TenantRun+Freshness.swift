package import Expressions
import Planning
import Postgres
package import Rules
import Store

/// A source whose rows are too old for a rule.
package struct StaleSource: Sendable, Hashable {
  /// What the rule asks for.
  package var needed: Freshness

  /// When the newest rows arrived; `nil` if there are none.
  package var loadedAt: Instant?

  /// Whether this run told the rule's owner.
  package var isOwnerTold = false

  /// Creates a finding.
  package init(needed: Freshness, loadedAt: Instant?) {
    self.needed = needed
    self.loadedAt = loadedAt
  }

  /// What is wrong, as the end of a sentence.
  package func words(in zone: Zone) -> String {
    let need = "rows of \(needed.source) within \(needed.within) are needed"
    guard let loadedAt else { return "\(need), and there are none" }
    return "\(need), and the newest arrived \(zone.minute(loadedAt))"
  }
}

extension Zone {
  /// `2026-03-01 12:00`, on the wall clock.
  fileprivate func minute(_ instant: Instant) -> String {
    let minutes = (wallClock(instant) - wallClock(startOfDay(instant))) / 60_000_000
    let parts = [minutes / 60, minutes % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
    return "\(date(instant).iso8601) \(parts.joined(separator: ":"))"
  }
}

extension TenantRun {
  /// The rules whose source has no fresh rows: they are left out of the run.
  ///
  /// Each source is asked once, for all rules.
  func staleSources(of rules: [Rule]) async throws -> [String: StaleSource] {
    let needs = rules.compactMap(\.needsFresh)
    var loadedAt: [String: Instant] = [:]
    for name in Set(needs.map(\.source)).sorted() {
      loadedAt[name] = try await self.loadedAt(name)
    }
    return rules.reduce(into: [:]) { stale, rule in
      guard let need = rule.needsFresh,
        !need.isMet(by: loadedAt[need.source], at: request.nominal, in: tenant.zone)
      else { return }
      stale[rule.name] = StaleSource(needed: need, loadedAt: loadedAt[need.source])
    }
  }

  private func loadedAt(_ name: String) async throws -> Instant? {
    guard let source = catalog.sources[name],
      let asked = LoadedAtQuery(source, tenant: tenantKey)
    else { preconditionFailure("a checked rule's source says when its rows arrived") }
    return try await connection.copyOut(asked.query, into: nil) { (time: inout Instant?, bytes) in
      var row = CopyRow(bytes)
      time = row.unixMicroseconds().map { Instant(microseconds: $0) }
    }
  }

  /// Keeps what was found, and tells the owners of the rules for which a stale spell begins; returns
  /// those rules.
  func tellOwners(
    of rules: [Rule], stale: [String: StaleSource]
  ) async throws -> Set<String> {
    let live = rules.filter { $0.mode == .live }
    let store = FreshnessStore(connection: connection, tenant: tenant.key)
    let begun = try await store.record(
      live.compactMap { rule in
        rule.needsFresh.map {
          .init(rule: rule.name, source: $0.source, isFresh: stale[rule.name] == nil)
        }
      }, at: request.nominal)
    let notices = live.compactMap { rule -> OwnerNotice? in
      guard begun.contains(rule.name), let found = stale[rule.name] else { return nil }
      return OwnerNotice(
        rule: rule, occasion: "stale \(request.nominal.iso8601)", type: "dev.bellwether.rule.stale",
        subject: "\(rule.title) is waiting for new rows of \(found.needed.source)",
        text: """
          The rule "\(rule.title)" (\(rule.name)) was left out of a run for \(tenant.name):
          \(found.words(in: tenant.zone)).

          Until newer rows arrive, none of its alerts opens or closes. It goes on by itself then,
          and this is said once.

          """)
    }
    let events = notices.compactMap { $0.event(id: makeID()) }
    _ = try await OutboxStore.enqueue(events, tenant: tenant.key, on: connection)
    return begun.intersection(live.filter { $0.ownerAddress != nil }.map(\.name))
  }

  /// The tenant's key, where the catalog knows tenants.
  private var tenantKey: String? {
    if case .none = catalog.tenants { nil } else { tenant.key }
  }
}

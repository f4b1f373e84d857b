package import Expressions
package import Store

/// Somebody who is told how runs end: figures, an error tracker.
///
/// Dry runs are not told of. What an observer does cannot change a run; it should be quick.
package protocol RunObserver: Sendable {
  func runEnded(_ run: EndedRun) async
}

/// A run that is over and whose transaction has ended.
package struct EndedRun: Sendable {
  package var id: UUIDv7

  /// What was asked for, as the run's record shows it.
  package var job: String
  package var tenant: Tenant
  package var nominal: Instant

  /// Wall-clock seconds.
  package var seconds: Double
  package var outcome: Result<TenantReport, any Error>
}

import Postgres

extension OutboxStore {
  /// The tenant whose rows the lanes' buckets are: an endpoint counts its calls, whoever they are
  /// for, and a bucket says nothing of anybody's data.
  private static var everyone: String { "*" }

  /// Takes tokens for the lanes that have a rate, and leaves lanes without one out of the claim.
  ///
  /// The buckets stay locked until the transaction ends, always in one order.
  static func takeTokens(
    _ grants: inout ClaimGrants, _ terms: ClaimTerms, ofTenant tenant: String,
    on connection: Connection
  ) async throws {
    var asked: [(lane: DeliveryLane, count: Int, bucket: TokenBucket)] = []
    for (lane, count) in grants.counts.sorted(by: { $0.key.text < $1.key.text }) {
      if let bucket = terms.rate(lane) { asked.append((lane, count, bucket)) }
    }
    guard !asked.isEmpty else { return }
    let store = try await enter(everyone, on: connection)
    for (lane, count, bucket) in asked {
      let grant = try await store.take(count, fromBucket: lane.text, bucket)
      grants.take(grant.count, from: lane, pause: bucket.wait(for: 1, at: grant.level))
    }
    _ = try await enter(tenant, on: connection)
  }

  /// Returns tokens that ``takeTokens(_:_:ofTenant:on:)`` took in the same transaction.
  static func giveBack(
    _ tokens: [DeliveryLane: Int], ofTenant tenant: String, on connection: Connection
  ) async throws {
    guard !tokens.isEmpty else { return }
    let store = try await enter(everyone, on: connection)
    for (lane, count) in tokens { try await store.giveBack(count, toBucket: lane.text) }
    _ = try await enter(tenant, on: connection)
  }

  /// Goes on as another tenant in the transaction under way.
  private static func enter(_ tenant: String, on connection: Connection) async throws -> LimitStore
  {
    let quoted = try await connection.quoted(tenant)
    try await connection.execute(script: "SET LOCAL bellwether.tenant_id = \(quoted)")
    return LimitStore(connection: connection, tenant: tenant)
  }
}

import Foundation
import HTTPTypes
import Postgres
import Store

/// Decides who may come in, and how often.
struct Gate: Sendable {
  private let pool: ConnectionPool
  private let schedulerSecret: String?
  private let limiter: RequestLimiter

  /// Wrong tokens by the address they come from.
  private let failures: RequestLimiter

  /// A secret that is shorter could be guessed.
  static let shortestSecret = 16

  /// Creates a gate; without a secret of a good length no scheduler is let in.
  init(
    pool: ConnectionPool, schedulerSecret: String?, limiter: RequestLimiter,
    failures: RequestLimiter
  ) {
    self.pool = pool
    self.schedulerSecret = schedulerSecret.flatMap {
      $0.utf8.count >= Self.shortestSecret ? $0 : nil
    }
    self.limiter = limiter
    self.failures = failures
  }

  /// Lets a request in that comes from an address, or throws the problem that keeps it out.
  func admit(
    _ access: Route.Access, authorization: String?, from source: String
  ) async throws -> Caller? {
    switch access {
    case .everyone:
      return nil
    case .scheduler:
      guard let schedulerSecret else {
        throw Self.refusal("the server was started without a CRON_SECRET of 16 bytes or more")
      }
      try checkFailures(of: source)
      guard let given = Self.bearer(authorization),
        ConstantTime.isEqual(given, schedulerSecret)
      else {
        throw refusal(of: source, "send Authorization: Bearer and the server's CRON_SECRET")
      }
      try limit("scheduler")
      return nil
    case .tenant:
      let caller = try await caller(authorization, from: source)
      try limit(caller.tokenID)
      return caller
    }
  }

  private func caller(_ authorization: String?, from source: String) async throws -> Caller {
    let help = "send Authorization: Bearer and a token that is not revoked"
    guard let token = Self.bearer(authorization).flatMap(APIToken.init) else {
      try checkFailures(of: source)
      throw refusal(of: source, help)
    }
    // Who was let in lately is not kept out by a neighbour behind the same address.
    if !limiter.knows(token.id) { try checkFailures(of: source) }
    let known = try await pool.withConnection { connection in
      try await TenantSession.inTenant(token.tenant, on: connection) { connection in
        try await TokenStore(connection: connection, tenant: token.tenant).use(token.id) {
          token.fits(digest: $0)
        }
      }
    }
    guard let known else { throw refusal(of: source, help) }
    return Caller(tenant: token.tenant, tokenID: token.id, tokenName: known)
  }

  private func limit(_ key: String) throws(Problem) {
    if let wait = limiter.take(key) { throw Self.tooMany("requests", wait) }
  }

  private func checkFailures(of source: String) throws(Problem) {
    if let wait = failures.wait(source) { throw Self.tooMany("wrong tokens", wait) }
  }

  private func refusal(of source: String, _ detail: String) -> Problem {
    _ = failures.take(source)
    return Self.refusal(detail)
  }

  private static func tooMany(_ what: String, _ wait: Int) -> Problem {
    Problem(
      .tooManyRequests, "too many \(what); try again in \(wait) s",
      headers: [.retryAfter: "\(wait)"])
  }

  private static func bearer(_ authorization: String?) -> String? {
    guard let authorization else { return nil }
    let words = authorization.split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
    return words[1].trimmingCharacters(in: .whitespaces)
  }

  private static func refusal(_ detail: String) -> Problem {
    Problem(.unauthorized, detail, headers: [.wwwAuthenticate: "Bearer"])
  }
}

import Foundation
import HTTPTypes
import Postgres
import Store

/// Decides who may come in, and how often.
struct Gate: Sendable {
  private let pool: ConnectionPool
  private let schedulerSecret: String?
  private let limiter: RequestLimiter

  /// A secret that is shorter could be guessed.
  static let shortestSecret = 16

  /// Creates a gate; without a secret of a good length no scheduler is let in.
  init(pool: ConnectionPool, schedulerSecret: String?, limiter: RequestLimiter) {
    self.pool = pool
    self.schedulerSecret = schedulerSecret.flatMap {
      $0.utf8.count >= Self.shortestSecret ? $0 : nil
    }
    self.limiter = limiter
  }

  /// Lets a request in, or throws the problem that keeps it out.
  func admit(_ access: Route.Access, authorization: String?) async throws -> Caller? {
    switch access {
    case .everyone:
      return nil
    case .scheduler:
      guard let schedulerSecret else {
        throw Self.refusal("the server was started without a CRON_SECRET of 16 bytes or more")
      }
      guard let given = Self.bearer(authorization),
        ConstantTime.isEqual(given, schedulerSecret)
      else { throw Self.refusal("send Authorization: Bearer and the server's CRON_SECRET") }
      try limit("scheduler")
      return nil
    case .tenant:
      let caller = try await caller(authorization)
      try limit(caller.tokenID)
      return caller
    }
  }

  private func caller(_ authorization: String?) async throws -> Caller {
    let refusal = Self.refusal("send Authorization: Bearer and a token that is not revoked")
    guard let token = Self.bearer(authorization).flatMap(APIToken.init) else { throw refusal }
    let known = try await pool.withConnection { connection in
      try await TenantSession.inTenant(token.tenant, on: connection) { connection in
        try await TokenStore(connection: connection, tenant: token.tenant).use(token.id) {
          token.fits(digest: $0)
        }
      }
    }
    guard let known else { throw refusal }
    return Caller(tenant: token.tenant, tokenID: token.id, tokenName: known)
  }

  private func limit(_ key: String) throws(Problem) {
    if let wait = limiter.take(key) {
      throw Problem(
        .tooManyRequests, "too many requests; try again in \(wait) s",
        headers: [.retryAfter: "\(wait)"])
    }
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

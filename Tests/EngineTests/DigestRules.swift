import Engine
import Expressions
import Foundation
import Postgres
import SQLText
import Store
import Testing

/// Rules whose mails go out in digests.
enum DigestRules {
  /// `extra` adds keys at the top level.
  static func quiet(_ extra: String = "", digest: String = "daily at 08:00") -> String {
    """
    rule: quiet
    title: Account gone quiet
    owner: ops@north.example
    for_each: account
    values:
      quiet_for: since(last_visit)
    when: quiet_for >= 30d
    severity:
      high: account.weight >= 10
      medium: otherwise
    then:
      - email:
          to: account.agent
          digest: \(digest)
          line: "{{account.name}}, quiet for {{days(quiet_for)}}"
    \(extra)
    """
  }

  static let heavy = """
    rule: heavy
    title: Account too heavy
    owner: ops@north.example
    for_each: account
    when: account.weight >= 10
    severity: low
    then:
      - email:
          to: account.agent
          cc: boss@north.example
          subject: "{{account.name}} weighs {{account.weight}}"
          digest: weekdays at 08:00
    """
}

/// A mail as the outbox holds it.
struct QueuedMail: Decodable, Equatable {
  struct Recipient: Decodable, Equatable {
    var name: String?
    var address: String
  }
  var to: Recipient
  var subject: String
  var text: String
  var html: String?
}

extension Shop {
  /// Queues the digests of a firm that are due by a time in UTC.
  @discardableResult
  func sendDigests(_ time: String, firm: String = "north") async throws -> DigestReport {
    let tenant = try #require(try await engine.tenants().first { $0.slug == firm })
    let due: Instant = try #require(Instant(time + "Z", in: .utc))
    return try await engine.sendDigests(for: tenant, dueBy: due)
  }

  /// The mails of the outbox, by recipient.
  func mails() async throws -> [QueuedMail] {
    try await connection.query(
      """
      SELECT convert_from(body, 'UTF8') FROM bellwether.event
      WHERE content_type LIKE '%mail%' ORDER BY subject, id
      """
    ).map { try JSONDecoder().decode(QueuedMail.self, from: Data(($0[0] ?? "").utf8)) }
  }
}

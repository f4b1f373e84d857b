package import Expressions
import Foundation
import Logging
package import Transport

/// Tells an error tracker that speaks Sentry's envelope protocol of what went wrong.
///
/// One report is one attempt: what cannot be told is logged and forgotten, and while the tracker
/// asks for quiet nothing is sent.
package actor ErrorTracker {
  /// Where a tracker listens and how it knows us, from a DSN: `https://KEY@HOST/PATH/PROJECT`.
  package struct Address: Sendable, Hashable {
    package var url: String
    package var key: String
    fileprivate var dsn: String

    /// Reads a DSN; `nil` when it is not one.
    package init?(dsn: String) {
      guard let parts = URLComponents(string: dsn), let scheme = parts.scheme,
        ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty,
        let key = parts.user, !key.isEmpty
      else { return nil }
      var path = parts.path.split(separator: "/").map(String.init)
      guard let project = path.popLast() else { return nil }
      let port = parts.port.map { ":\($0)" } ?? ""
      let folder = path.map { "\($0)/" }.joined()
      url = "\(scheme)://\(host)\(port)/\(folder)api/\(project)/envelope/"
      self.key = key
      self.dsn = dsn
    }
  }

  /// What went wrong.
  package struct Report: Sendable {
    /// What kind of thing failed, by which a tracker groups: `RunFailed`.
    package var kind: String
    package var message: String
    package var at: Instant

    /// Short values to search by.
    package var tags: [String: String]

    /// Creates a report.
    package init(kind: String, message: String, at: Instant, tags: [String: String]) {
      self.kind = kind
      self.message = message
      self.at = at
      self.tags = tags
    }
  }

  private let address: Address
  private let environment: String
  private let transport: any Transport
  private let clock = ContinuousClock()
  private var quietUntil: ContinuousClock.Instant?
  private let logger = Logger(label: "errors")

  /// Creates a tracker; `environment` tells `production` from others.
  package init(_ address: Address, environment: String, transport: any Transport) {
    self.address = address
    self.environment = environment
    self.transport = transport
  }

  /// Sends a report, unless the tracker asked for quiet; says whether it was taken.
  @discardableResult
  package func send(_ report: Report) async -> Bool {
    if let quietUntil, clock.now < quietUntil { return false }
    let outcome = await transport.post(
      HTTPRequest(
        url: address.url,
        headers: [
          .init("content-type", "application/x-sentry-envelope"),
          .init(
            "x-sentry-auth",
            "Sentry sentry_version=7, sentry_client=bellwether/0.1.0, sentry_key=\(address.key)"),
        ], body: envelope(report), allowsPrivateNetwork: true,
        timeouts: AttemptTimeouts(connect: .seconds(2), total: .seconds(5))))
    guard case .answered(let answer) = outcome else {
      logger.warning("the error tracker could not be told: \(outcome)")
      return false
    }
    if answer.status == 429 {
      let seconds = answer.retryAfter.flatMap(Int.init) ?? 60
      quietUntil = clock.now + .seconds(min(max(1, seconds), 3600))
    }
    if answer.status >= 300 {
      logger.warning("the error tracker answered \(answer.status)")
    }
    return answer.status < 300
  }

  /// A header, the item's header and the item, each a line of JSON.
  private func envelope(_ report: Report) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    let id = (0..<32).map { _ in String(Int.random(in: 0...15, using: &generator), radix: 16) }
      .joined()
    let event = Event(
      event_id: id, timestamp: report.at.iso8601, platform: "other", level: "error",
      logger: "bellwether", environment: environment, release: "bellwether@0.1.0",
      tags: report.tags,
      exception: .init(values: [.init(type: report.kind, value: report.message)]))
    let item = json(event)
    let head = json(["event_id": id, "dsn": address.dsn, "sent_at": report.at.iso8601])
    return head + Array("\n{\"type\":\"event\",\"length\":\(item.count)}\n".utf8) + item + [0x0A]
  }

  private func json(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {
      preconditionFailure("texts can be written as JSON")
    }
    return Array(data)
  }

  /// The protocol's names.
  private struct Event: Encodable {
    var event_id: String
    var timestamp: String
    var platform: String
    var level: String
    var logger: String
    var environment: String
    var release: String
    var tags: [String: String]
    var exception: Exceptions

    struct Exceptions: Encodable { var values: [Exception] }
    struct Exception: Encodable {
      var type: String
      var value: String
    }
  }
}

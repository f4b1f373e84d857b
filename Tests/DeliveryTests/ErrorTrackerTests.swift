import Delivery
import Expressions
import Foundation
import Support
import Testing
import Transport

@Suite("The error tracker")
struct ErrorTrackerTests {
  private struct Posted: Decodable {
    var path: String
    var headers: [String: String]
    var body: Data
  }

  private let report = ErrorTracker.Report(
    kind: "RunFailed", message: "the disk \"is\" full\nindeed", at: Instant(microseconds: 0),
    tags: ["job": "triggers", "tenant": "acme"])

  private func send(to address: ErrorTracker.Address, times: Int = 1) async -> [Bool] {
    let transport = CurlTransport()
    let tracker = ErrorTracker(address, environment: "test", transport: transport)
    var taken: [Bool] = []
    for _ in 0..<times { taken.append(await tracker.send(report)) }
    await transport.shutdown()
    return taken
  }

  @Test("is told in Sentry's envelope, at the place that its DSN stands for")
  func envelope() async throws {
    let receiver = try await Receiver.shared
    var address = try #require(ErrorTracker.Address(dsn: "http://abc@127.0.0.1:9/base/42"))
    #expect(address.url == "http://127.0.0.1:9/base/api/42/envelope/" && address.key == "abc")
    address.url = receiver.url("sentry", "ok")
    #expect(await send(to: address) == [true])
    let posted = try #require(try receiver.records("sentry", as: Posted.self).first)
    #expect(posted.headers["content-type"] == "application/x-sentry-envelope")
    let auth = try #require(posted.headers["x-sentry-auth"])
    #expect(auth.hasPrefix("Sentry sentry_version=7, ") && auth.hasSuffix("sentry_key=abc"))
    let lines = posted.body.split(separator: 0x0A)
    #expect(lines.count == 3)
    func object(_ line: Data) throws -> [String: Any] {
      try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
    }
    let (head, item, event) = (try object(lines[0]), try object(lines[1]), try object(lines[2]))
    #expect(item["type"] as? String == "event" && item["length"] as? Int == lines[2].count)
    let id = try #require(event["event_id"] as? String)
    #expect(head["event_id"] as? String == id && id.count == 32)
    #expect(event["level"] as? String == "error" && event["environment"] as? String == "test")
    #expect((event["tags"] as? [String: String])?["tenant"] == "acme")
    let values = (event["exception"] as? [String: Any])?["values"] as? [[String: String]]
    #expect(values == [["type": "RunFailed", "value": report.message]])
  }

  @Test("is left alone for as long as it asks, and its failures are not ours")
  func quiet() async throws {
    let receiver = try await Receiver.shared
    var address = try #require(ErrorTracker.Address(dsn: "https://abc@sentry.example/1"))
    address.url = receiver.url("sentry-busy", "status/429")
    #expect(await send(to: address, times: 3) == [false, false, false])
    #expect(try receiver.records("sentry-busy", as: Posted.self).count == 1)
    address.url = "http://127.0.0.1:1/api/1/envelope/"
    #expect(await send(to: address) == [false])
  }

  @Test(
    "wants a DSN",
    arguments: ["", "abc", "https://sentry.example/1", "https://abc@sentry.example", "ftp://a@b/1"])
  func wrong(dsn: String) {
    #expect(ErrorTracker.Address(dsn: dsn) == nil)
  }
}

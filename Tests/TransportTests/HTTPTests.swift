import Foundation
import Support
import Testing
import Transport

/// What the receiver tells of a POST.
private struct Posted: Decodable {
  var path: String
  var headers: [String: String]
  var body: Data
}

@Suite("A POST")
struct HTTPTests {
  static let quick = AttemptTimeouts(connect: .seconds(5), total: .seconds(1))

  private func post(
    _ url: String, headers: [HTTPRequest.Header] = [], body: String = "{}",
    allowsPrivateNetwork: Bool = true, timeouts: AttemptTimeouts = .webhook,
    configuration: CurlTransport.Configuration = .init()
  ) async -> HTTPOutcome {
    let transport = CurlTransport(configuration)
    let outcome = await transport.post(
      HTTPRequest(
        url: url, headers: headers, body: Array(body.utf8),
        allowsPrivateNetwork: allowsPrivateNetwork, timeouts: timeouts))
    await transport.shutdown()
    return outcome
  }

  @Test("carries its headers and its bytes, and no more")
  func request() async throws {
    let receiver = try await Receiver.shared
    let tag = "http-request"
    let body = String(repeating: "0123456789", count: 120_000)
    let outcome = await post(
      receiver.url(tag, "ok"),
      headers: [.init("content-type", "application/json"), .init("x-empty", "")], body: body)
    #expect(outcome.response?.status == 204)
    let posted = try #require(try receiver.records(tag, as: Posted.self).first)
    #expect(posted.body == Data(body.utf8))
    #expect(posted.headers["content-type"] == "application/json")
    #expect(posted.headers["x-empty"] == "")
    #expect(posted.headers["user-agent"] == "Bellwether")
    #expect(posted.headers["expect"] == nil)
    #expect(posted.headers["accept-encoding"] == nil)
  }

  @Test("may be empty")
  func emptyBody() async throws {
    let receiver = try await Receiver.shared
    #expect(await post(receiver.url("http-empty", "ok"), body: "").response?.status == 204)
    #expect(try receiver.records("http-empty", as: Posted.self).map(\.body) == [Data()])
  }

  @Test("brings back what the receiver said")
  func response() async throws {
    let receiver = try await Receiver.shared
    let date = "Tue,%2024%20Nov%202026%2007:30:00%20GMT"
    let response = await post(
      receiver.url("http-response", "status/503?retry-after=120&date=\(date)")
    ).response
    #expect(
      response
        == HTTPResponse(
          status: 503, retryAfter: "120", date: "Tue, 24 Nov 2026 07:30:00 GMT",
          body: Array("told so".utf8)))
  }

  @Test("takes nothing from an interim answer")
  func interim() async throws {
    let receiver = try await Receiver.shared
    let response = await post(receiver.url("http-early", "early")).response
    #expect(response == HTTPResponse(status: 429))
  }

  @Test("does not follow a redirection", arguments: [301, 302, 307, 308])
  func redirection(_ status: Int) async throws {
    let receiver = try await Receiver.shared
    let tag = "http-redirect-\(status)"
    let response = await post(receiver.url(tag, "status/\(status)")).response
    #expect(response?.status == status)
    #expect(try receiver.records(tag, as: Posted.self).map(\.path) == ["/\(tag)/status/\(status)"])
  }

  @Test("reads no more of an answer than it must")
  func longAnswer() async throws {
    let receiver = try await Receiver.shared
    let response = await post(receiver.url("http-large", "large")).response
    #expect(response?.status == 200)
    #expect(response?.body.count == 16_384)
    #expect(response?.isCut == true)
  }

  @Test("has its answer with the status, however slow the rest")
  func slowAnswer() async throws {
    let receiver = try await Receiver.shared
    let response = await post(receiver.url("http-drip", "drip"), timeouts: Self.quick).response
    #expect(response?.status == 200)
    #expect(response?.isCut == true)
    #expect((response?.body.count ?? 1000) < 1000)
  }

  @Test(
    "says what failed, and that the receiver may have it",
    arguments: [
      ("silent", .timeout), ("reset", .connectionLost), ("garbage", .garbage),
    ] as [(String, TransportFailure.Kind)])
  func failure(_ action: String, _ kind: TransportFailure.Kind) async throws {
    let receiver = try await Receiver.shared
    let tag = "http-\(action)"
    let failure = await post(receiver.url(tag, action), timeouts: Self.quick).failure
    #expect(failure?.kind == kind)
    #expect(failure?.mayHaveArrived == true)
    #expect(try receiver.records(tag, as: Posted.self).count == 1)
  }

  @Test("says that the receiver cannot have it when no one listens")
  func refused() async {
    let failure = await post("http://127.0.0.1:1/").failure
    #expect(failure?.kind == .connect)
    #expect(failure?.mayHaveArrived == false)
  }

  @Test("says that a name has no address")
  func unresolved() async {
    let failure = await post("https://receiver.invalid/").failure
    #expect(failure?.kind == .resolve)
    #expect(failure?.mayHaveArrived == false)
  }

  @Test("uses a connection again")
  func reuse() async throws {
    let receiver = try await Receiver.shared
    let transport = CurlTransport()
    for _ in 1...2 {
      let outcome = await transport.post(
        HTTPRequest(
          url: receiver.url("http-reuse", "once"), headers: [], body: [],
          allowsPrivateNetwork: true))
      if outcome.response?.status == 204 { continue }
      #expect(outcome.failure?.kind == .connectionLost)
      #expect(outcome.failure?.mayHaveArrived == true)
    }
    await transport.shutdown()
    // The second met the connection of the first, which broke: libcurl alone would send it again.
    #expect(try receiver.records("http-reuse", as: Posted.self).count == 2)
  }

  @Test("checks whom it speaks to", arguments: [true, false])
  func tls(_ isTrusted: Bool) async throws {
    let receiver = try await Receiver.shared
    let outcome = await post(
      receiver.url("http-tls", "ok", over: "https"),
      configuration: .init(trustedCertificates: isTrusted ? receiver.certificate : nil))
    #expect(outcome.response?.status == (isTrusted ? 204 : nil))
    #expect(outcome.failure?.kind == (isTrusted ? nil : .tls))
  }

  @Test("speaks no TLS older than 1.2")
  func oldTLS() async throws {
    let receiver = try await Receiver.shared
    let outcome = await post(
      receiver.url("http-old", "ok", over: "oldTLS"),
      configuration: .init(trustedCertificates: receiver.certificate))
    #expect(outcome.failure?.kind == .tls)
  }

  @Test("goes on when many are under way at once, in turn when there are too many")
  func many() async throws {
    let receiver = try await Receiver.shared
    let transport = CurlTransport(.init(httpLimit: 7))
    let statuses = await withTaskGroup(of: Int?.self) { group in
      for _ in 0..<100 {
        group.addTask {
          await transport.post(
            HTTPRequest(
              url: receiver.url("http-many", "ok"), headers: [], body: [],
              allowsPrivateNetwork: true)
          ).response?.status
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses == Array(repeating: 204, count: 100))
    #expect(try receiver.records("http-many", as: Posted.self).count == 100)
    await transport.shutdown()
  }

  @Test("fails after shutdown, which waits for what is under way")
  func shutdown() async throws {
    let receiver = try await Receiver.shared
    let transport = CurlTransport()
    let request = HTTPRequest(
      url: receiver.url("http-shutdown", "silent"), headers: [], body: [],
      allowsPrivateNetwork: true, timeouts: Self.quick)
    async let underWay = transport.post(request)
    while try receiver.records("http-shutdown", as: Posted.self).isEmpty {
      try await Task.sleep(for: .milliseconds(5))
    }
    await transport.shutdown()
    #expect(await underWay.failure?.kind == .timeout)
    #expect(await transport.post(request).failure?.kind == .shutDown)
    await transport.shutdown()
  }
}

@Suite("A POST off the public network")
struct PrivateNetworkTests {
  @Test(
    "is blocked, however the address is written",
    arguments: [
      ("localhost", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("[::1]", "::1"),
      ("2130706433", "127.0.0.1"), ("0x7f.1", "127.0.0.1"),
      ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"), ("169.254.169.254", "169.254.169.254"),
      ("0.0.0.0", "0.0.0.0"), ("10.0.0.1", "10.0.0.1"), ("100.64.0.1", "100.64.0.1"),
      ("192.0.2.1", "192.0.2.1"), ("224.0.0.1", "224.0.0.1"), ("[fe80::1]", "fe80::1"),
      ("[64:ff9b::7f00:1]", "64:ff9b::7f00:1"),
    ])
  func blocked(_ host: String, _ address: String) async throws {
    let port = try await Receiver.shared.port("https")
    let transport = CurlTransport()
    let outcome = await transport.post(
      HTTPRequest(url: "https://\(host):\(port)/private/ok", headers: [], body: []))
    // A name may have several addresses, of which the last one tried is told.
    if host == "localhost" {
      #expect([.blocked(.address("127.0.0.1")), .blocked(.address("::1"))].contains(outcome))
    } else {
      #expect(outcome == .blocked(.address(address)))
    }
    await transport.shutdown()
  }

  @Test("is blocked on a connection that another POST may use")
  func reusedConnection() async throws {
    let receiver = try await Receiver.shared
    let transport = CurlTransport(.init(trustedCertificates: receiver.certificate))
    let url = receiver.url("private-reused", "ok", over: "https")
    let allowed = await transport.post(
      HTTPRequest(url: url, headers: [], body: [], allowsPrivateNetwork: true))
    #expect(allowed.response?.status == 204)
    let blocked = await transport.post(HTTPRequest(url: url, headers: [], body: []))
    #expect(blocked == .blocked(.address("127.0.0.1")))
    #expect(try receiver.records("private-reused", as: Posted.self).count == 1)
    await transport.shutdown()
  }

  @Test(
    "is blocked by its scheme",
    arguments: [
      ("http://127.0.0.1:1/", false, .scheme), ("file:///etc/passwd", true, .scheme),
      ("gopher://127.0.0.1/", true, .scheme), ("smtp://127.0.0.1/", true, .scheme),
      ("https://a b/", false, .url), ("https://a\r\nb/", false, .url), ("https://", false, .url),
    ] as [(String, Bool, RequestBlock)])
  func scheme(_ url: String, _ allowsPrivateNetwork: Bool, _ block: RequestBlock) async {
    let transport = CurlTransport()
    let outcome = await transport.post(
      HTTPRequest(url: url, headers: [], body: [], allowsPrivateNetwork: allowsPrivateNetwork))
    #expect(outcome == .blocked(block))
    await transport.shutdown()
  }
}

extension HTTPOutcome {
  fileprivate var response: HTTPResponse? {
    if case .answered(let response) = self { response } else { nil }
  }

  fileprivate var failure: TransportFailure? {
    if case .failed(let failure) = self { failure } else { nil }
  }
}

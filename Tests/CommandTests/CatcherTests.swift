import Testing
import Transport

@testable import bellwether

@Suite("The demo's catchers")
struct CatcherTests {
  @Test("keep a mail as it was sent, dots and all")
  func mail() async throws {
    try await withCatcher { catcher, transport in
      let body = "Subject: Hello\n\n.\n..two\nGrüße\n.end"
      let outcome = await transport.send(
        Self.mail(body, to: "robin@acme.example", port: catcher.port))
      #expect(outcome == .accepted)
      let mail = try #require(await catcher.samples.first)
      #expect(mail.sender == "alerts@acme.example")
      #expect(mail.recipients == ["robin@acme.example"])
      #expect(mail.header("subject") == "Hello")
      #expect(mail.header("Cc") == nil)
      #expect(
        mail.source
          == body.split(separator: "\n", omittingEmptySubsequences: false)
          .map { $0 + "\r\n" }.joined())
    }
  }

  @Test("count every mail of many at once and keep the first few")
  func manyMails() async throws {
    try await withCatcher(keeping: 3) { catcher, transport in
      await withTaskGroup(of: MailOutcome.self) { group in
        for number in 0..<40 {
          let mail = Self.mail("\n\(number)", to: "rep\(number)@acme.example", port: catcher.port)
          group.addTask { await transport.send(mail) }
        }
        for await outcome in group { #expect(outcome == .accepted) }
      }
      #expect(await catcher.received == 40)
      #expect(await catcher.samples.count == 3)
    }
  }

  @Test("refuse a message that is too long and stay on the line")
  func longMail() async throws {
    try await withCatcher { catcher, transport in
      let long = Self.mail(
        String(repeating: "0123456789\n", count: 100_000), to: "a@b.example", port: catcher.port)
      guard case .refused(let reply) = await transport.send(long) else {
        Issue.record("a message of 1.2 MB was taken")
        return
      }
      #expect(reply.code == 552)
      let short = Self.mail("\nshort", to: "a@b.example", port: catcher.port)
      #expect(await transport.send(short) == .accepted)
      #expect(await catcher.received == 1)
    }
  }

  @Test(
    "answer commands that come out of order with a refusal",
    arguments: [
      ("RCPT TO:<a@b.example>\r\n", "503"), ("DATA\r\n", "503"), ("VRFY a\r\n", "502"),
      ("MAIL FROM:a@b.example\r\n", "501"), ("MAIL FROM:<>\r\nMAIL FROM:<>\r\n", "250 503"),
      ("MAIL FROM:<>\r\nRCPT TO:<>\r\n", "250 501"),
      ("MAIL FROM:<>\r\nRSET\r\nRCPT TO:<a@b.example>\r\n", "250 250 503"),
      ("helo x\nmail from:<a@b.example> SIZE=3\nrcpt to: <c@d.example>\n", "250 250 250"),
      (String(repeating: "x", count: 3000), "500"),
    ])
  func order(sent: String, codes: String) {
    var session = SMTPSession()
    let whole = session.receive(sent.utf8)
    let replies = whole.replies.split(separator: "\r\n").map { $0.prefix(3) }
    #expect(replies.joined(separator: " ") == codes)
    #expect(whole.mails == [])

    // However the bytes are cut, the answers are the same.
    var bitwise = SMTPSession()
    #expect(sent.utf8.map { bitwise.receive([$0]).replies }.joined() == whole.replies)
  }

  @Test("keep a webhook's headers and body, and count the rest")
  func webhooks() async throws {
    let catcher = try await WebhookCatcher.start(keeping: 1)
    let transport = CurlTransport()
    for number in 0..<5 {
      let outcome = await transport.post(
        HTTPRequest(
          url: catcher.url, headers: [.init("Webhook-Id", "msg_\(number)")],
          body: Array("{\"n\": \(number)}".utf8), allowsPrivateNetwork: true))
      guard case .answered(let response) = outcome else {
        Issue.record("no answer: \(outcome)")
        continue
      }
      #expect(response.status == 204)
    }
    await transport.shutdown()
    await catcher.stop()
    #expect(await catcher.received == 5)
    let first = try #require(await catcher.samples.first)
    #expect(first.path == "/hook")
    #expect(first.headers["webhook-id"] == "msg_0")
    #expect(first.body == "{\"n\": 0}")
    #expect(await catcher.samples.count == 1)
  }

  @Test("say so when their port is taken")
  func takenPort() async throws {
    let webhooks = try await WebhookCatcher.start()
    await #expect(throws: (any Error).self) {
      try await WebhookCatcher.start(port: webhooks.port)
    }
    await #expect(throws: (any Error).self) { try await MailCatcher.start(port: webhooks.port) }
    await webhooks.stop()
  }

  private func withCatcher(
    keeping count: Int = 20, _ body: (MailCatcher, CurlTransport) async throws -> Void
  ) async throws {
    let catcher = try await MailCatcher.start(keeping: count)
    let transport = CurlTransport()
    try await body(catcher, transport)
    await transport.shutdown()
    await catcher.stop()
  }

  private static func mail(_ message: String, to recipient: String, port: Int) -> MailRequest {
    MailRequest(
      server: .init(host: "127.0.0.1", port: port, security: .none),
      sender: "alerts@acme.example", recipient: recipient, message: Array(message.utf8))
  }
}

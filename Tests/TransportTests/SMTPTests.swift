import Foundation
import Support
import Testing
import Transport

/// What the receiver tells of a mail.
private struct Mailed: Decodable {
  var from: String
  var to: String
  var data: Data
  var encrypted: Bool
  var login: String?
  var peer: Int
}

@Suite("A mail")
struct SMTPTests {
  static let quick = AttemptTimeouts(connect: .seconds(5), total: .milliseconds(1200))

  private func send(
    to recipient: String, from sender: String = "alerts@acme.example",
    message: String = "Subject: hello\n\nWorld\n", over server: String = "smtp",
    security: MailRequest.Server.Security = .none, login: MailRequest.Login? = nil,
    timeouts: AttemptTimeouts = .mail
  ) async throws -> MailOutcome {
    let receiver = try await Receiver.shared
    let transport = CurlTransport(.init(trustedCertificates: receiver.certificate))
    let outcome = await transport.send(
      MailRequest(
        server: .init(host: "127.0.0.1", port: receiver.port(server), security: security),
        login: login, sender: sender, recipient: recipient, message: Array(message.utf8),
        timeouts: timeouts))
    await transport.shutdown()
    return outcome
  }

  @Test("arrives byte by byte")
  func arrives() async throws {
    let body = (1...2000).map { ".line \($0)\n.\n" }.joined()
    let message = "Subject: dots\n\n" + body
    #expect(try await send(to: "ann@arrives.example", message: message) == .accepted)
    let mails = try await Receiver.shared.records("arrives", as: Mailed.self)
    #expect(mails.map(\.from) == ["alerts@acme.example"])
    #expect(mails.map(\.to) == ["ann@arrives.example"])
    #expect(mails.map(\.data) == [Data(message.replacing("\n", with: "\r\n").utf8)])
  }

  @Test(
    "is encrypted and signed in for where the settings say so",
    arguments: [
      ("startTLS", MailRequest.Server.Security.startTLS), ("smtps", .tls),
    ])
  func encrypted(_ server: String, _ security: MailRequest.Server.Security) async throws {
    let tag = "encrypted-\(server.lowercased())"
    let outcome = try await send(
      to: "ann@\(tag).example", over: server, security: security,
      login: .init(username: "mailer", password: Secret("right")))
    #expect(outcome == .accepted)
    let mails = try await Receiver.shared.records(tag, as: Mailed.self)
    #expect(mails.map(\.encrypted) == [true])
    #expect(mails.map { $0.login?.contains("mailer") } == [true])
  }

  @Test("is not sent in the clear when the server offers no STARTTLS")
  func startTLSMissing() async throws {
    let outcome = try await send(to: "ann@stripped.example", security: .startTLS)
    #expect(outcome.failure?.kind == .startTLSMissing)
    #expect(outcome.failure?.mayHaveArrived == false)
    #expect(try await Receiver.shared.records("stripped", as: Mailed.self).isEmpty)
  }

  @Test("is not sent to a server with a stranger's certificate")
  func untrusted() async throws {
    let receiver = try await Receiver.shared
    let transport = CurlTransport()
    let outcome = await transport.send(
      MailRequest(
        server: .init(host: "127.0.0.1", port: receiver.port("startTLS"), security: .startTLS),
        sender: "a@b.example", recipient: "ann@untrusted.example", message: []))
    #expect(outcome.failure?.kind == .tls)
    await transport.shutdown()
  }

  @Test(
    "tells where the server said no",
    arguments: [
      ("s550@acme.example", "ann@refused.example", .envelope, 550),
      ("alerts@acme.example", "r550@refused.example", .envelope, 550),
      ("alerts@acme.example", "r451@refused.example", .envelope, 451),
      ("alerts@acme.example", "d554@refused.example", .message, 554),
      ("alerts@acme.example", "d452@refused.example", .message, 452),
    ] as [(String, String, MailReply.Stage, Int)])
  func refused(
    _ sender: String, _ recipient: String, _ stage: MailReply.Stage, _ code: Int
  ) async throws {
    let outcome = try await send(to: recipient, from: sender)
    guard case .refused(let reply) = outcome else {
      Issue.record("not refused: \(outcome)")
      return
    }
    #expect(reply.stage == stage)
    #expect(reply.code == code)
    #expect(reply.text.hasPrefix("\(code) not "))
  }

  @Test("tells a refused login from a refused mail")
  func wrongPassword() async throws {
    let outcome = try await send(
      to: "ann@login.example", over: "startTLS", security: .startTLS,
      login: .init(username: "mailer", password: Secret("canary")))
    guard case .refused(let reply) = outcome else {
      Issue.record("not refused: \(outcome)")
      return
    }
    #expect(reply.stage == .session)
    #expect(reply.code == 535)
    #expect(!reply.text.contains("canary"))
  }

  @Test("may have arrived when the server goes silent after the dot", arguments: ["drop", "hang"])
  func ambiguous(_ action: String) async throws {
    let outcome = try await send(to: "\(action)@\(action).example", timeouts: Self.quick)
    #expect(outcome.failure?.kind == (action == "drop" ? .connectionLost : .timeout))
    #expect(outcome.failure?.mayHaveArrived == true)
    #expect(try await Receiver.shared.records(action, as: Mailed.self).count == 1)
  }

  @Test("leaves nothing behind for the next one when the server goes silent")
  func afterSilence() async throws {
    let receiver = try await Receiver.shared
    let transport = CurlTransport(.init(mailLimit: 1))
    for (name, timeouts) in [("hang", Self.quick), ("ann", .mail)] {
      let outcome = await transport.send(
        MailRequest(
          server: .init(host: "127.0.0.1", port: receiver.port("smtp"), security: .none),
          sender: "alerts@acme.example", recipient: "\(name)@silence.example",
          message: Array("Subject: x\n\n".utf8), timeouts: timeouts))
      #expect((outcome == .accepted) == (name == "ann"))
    }
    await transport.shutdown()
    let mails = try receiver.records("silence", as: Mailed.self)
    #expect(mails.map(\.to) == ["hang@silence.example", "ann@silence.example"])
    #expect(Set(mails.map(\.peer)).count == 2)
  }

  @Test("cannot have arrived where no one listens")
  func noServer() async {
    let transport = CurlTransport()
    let outcome = await transport.send(
      MailRequest(
        server: .init(host: "127.0.0.1", port: 1, security: .none), sender: "a@b.example",
        recipient: "c@d.example", message: []))
    #expect(outcome.failure?.kind == .connect)
    #expect(outcome.failure?.mayHaveArrived == false)
    await transport.shutdown()
  }

  @Test("has a server whose name is nothing but a name", arguments: ["a b", "", "x\r\ny", "a/b@c"])
  func hostNames(_ host: String) async {
    let transport = CurlTransport()
    let outcome = await transport.send(
      MailRequest(
        server: .init(host: host, port: 25, security: .none), sender: "a@b.example",
        recipient: "c@d.example", message: []))
    #expect(outcome == .blocked(.url))
    await transport.shutdown()
  }

  @Test("shares its connection with the mails before it, refused ones apart")
  func reuse() async throws {
    let receiver = try await Receiver.shared
    let transport = CurlTransport()
    for name in ["ann", "r550", "bob", "eve"] {
      _ = await transport.send(
        MailRequest(
          server: .init(host: "127.0.0.1", port: receiver.port("smtp"), security: .none),
          sender: "alerts@acme.example", recipient: "\(name)@reuse.example",
          message: Array("Subject: x\n\n".utf8)))
    }
    await transport.shutdown()
    struct Line: Decodable {
      var to: String
      var peer: Int?
    }
    let lines = try receiver.records("reuse", as: Line.self)
    #expect(lines.map(\.to) == ["ann", "r550", "bob", "eve"].map { "\($0)@reuse.example" })
    #expect(lines[2].peer == lines[3].peer)
  }
}

extension MailOutcome {
  fileprivate var failure: TransportFailure? {
    if case .failed(let failure) = self { failure } else { nil }
  }
}

import CCurl
import Foundation

/// HTTP and SMTP over libcurl: one thread for all posts, and one for each mail under way.
///
/// Connections are kept and reused. Beyond the limits, requests wait in the order they came; their
/// timeouts count from when they leave the line. A cancelled task's request is not cut off: it ends
/// within its timeouts, and its outcome is known.
package final class CurlTransport: Transport {
  /// What a transport may use.
  package struct Configuration: Sendable {
    /// How many POSTs may be under way at once.
    package var httpLimit: Int

    /// How many mails may be under way at once, which bounds the connections to the server.
    package var mailLimit: Int

    /// How much of an answer's body is read.
    package var responseLimit: Int

    /// The `User-Agent`.
    package var userAgent: String

    /// Certificates to trust instead of the system's, in PEM.
    package var trustedCertificates: [UInt8]?

    /// Creates a configuration.
    package init(
      httpLimit: Int = 256, mailLimit: Int = 8, responseLimit: Int = 16_384,
      userAgent: String = "Bellwether", trustedCertificates: [UInt8]? = nil
    ) {
      precondition(httpLimit > 0 && mailLimit > 0, "a limit of zero would wait for ever")
      self.httpLimit = httpLimit
      self.mailLimit = mailLimit
      self.responseLimit = responseLimit
      self.userAgent = userAgent
      self.trustedCertificates = trustedCertificates
    }
  }

  private let inbox = HTTPInbox()
  private let sessions: MailSessions

  /// Starts the thread that posts.
  package init(_ configuration: Configuration = Configuration()) {
    Self.initialize()
    sessions = MailSessions(configuration)
    let inbox = inbox
    let thread = Thread { HTTPLoop(inbox: inbox, configuration: configuration).run() }
    thread.name = "bellwether-http"
    thread.start()
  }

  deinit {
    inbox.close()
    sessions.close()
  }

  package func post(_ request: HTTPRequest) async -> HTTPOutcome {
    if let block = request.block { return .blocked(block) }
    return await withCheckedContinuation { inbox.add(HTTPJob(request: request, waiter: $0)) }
  }

  package func send(_ mail: MailRequest) async -> MailOutcome {
    if let block = mail.block { return .blocked(block) }
    return await sessions.send(mail)
  }

  /// Takes no more requests, fails those in line, and waits for those under way.
  package func shutdown() async {
    inbox.close()
    sessions.close()
    await withCheckedContinuation { inbox.whenDone($0) }
    await sessions.shutdown()
  }

  static func initialize() { _ = library }

  /// libcurl wants to be initialised once, before its first use.
  private static let library: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
}

extension TransportFailure {
  static let shutDown = TransportFailure(kind: .shutDown, message: "the process is shutting down")
  static let outOfMemory = TransportFailure(kind: .other, code: 27, message: "out of memory")
}

/// The only way out of the process: one attempt per call.
///
/// An answer that never came is an outcome, not an error, and says whether the request may have
/// arrived all the same. Nothing is retried here: who calls decides what to do next.
package protocol Transport: Sendable {
  /// Makes one HTTP POST.
  func post(_ request: HTTPRequest) async -> HTTPOutcome

  /// Sends one mail to one recipient.
  func send(_ mail: MailRequest) async -> MailOutcome
}

/// How long an attempt may take.
package struct AttemptTimeouts: Sendable, Hashable {
  /// Until the connection stands, name look-up and TLS included.
  package var connect: Duration

  /// Until the last byte of the answer.
  package var total: Duration

  /// Creates timeouts; both must be at least a millisecond.
  package init(connect: Duration, total: Duration) {
    precondition(
      connect >= .milliseconds(1) && total >= .milliseconds(1), "zero would mean no limit at all")
    self.connect = connect
    self.total = total
  }

  /// What a webhook gets.
  package static let webhook = AttemptTimeouts(connect: .seconds(5), total: .seconds(15))

  /// What a mail gets: servers may scan a message for long before they answer.
  package static let mail = AttemptTimeouts(connect: .seconds(10), total: .seconds(45))
}

/// Why a request was refused before a byte of it left.
package enum RequestBlock: Sendable, Hashable {
  /// The name resolved to an address that is not on the public network.
  case address(String)

  /// The URL's scheme is not allowed.
  case scheme

  /// The URL or host cannot be read as one.
  case url

  /// The header's name or value holds bytes that could start another header.
  case header(String)

  /// The sender's or recipient's address holds bytes that could end the SMTP command.
  case mailAddress

  /// The password or user name holds bytes that cannot be sent.
  case credentials
}

/// Why an attempt ended without an answer.
package struct TransportFailure: Error, Sendable, Hashable {
  /// What went wrong, as far as a caller can act on it.
  package enum Kind: Sendable, Hashable {
    /// The name has no address.
    case resolve

    /// No connection could be made.
    case connect

    /// The time was over.
    case timeout

    /// The peer's certificate or protocol was not acceptable.
    case tls

    /// The mail server offers no STARTTLS, which the settings require.
    case startTLSMissing

    /// The connection broke.
    case connectionLost

    /// The peer spoke nonsense.
    case garbage

    /// This process is shutting down.
    case shutDown

    /// Anything else libcurl may say.
    case other
  }

  package var kind: Kind

  /// libcurl's number, for people.
  package var code: Int

  /// libcurl's words; never a header, a body or a credential.
  package var message: String

  /// Whether the other side may have received all of the request, so that sending it again may
  /// repeat it.
  package var mayHaveArrived: Bool

  /// Creates a failure.
  package init(kind: Kind, code: Int = 0, message: String, mayHaveArrived: Bool = false) {
    self.kind = kind
    self.code = code
    self.message = message
    self.mayHaveArrived = mayHaveArrived
  }
}

extension RequestBlock: CustomStringConvertible {
  package var description: String {
    switch self {
    case .address(let address):
      "blocked: the endpoint's name leads to \(address), which is not on the public network"
    case .scheme: "blocked: only https: is allowed"
    case .url: "blocked: the URL cannot be read"
    case .header(let name): "blocked: the header \(name) holds a line break"
    case .mailAddress: "blocked: the address holds characters that mail cannot carry"
    case .credentials: "blocked: the user name or password holds control characters"
    }
  }
}

extension TransportFailure: CustomStringConvertible {
  package var description: String {
    switch kind {
    case .startTLSMissing: "the mail server offers no STARTTLS, which the settings require"
    case .shutDown: message
    default: "\(message) (libcurl \(code))"
    }
  }
}

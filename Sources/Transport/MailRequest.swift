/// One mail to one recipient.
package struct MailRequest: Sendable {
  /// The server that takes our mail.
  package struct Server: Sendable, Hashable {
    /// How the connection is encrypted.
    package enum Security: Sendable, Hashable {
      /// STARTTLS, or no mail at all.
      case startTLS

      /// TLS from the first byte.
      case tls

      /// Plain text.
      case none
    }

    package var host: String
    package var port: Int
    package var security: Security

    /// Creates a server's address.
    package init(host: String, port: Int, security: Security) {
      self.host = host
      self.port = port
      self.security = security
    }
  }

  /// Who we are to the server.
  package struct Login: Sendable {
    package var username: String
    package var password: Secret

    /// Creates a login.
    package init(username: String, password: Secret) {
      self.username = username
      self.password = password
    }
  }

  package var server: Server
  package var login: Login?

  /// The envelope's sender: a bare address, without brackets.
  package var sender: String

  /// The envelope's one recipient: a bare address, without brackets.
  package var recipient: String

  /// The message, headers included; bare line feeds become CRLF on the way out.
  package var message: [UInt8]
  package var timeouts: AttemptTimeouts

  /// Creates a mail.
  package init(
    server: Server, login: Login? = nil, sender: String, recipient: String, message: [UInt8],
    timeouts: AttemptTimeouts = .mail
  ) {
    self.server = server
    self.login = login
    self.sender = sender
    self.recipient = recipient
    self.message = message
    self.timeouts = timeouts
  }

  /// Why this mail must not be sent, as far as its text tells.
  ///
  /// libcurl 7.88 passes CR and LF through to the SMTP commands, so they are refused here.
  package var block: RequestBlock? {
    guard sender.isSafeMailAddress, recipient.isSafeMailAddress else { return .mailAddress }
    guard
      login.map({ !($0.username + $0.password.revealed).utf8.contains(where: \.isControl) }) ?? true
    else { return .credentials }
    return nil
  }
}

extension String {
  /// Whether the text can stand between the brackets of an SMTP command.
  package var isSafeMailAddress: Bool {
    let bytes = utf8
    guard let at = bytes.lastIndex(of: UInt8(ascii: "@")), at != bytes.startIndex,
      bytes.index(after: at) != bytes.endIndex
    else { return false }
    return !bytes.contains {
      $0.isControl || $0 == 0x20 || $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">")
    }
  }
}

extension UInt8 {
  fileprivate var isControl: Bool { self < 0x20 || self == 0x7f }
}

extension [UInt8] {
  /// The bytes with every line end as CRLF.
  package var withCRLF: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count + count / 40)
    var previous: UInt8 = 0
    for byte in self {
      switch byte {
      case 0x0a where previous == 0x0d: result.append(0x0a)
      case 0x0a: result += [0x0d, 0x0a]
      case _ where previous == 0x0d: result += [0x0a, byte]
      default: result.append(byte)
      }
      previous = byte
    }
    if previous == 0x0d { result.append(0x0a) }
    return result
  }
}

/// How a mail ended.
package enum MailOutcome: Sendable, Hashable {
  /// The server took responsibility for the mail.
  case accepted

  /// The server said no.
  case refused(MailReply)

  /// The mail was not sent, because it must not be.
  case blocked(RequestBlock)

  /// No answer came.
  case failed(TransportFailure)
}

/// A mail server's refusal.
package struct MailReply: Sendable, Hashable {
  /// What was refused.
  package enum Stage: Sendable, Hashable {
    /// Us: at the greeting, the hello, STARTTLS or the login. It says nothing of the mail.
    case session

    /// The sender or the recipient, or the wish to send data.
    case envelope

    /// The message, after all of it was sent.
    case message
  }

  package var stage: Stage

  /// The three-digit code: 4xx for now, 5xx for good.
  package var code: Int

  /// The server's words.
  package var text: String

  /// Creates a reply.
  package init(stage: Stage, code: Int, text: String) {
    self.stage = stage
    self.code = code
    self.text = text
  }
}

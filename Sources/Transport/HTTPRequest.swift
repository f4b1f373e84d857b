/// One POST.
package struct HTTPRequest: Sendable, Hashable {
  /// A header line.
  package struct Header: Sendable, Hashable {
    package var name: String
    package var value: String

    /// Creates a header.
    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package var url: String
  package var headers: [Header]
  package var body: [UInt8]

  /// Whether `http:` and addresses off the public network are allowed.
  package var allowsPrivateNetwork: Bool
  package var timeouts: AttemptTimeouts

  /// Creates a request.
  package init(
    url: String, headers: [Header], body: [UInt8], allowsPrivateNetwork: Bool = false,
    timeouts: AttemptTimeouts = .webhook
  ) {
    self.url = url
    self.headers = headers
    self.body = body
    self.allowsPrivateNetwork = allowsPrivateNetwork
    self.timeouts = timeouts
  }

  /// Why this request must not be sent, as far as its text tells.
  package var block: RequestBlock? {
    guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else { return .url }
    return headers.first { !$0.isSafe }.map { .header($0.name) }
  }
}

extension HTTPRequest.Header {
  /// Whether the name is a token and the value stays on its line.
  fileprivate var isSafe: Bool {
    !name.isEmpty && name.utf8.allSatisfy(\.isHTTPToken)
      && !value.utf8.contains { $0 == 0x0d || $0 == 0x0a || $0 == 0x00 }
  }
}

extension UInt8 {
  /// RFC 9110, section 5.6.2.
  fileprivate var isHTTPToken: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(self)
    }
  }
}

/// How a POST ended.
package enum HTTPOutcome: Sendable, Hashable {
  /// The receiver answered with a status, even if the rest of its answer was cut.
  case answered(HTTPResponse)

  /// The request was not sent, because it must not be.
  case blocked(RequestBlock)

  /// No answer came.
  case failed(TransportFailure)
}

/// A receiver's answer.
package struct HTTPResponse: Sendable, Hashable {
  package var status: Int

  /// The `Retry-After` header as received.
  package var retryAfter: String?

  /// The `Date` header as received: the receiver's clock.
  package var date: String?

  /// The first bytes of the body, for people.
  package var body: [UInt8]

  /// Whether more was to come: the body was too long, too slow, or broke off.
  package var isCut: Bool

  /// Creates a response.
  package init(
    status: Int, retryAfter: String? = nil, date: String? = nil, body: [UInt8] = [],
    isCut: Bool = false
  ) {
    self.status = status
    self.retryAfter = retryAfter
    self.date = date
    self.body = body
    self.isCut = isCut
  }
}

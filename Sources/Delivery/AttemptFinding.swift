package import Expressions
package import Store
package import Transport

/// What one attempt came to, and what it asks for.
package struct AttemptFinding: Sendable, Hashable {
  package var outcome: AttemptOutcome

  /// An HTTP status or SMTP code.
  package var status: Int?

  /// Words for people; never a secret.
  package var detail: String?
  package var course: Course

  /// Creates a finding.
  package init(
    _ outcome: AttemptOutcome, status: Int? = nil, detail: String? = nil, course: Course
  ) {
    self.outcome = outcome
    self.status = status
    self.detail = detail
    self.course = course
  }
}

extension AttemptFinding {
  /// Judges a webhook's attempt, which began at `startedAt`.
  package init(_ result: HTTPOutcome, startedAt: Instant) {
    switch result {
    case .answered(let response): self.init(response, startedAt: startedAt)
    case .blocked(let block): self.init(block)
    case .failed(let failure): self.init(failure)
    }
  }

  private init(_ response: HTTPResponse, startedAt: Instant) {
    let status = response.status
    let detail = "HTTP \(status)" + response.excerpt.map { ": \($0)" }.joined()
    switch status {
    case 200...299:
      self.init(.success, status: status, detail: nil, course: .done)
    case 410:
      self.init(.permanent, status: status, detail: detail, course: .giveUp(.gone))
    case 429, 503:
      let wait = RetryAfter.delay(
        response.retryAfter, receiversTime: response.date, ourTime: startedAt)
      self.init(.retryable, status: status, detail: detail, course: .retry(notBefore: wait))
    case 408, 500...599:
      self.init(.retryable, status: status, detail: detail, course: .retry())
    default:
      // A redirection, any other 4xx, or a status that HTTP does not know.
      self.init(.retryable, status: status, detail: detail, course: .retryBriefly)
    }
  }

  /// Judges a mail's attempt.
  package init(_ result: MailOutcome) {
    switch result {
    case .accepted: self.init(.success, status: 250, course: .done)
    case .blocked(let block): self.init(block)
    case .failed(let failure): self.init(failure)
    case .refused(let reply):
      let detail = reply.text.isEmpty ? "SMTP \(reply.code)" : "SMTP \(reply.text)"
      if reply.code >= 500 && reply.stage != .session {
        self.init(
          .permanent, status: reply.code, detail: detail.cut, course: .giveUp(.permanent))
      } else {
        // A server that refuses our login refuses us, not the mail.
        self.init(.retryable, status: reply.code, detail: detail.cut, course: .retry())
      }
    }
  }

  private init(_ block: RequestBlock) {
    switch block {
    case .address, .scheme, .url, .credentials:
      // The settings are wrong, and someone may put them right.
      self.init(.blocked, detail: block.description, course: .retry())
    case .header, .mailAddress:
      self.init(.blocked, detail: block.description, course: .giveUp(.permanent))
    }
  }

  private init(_ failure: TransportFailure) {
    self.init(
      failure.kind == .shutDown ? .aborted : failure.mayHaveArrived ? .ambiguous : .retryable,
      detail: failure.description.cut, course: .retry())
  }
}

/// The `Retry-After` header: seconds, or a date.
package enum RetryAfter {
  /// How long the receiver asks us to wait; `nil` when it asks nothing that can be understood.
  ///
  /// A date is compared with the receiver's own clock when it sent one, and with ours otherwise.
  /// More than a year is not understood.
  package static func delay(
    _ header: String?, receiversTime: String?, ourTime: Instant
  ) -> Duration? {
    guard let header else { return nil }
    let limit: Int64 = 366 * 86_400
    if !header.isEmpty, header.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      return Int64(header).flatMap { $0 <= limit ? .seconds($0) : nil }
    }
    guard let date = HTTPDate.seconds(header) else { return nil }
    let now = receiversTime.flatMap(HTTPDate.seconds) ?? ourTime.microseconds / 1_000_000
    return date - now <= limit ? .seconds(max(0, date - now)) : nil
  }
}

extension HTTPResponse {
  /// The beginning of the body on one line, if it has any text.
  fileprivate var excerpt: [String] {
    let text = String(decoding: body.prefix(400), as: UTF8.self)
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.isEmpty ? [] : [line.printable.cut]
  }
}

extension String {
  /// At most 300 characters.
  fileprivate var cut: String { count <= 300 ? self : prefix(300) + "…" }

  /// Without control characters, which a terminal might obey.
  fileprivate var printable: String {
    String(unicodeScalars.filter { $0.properties.generalCategory != .control })
  }
}

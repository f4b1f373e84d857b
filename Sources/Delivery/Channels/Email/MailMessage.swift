package import Expressions
import Foundation

/// A mail as its reader sees it, and the bytes that say so (RFC 5322, MIME).
///
/// The same message always gives the same bytes, so that every attempt sends what the first did.
package struct MailMessage: Sendable, Hashable {
  /// Unique for ever: names the message to every server on its way, and separates its parts.
  package var id: String

  /// When what it tells happened.
  package var date: Instant
  package var from: Mailbox
  package var to: Mailbox
  package var subject: String
  package var text: String
  package var html: String?

  /// Where a reader asks for no more; within the header's brackets, so it may hold none.
  package var unsubscribeAddress: String?

  /// Creates a message.
  package init(
    id: String, date: Instant, from: Mailbox, to: Mailbox, subject: String, text: String,
    html: String? = nil, unsubscribeAddress: String? = nil
  ) {
    self.id = id
    self.date = date
    self.from = from
    self.to = to
    self.subject = subject
    self.text = text
    self.html = html
    self.unsubscribeAddress = unsubscribeAddress
  }

  /// The message with CRLF line ends.
  package var bytes: [UInt8] {
    var lines = [
      "Date: \(date.mailDate)",
      HeaderText.mailbox("From", from),
      HeaderText.mailbox("To", to),
      HeaderText.unstructured("Subject", subject),
      "Message-ID: <\(id)@\(from.domain)>",
      "Auto-Submitted: auto-generated",
      "MIME-Version: 1.0",
    ]
    if let unsubscribeAddress { lines.append("List-Unsubscribe: <\(unsubscribeAddress)>") }
    if let html {
      // Base64 holds no hyphen, so no part can hold the boundary.
      let boundary = "--=_\(id)"
      lines += [
        "Content-Type: multipart/alternative;", " boundary=\"\(boundary)\"", "",
        "--\(boundary)",
      ]
      lines += Self.part("plain", text) + ["--\(boundary)"]
      lines += Self.part("html", html) + ["--\(boundary)--"]
    } else {
      lines += Self.part("plain", text)
    }
    return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
  }

  private static func part(_ subtype: String, _ text: String) -> [String] {
    let encoded = Data(Array(text.utf8).withMailLineEnds).base64EncodedString(
      options: [.lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed])
    return [
      "Content-Type: text/\(subtype); charset=utf-8", "Content-Transfer-Encoding: base64", "",
      encoded,
    ]
  }
}

/// Header lines that hold people's words.
private enum HeaderText {
  /// A header of free text.
  static func unstructured(_ name: String, _ text: String) -> String {
    let text = text.onOneLine
    let isPlain =
      text.utf8.allSatisfy { (0x20...0x7e).contains($0) } && !text.contains("=?")
      && name.utf8.count + 2 + text.utf8.count <= 76
    return "\(name): " + (isPlain ? text : encodedWords(text, after: name.utf8.count + 2))
  }

  /// A header of one mailbox.
  static func mailbox(_ name: String, _ mailbox: Mailbox) -> String {
    let words = mailbox.name.onOneLine
    guard !words.isEmpty else { return "\(name): \(mailbox.address)" }
    let isPlain = words.utf8.allSatisfy { (0x20...0x7e).contains($0) }
    guard isPlain, words.utf8.count <= 60 else {
      return "\(name): \(encodedWords(words, after: name.utf8.count + 2))\r\n"
        + " <\(mailbox.address)>"
    }
    let escaped = words.reduce(into: "") { $0 += "\\\"".contains($1) ? "\\\($1)" : "\($1)" }
    return "\(name): \"\(escaped)\" <\(mailbox.address)>"
  }

  /// The text as RFC 2047 writes it: words of at most 75 characters, each of whole characters.
  private static func encodedWords(_ text: String, after used: Int) -> String {
    // 75 less "=?utf-8?B?" and "?=" leaves 63, of which base64 fills 60 with 45 bytes.
    var words: [[UInt8]] = [[]]
    // The first word shares its line with the header's name.
    var room = min(45, max(4, (76 - used - 12) / 4 * 3))
    for scalar in text.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      if words[words.count - 1].count + bytes.count > room {
        words.append([])
        room = 45
      }
      words[words.count - 1] += bytes
    }
    return words.map { "=?utf-8?B?\(Data($0).base64EncodedString())?=" }
      .joined(separator: "\r\n ")
  }
}

extension String {
  /// The text with every run of white space and control characters as one space, so that it can
  /// begin no header of its own.
  fileprivate var onOneLine: String {
    unicodeScalars
      .split { $0.properties.isWhitespace || $0.properties.generalCategory == .control }
      .map { String($0) }.joined(separator: " ")
  }
}

extension [UInt8] {
  /// CRLF for every line end.
  fileprivate var withMailLineEnds: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count)
    var previous: UInt8 = 0
    for byte in self {
      if byte == 0x0a && previous != 0x0d { result.append(0x0d) }
      result.append(byte)
      previous = byte
    }
    return result
  }
}

extension Instant {
  /// The time as RFC 5322 writes it: `Tue, 24 Nov 2026 07:30:00 +0000`.
  fileprivate var mailDate: String {
    let date = Date(timeIntervalSince1970: Double(microseconds / 1_000_000))
    let style = Date.VerbatimFormatStyle(
      format: """
        \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .extended()) \
        \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\
        \(minute: .twoDigits):\(second: .twoDigits) +0000
        """,
      locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt,
      calendar: Calendar(identifier: .gregorian))
    return date.formatted(style)
  }
}

/// The receiving side of one SMTP connection (RFC 5321), as far as a catcher needs it.
///
/// Bytes go in, replies and messages come out; reading and writing is somebody else's work. What it
/// holds is bounded: a line of a command, and one message.
struct SMTPSession {
  /// What a stretch of bytes led to.
  struct Outcome: Sendable, Hashable {
    /// What to send back, in order; empty when the client is in the middle of something.
    var replies = ""
    var mails: [CaughtMail] = []

    /// Whether the connection is to be closed after the replies.
    var isOver = false
  }

  /// What is said before the client says anything.
  static let greeting = "220 demo.invalid ESMTP ready\r\n"

  private static let longestMessage = 1 << 20
  private static let longestCommand = 2048
  private static let mostRecipients = 100

  private var line: [UInt8] = []
  private var sender: String?
  private var recipients: [String] = []

  /// The message so far; `nil` outside of DATA.
  private var message: [UInt8]?
  private var messageIsTooLong = false
  private var isOver = false

  /// Takes what the client sent, however it was cut; what follows the end is not looked at.
  mutating func receive(_ bytes: some Sequence<UInt8>) -> Outcome {
    var outcome = Outcome()
    for byte in bytes where !isOver {
      guard byte == UInt8(ascii: "\n") else {
        append(byte, &outcome)
        continue
      }
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      if message == nil { command(&outcome) } else { dataLine(&outcome) }
      line.removeAll(keepingCapacity: true)
    }
    outcome.isOver = isOver
    return outcome
  }

  private mutating func append(_ byte: UInt8, _ outcome: inout Outcome) {
    if line.count < (message == nil ? Self.longestCommand : Self.longestMessage) {
      line.append(byte)
    } else if message == nil {
      reply("500 line too long", &outcome)
      isOver = true
    } else {
      messageIsTooLong = true
    }
  }

  // MARK: Commands

  private mutating func command(_ outcome: inout Outcome) {
    let text = String(decoding: line, as: UTF8.self)
    let verb = text.prefix { $0 != " " }.uppercased()
    let argument = String(text.dropFirst(verb.count + 1))
    switch verb {
    case "HELO":
      reset()
      reply("250 demo.invalid", &outcome)
    case "EHLO":
      reset()
      reply("250-demo.invalid", &outcome)
      reply("250-SIZE \(Self.longestMessage)", &outcome)
      reply("250 8BITMIME", &outcome)
    case "MAIL": mail(argument, &outcome)
    case "RCPT": recipient(argument, &outcome)
    case "DATA":
      guard !recipients.isEmpty else { return reply("503 no recipients yet", &outcome) }
      message = []
      reply("354 end with a dot on a line of its own", &outcome)
    case "RSET":
      reset()
      reply("250 forgotten", &outcome)
    case "NOOP": reply("250 fine", &outcome)
    case "QUIT":
      reply("221 goodbye", &outcome)
      isOver = true
    default: reply("502 not known here", &outcome)
    }
  }

  private mutating func mail(_ argument: String, _ outcome: inout Outcome) {
    guard sender == nil else { return reply("503 one sender at a time", &outcome) }
    guard let address = Self.path(argument, after: "FROM:") else {
      return reply("501 write MAIL FROM:<address>", &outcome)
    }
    sender = address
    reply("250 fine", &outcome)
  }

  private mutating func recipient(_ argument: String, _ outcome: inout Outcome) {
    guard sender != nil else { return reply("503 who is it from?", &outcome) }
    guard let address = Self.path(argument, after: "TO:"), !address.isEmpty else {
      return reply("501 write RCPT TO:<address>", &outcome)
    }
    guard recipients.count < Self.mostRecipients else {
      return reply("452 too many recipients", &outcome)
    }
    recipients.append(address)
    reply("250 fine", &outcome)
  }

  /// The address of `FROM:<address> SIZE=…`; an empty one is allowed there.
  private static func path(_ argument: String, after word: String) -> String? {
    guard argument.uppercased().hasPrefix(word) else { return nil }
    let path = argument.dropFirst(word.count).drop { $0 == " " }
    guard path.first == "<", let end = path.firstIndex(of: ">") else { return nil }
    return String(path[path.index(after: path.startIndex)..<end])
  }

  // MARK: Data

  private mutating func dataLine(_ outcome: inout Outcome) {
    if line == [UInt8(ascii: ".")] { return endOfData(&outcome) }
    // A line that began with a dot was given one more (RFC 5321, section 4.5.2).
    let content = line.first == UInt8(ascii: ".") ? line.dropFirst() : line[...]
    let length = message?.count ?? 0
    if length + content.count + 2 > Self.longestMessage { messageIsTooLong = true }
    guard !messageIsTooLong else { return }
    message?.append(contentsOf: content)
    message?.append(contentsOf: [UInt8(ascii: "\r"), UInt8(ascii: "\n")])
  }

  private mutating func endOfData(_ outcome: inout Outcome) {
    if messageIsTooLong {
      reply("552 longer than \(Self.longestMessage) bytes", &outcome)
    } else {
      let source = String(decoding: message ?? [], as: UTF8.self)
      outcome.mails.append(
        CaughtMail(sender: sender ?? "", recipients: recipients, source: source))
      reply("250 caught", &outcome)
    }
    reset()
  }

  private mutating func reset() {
    sender = nil
    recipients = []
    message = nil
    messageIsTooLong = false
  }

  private func reply(_ text: String, _ outcome: inout Outcome) {
    outcome.replies += text + "\r\n"
  }
}

import Foundation

/// Takes webhooks, and misbehaves.
enum HookReceiver {
  enum Deed: String, Sendable {
    case reset = "reset after accepting"
    case hang = "no answer"
    case drip = "one byte a second"
    case slow = "slow answer"
    case garbage = "503, garbage in Retry-After"
    case redirect = "redirect to a metadata address"
    case failing = "500"
  }

  private static let deeds: [(Deed, Int)] = [
    (.reset, 200), (.hang, 4), (.drip, 4), (.slow, 50), (.garbage, 200), (.redirect, 100),
    (.failing, 300),
  ]

  static func start(_ ledger: Ledger) throws -> Listener {
    try Listener { wire in
      while let head = wire.read(through: "\r\n\r\n") {
        guard serve(String(decoding: head, as: UTF8.self), on: wire, ledger) else { return }
      }
    }
  }

  private static func serve(_ head: String, on wire: Wire, _ ledger: Ledger) -> Bool {
    var headers: [String: String] = [:]
    for line in head.split(whereSeparator: \.isNewline).dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] =
        line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    guard let body = wire.read(count: headers["content-length"].flatMap { Int($0) } ?? 0)
    else { return false }
    if headers["webhook-signature"] == nil { ledger.noteUnsigned() }
    let deed = ledger.deed(deeds)
    let isRefused = [.garbage, .redirect, .failing].contains(deed)
    ledger.note(.post, id: headers["webhook-id"] ?? "none", bytes: body, taken: !isRefused)
    return answer(deed, on: wire)
  }

  private static func answer(_ deed: Deed?, on wire: Wire) -> Bool {
    func answer(_ status: String, _ header: String = "") -> Bool {
      wire.write("HTTP/1.1 \(status)\r\n\(header)content-length: 0\r\n\r\n")
    }
    switch deed {
    case nil: return answer("200 OK")
    case .slow:
      usleep(2_000_000)
      return answer("200 OK")
    case .reset:
      wire.resetAtClose()
      return false
    case .hang:
      wire.hang()
      return false
    case .drip:
      wire.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
      while wire.write("x") { usleep(1_000_000) }
      return false
    case .garbage: return answer("503 Busy", "retry-after: soon, perhaps -7\r\n")
    case .redirect:
      return answer("302 Found", "location: http://169.254.169.254/latest/meta-data/\r\n")
    case .failing: return answer("500 Oops")
    }
  }
}

/// Takes mails, and misbehaves.
enum MailReceiver {
  enum Deed: String, Sendable {
    case busy = "4xx"
    case refused = "5xx"
    case drop = "drop after the dot"
    case hang = "hang after the dot"
  }

  static func start(_ ledger: Ledger) throws -> Listener {
    try Listener { wire in
      wire.write("220 chaos ESMTP\r\n")
      while let line = wire.readLine() {
        let verb = line.prefix(4).uppercased()
        if verb == "QUIT" {
          wire.write("221 bye\r\n")
          return
        }
        guard serve(verb, on: wire, ledger) else { return }
      }
    }
  }

  private static func serve(_ verb: String, on wire: Wire, _ ledger: Ledger) -> Bool {
    let deeds: [(Deed, Int)] =
      ["MAIL", "RCPT", "DATA"].contains(verb)
      ? [(.busy, 60), (.refused, 6)] : []
    switch ledger.deed(deeds) {
    case .busy: return wire.write("451 \(verb) later\r\n")
    case .refused: return wire.write("550 \(verb) never\r\n")
    default: break
    }
    guard verb == "DATA" else { return wire.write("250 fine\r\n") }
    wire.write("354 go on\r\n")
    guard let message = wire.read(through: "\r\n.\r\n") else { return false }
    let text = String(decoding: message, as: UTF8.self)
    let header = text.split(separator: "\r\n").first {
      $0.lowercased().hasPrefix("message-id:")
    }
    let deed = ledger.deed([(Deed.busy, 60), (.refused, 6), (.drop, 100), (.hang, 2)])
    let isTaken = deed != .busy && deed != .refused
    ledger.note(
      .mail, id: header.map { String($0.dropFirst(11)).trimmingCharacters(in: .whitespaces) } ?? "",
      bytes: message, taken: isTaken)
    switch deed {
    case nil: return wire.write("250 taken\r\n")
    case .busy: return wire.write("452 later\r\n")
    case .refused: return wire.write("554 never\r\n")
    case .drop: return false
    case .hang:
      wire.hang()
      return false
    }
  }
}

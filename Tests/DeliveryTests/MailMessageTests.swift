import Delivery
import Expressions
import Foundation
import Testing

@Suite("A mail message")
struct MailMessageTests {
  private func message(
    from: Mailbox? = Mailbox("Bellwether <alerts@acme.example>"), name: String = "Ann",
    subject: String = "Hello", text: String = "There\n", html: String? = nil
  ) throws -> [String] {
    let message = MailMessage(
      id: "01936f5c-0000-7000-8000-000000000001", date: AttemptFindingTests.now,
      from: try #require(from), to: try #require(Mailbox(name: name, address: "ann@acme.example")),
      subject: subject, text: text, html: html)
    return String(decoding: message.bytes, as: UTF8.self).components(separatedBy: "\r\n")
  }

  @Test("says who, to whom, when and what")
  func plain() throws {
    #expect(
      try message() == [
        "Date: Tue, 24 Nov 2026 07:30:00 +0000",
        "From: \"Bellwether\" <alerts@acme.example>",
        "To: \"Ann\" <ann@acme.example>",
        "Subject: Hello",
        "Message-ID: <01936f5c-0000-7000-8000-000000000001@acme.example>",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        "VGhlcmUNCg==",
        "",
      ])
  }

  @Test(
    "lets no text begin a header, a line or a part of its own",
    arguments: [
      "x\r\nBcc: eve@evil.example", "x\nBcc: eve@evil.example", "x\r\rBcc: eve@evil.example",
      "x\u{2028}Bcc: eve", "x\u{0}\u{7}", "\"<eve@evil.example>\"", "x\\", "=?utf-8?Q?=0D=0A?=",
      "\u{00e4}\r\nBcc: eve@evil.example",
    ])
  func injection(_ text: String) throws {
    let lines = try message(name: text, subject: text, text: text, html: text)
    let headers = lines.prefix { !$0.isEmpty }
    let names = headers.filter { !$0.hasPrefix(" ") }.map { $0.prefix { $0 != ":" } }
    #expect(
      names == [
        "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version",
        "Content-Type",
      ])
    #expect(lines.allSatisfy { $0.utf8.allSatisfy { (0x20...0x7e).contains($0) } })
    #expect(lines.allSatisfy { $0.utf8.count <= 78 })
    #expect(lines.filter { $0.hasPrefix("--=_") == false && $0.hasPrefix("----=_") }.count == 3)
  }

  @Test(
    "reads a sender as people write one",
    arguments: [
      ("a@b.example", "", "a@b.example"), (" A <a@b.example> ", "A", "a@b.example"),
      ("\"A, B\" <a@b.example>", "A, B", "a@b.example"), ("<a@b.example>", "", "a@b.example"),
      ("A", nil, nil), ("A <>", nil, nil), ("A <a@b.example", nil, nil), ("", nil, nil),
      ("a@b.example>", nil, nil), ("A <a@b.example\r\nBcc: x@y.example>", nil, nil),
    ] as [(String, String?, String?)])
  func mailboxes(_ text: String, _ name: String?, _ address: String?) {
    let mailbox = Mailbox(text)
    #expect(mailbox?.name == name)
    #expect(mailbox?.address == address)
  }
}

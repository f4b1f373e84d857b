import Testing
import Transport

@Suite("A request's text")
struct RequestTests {
  @Test(
    "is refused when a header could start another",
    arguments: [
      ("x-a", "b", nil), ("x-a", "", nil), ("x-a", "caf\u{e9}", nil),
      ("x-a", "b\r\nx-c: d", .header("x-a")), ("x-a", "b\nx-c: d", .header("x-a")),
      ("x-a", "b\u{0}", .header("x-a")), ("x a", "b", .header("x a")), ("", "b", .header("")),
      ("x-a:", "b", .header("x-a:")), ("x-a\r", "b", .header("x-a\r")),
    ] as [(String, String, RequestBlock?)])
  func headers(_ name: String, _ value: String, _ block: RequestBlock?) {
    let request = HTTPRequest(
      url: "https://receiver.example/", headers: [.init(name, value)], body: [])
    #expect(request.block == block)
  }

  @Test(
    "is refused when an address could end the SMTP command",
    arguments: [
      ("a@b.example", true), ("o'hara+x@b.example", true), ("\u{e4}@b.example", true),
      ("a@b.example>\r\nRCPT TO:<c@d.example", false), ("a@b.example\r\nDATA", false),
      ("a@b.example\n", false), ("<a@b.example>", false), ("a b@c.example", false),
      ("a@b.example\u{0}", false), ("a@b.example\u{7f}", false), ("", false), ("a", false),
      ("@b.example", false), ("a@", false),
    ])
  func addresses(_ address: String, _ isSafe: Bool) {
    let server = MailRequest.Server(host: "mail.example", port: 25, security: .startTLS)
    let to = MailRequest(server: server, sender: "x@y.example", recipient: address, message: [])
    let from = MailRequest(server: server, sender: address, recipient: "x@y.example", message: [])
    #expect(to.block == (isSafe ? nil : .mailAddress))
    #expect(from.block == (isSafe ? nil : .mailAddress))
  }

  @Test(
    "has CRLF at the end of every line of a mail",
    arguments: [
      ("a\nb\n", "a\r\nb\r\n"), ("a\r\nb", "a\r\nb"), ("a\rb\r", "a\r\nb\r\n"),
      ("\n\n", "\r\n\r\n"), ("\r\r\n", "\r\n\r\n"), ("\n\r", "\r\n\r\n"), ("", ""),
    ])
  func lineEnds(_ text: String, _ expected: String) {
    #expect(Array(text.utf8).withCRLF == Array(expected.utf8))
  }

  @Test("hides a password from whoever prints it")
  func secrets() {
    let login = MailRequest.Login(username: "mailer", password: Secret("canary"))
    for text in ["\(login)", String(reflecting: login), "\(login.password)"] {
      #expect(!text.contains("canary"))
    }
    var dumped = ""
    dump(login, to: &dumped)
    #expect(!dumped.contains("canary"))
    #expect(login.password.revealed == "canary")
  }
}

import Delivery
import Expressions
import Store
import Testing
import Transport

@Suite("An attempt")
struct AttemptFindingTests {
  /// Tue, 24 Nov 2026 07:30:00 GMT.
  static let now = Instant(microseconds: 1_795_505_400_000_000)

  @Test(
    "at a webhook is judged by its status",
    arguments: [
      (200, .success, .done), (204, .success, .done), (299, .success, .done),
      (301, .retryable, .retryBriefly), (308, .retryable, .retryBriefly),
      (400, .retryable, .retryBriefly), (401, .retryable, .retryBriefly),
      (404, .retryable, .retryBriefly), (422, .retryable, .retryBriefly),
      (408, .retryable, .retry()), (429, .retryable, .retry()),
      (410, .permanent, .giveUp(.gone)),
      (500, .retryable, .retry()), (502, .retryable, .retry()), (503, .retryable, .retry()),
      (504, .retryable, .retry()), (599, .retryable, .retry()),
      (600, .retryable, .retryBriefly),
    ] as [(Int, AttemptOutcome, Course)])
  func status(_ status: Int, _ outcome: AttemptOutcome, _ course: Course) {
    let finding = AttemptFinding(
      .answered(HTTPResponse(status: status)), startedAt: Self.now)
    #expect(finding.outcome == outcome)
    #expect(finding.course == course)
    #expect(finding.status == status)
  }

  @Test(
    "waits as long as the receiver asks",
    arguments: [
      ("120", nil, 120), ("0", nil, 0), (nil, nil, nil), ("", nil, nil), ("soon", nil, nil),
      ("-5", nil, nil), ("1e3", nil, nil), ("99999999999999999999", nil, nil),
      ("31622400", nil, 31_622_400), ("31622401", nil, nil),
      ("Tue, 24 Nov 2026 08:30:00 GMT", nil, 3600),
      ("Tuesday, 24-Nov-26 08:30:00 GMT", nil, 3600),
      ("Tue Nov 24 08:30:00 2026", nil, 3600),
      ("Tue, 24 Nov 2026 07:00:00 GMT", nil, 0),
      // The receiver's clock is an hour ahead of ours.
      ("Tue, 24 Nov 2026 08:30:00 GMT", "Tue, 24 Nov 2026 08:29:00 GMT", 60),
    ] as [(String?, String?, Int?)])
  func retryAfter(_ header: String?, _ date: String?, _ seconds: Int?) {
    for status in [429, 503] {
      let finding = AttemptFinding(
        .answered(HTTPResponse(status: status, retryAfter: header, date: date)),
        startedAt: Self.now)
      #expect(finding.course == .retry(notBefore: seconds.map { .seconds($0) }))
    }
    let other = AttemptFinding(
      .answered(HTTPResponse(status: 500, retryAfter: header)), startedAt: Self.now)
    #expect(other.course == .retry())
  }

  @Test(
    "at a mail server is judged by what was refused, and when",
    arguments: [
      (.accepted, .success, .done),
      (.refused(.init(stage: .envelope, code: 550, text: "")), .permanent, .giveUp(.permanent)),
      (.refused(.init(stage: .message, code: 554, text: "")), .permanent, .giveUp(.permanent)),
      (.refused(.init(stage: .envelope, code: 451, text: "")), .retryable, .retry()),
      (.refused(.init(stage: .message, code: 452, text: "")), .retryable, .retry()),
      (.refused(.init(stage: .session, code: 535, text: "")), .retryable, .retry()),
      (.blocked(.mailAddress), .blocked, .giveUp(.permanent)),
      (.blocked(.credentials), .blocked, .retry()),
      (.failed(.init(kind: .timeout, message: "", mayHaveArrived: true)), .ambiguous, .retry()),
      (.failed(.init(kind: .startTLSMissing, message: "")), .retryable, .retry()),
      (.failed(.init(kind: .shutDown, message: "")), .aborted, .retry()),
    ] as [(MailOutcome, AttemptOutcome, Course)])
  func mail(_ result: MailOutcome, _ outcome: AttemptOutcome, _ course: Course) {
    let finding = AttemptFinding(result)
    #expect(finding.outcome == outcome)
    #expect(finding.course == course)
  }

  @Test(
    "without an answer may have arrived or not",
    arguments: [
      (.failed(.init(kind: .connect, message: "")), .retryable),
      (.failed(.init(kind: .connectionLost, message: "", mayHaveArrived: true)), .ambiguous),
      (.blocked(.address("127.0.0.1")), .blocked), (.blocked(.scheme), .blocked),
    ] as [(HTTPOutcome, AttemptOutcome)])
  func noAnswer(_ result: HTTPOutcome, _ outcome: AttemptOutcome) {
    let finding = AttemptFinding(result, startedAt: Self.now)
    #expect(finding.outcome == outcome)
    #expect(finding.course == .retry())
    #expect(finding.detail?.isEmpty == false)
  }

  @Test("keeps the receiver's words short and on one line")
  func detail() {
    let body = "no\r\n\u{1B}[31mthank   you " + String(repeating: "x", count: 1000)
    let finding = AttemptFinding(
      .answered(HTTPResponse(status: 400, body: Array(body.utf8))), startedAt: Self.now)
    #expect(finding.detail?.hasPrefix("HTTP 400: no [31mthank you xxx") == true)
    #expect((finding.detail?.count ?? 999) < 350)
  }
}

import Delivery
import Testing
import Transport

@Suite("A webhook's signature")
struct StandardWebhooksTests {
  typealias SigningKey = StandardWebhooks.SigningKey

  private static let first = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
  private static let second = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"

  private func signature(_ secrets: [String]) throws -> String? {
    let headers = StandardWebhooks.headers(
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330,
      body: Array(#"{"test": 2432232314}"#.utf8),
      keys: try secrets.map { try SigningKey(Secret($0)) })
    return headers.first { $0.name == "webhook-signature" }?.value
  }

  @Test("is the one that the standard's own example has")
  func knownAnswer() throws {
    #expect(try signature([Self.first]) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }

  /// Signed by another implementation of ed25519 with the same seed.
  @Test(
    "is one that the public key verifies, for a key of ed25519",
    arguments: [
      "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
      "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8DoQe/884Qvh1w3RjnS8CZZ+TWMJulDV8d3IZkElUxuA==",
    ])
  func asymmetric(_ secret: String) throws {
    #expect(
      try signature([Self.first, secret])
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
        + "v1a,yoUrgEkc12aGqm0n4Sydmdz55xJfTz4AsAgieHFjmkR7LJtqVCZOQYzvvHjI5kAey+r4iaBGxTFRrl2iBQxtDQ=="
    )
    let key = try SigningKey(Secret(secret))
    #expect(key.publicKey == "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=")
    #expect(try SigningKey(Secret(Self.first)).publicKey == nil)
  }

  @Test("comes once for every key while keys change")
  func rotation() throws {
    let both = try signature([Self.second, Self.first])?.split(separator: " ")
    #expect(both?.count == 2)
    #expect(try both?.first.map(String.init) == signature([Self.second]))
    #expect(try both?.last.map(String.init) == signature([Self.first]))
  }

  @Test("goes with the id and the time it is made of")
  func headers() throws {
    let headers = StandardWebhooks.headers(id: "a", timestamp: 7, body: [], keys: [])
    #expect(headers.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
    #expect(headers.prefix(2).map(\.value) == ["a", "7"])
  }

  @Test(
    "needs base64 of 24 to 64 bytes",
    arguments: [
      ("whsec_!", .notBase64), ("", .wrongLength(0)),
      ("whsec_" + String(repeating: "AAAA", count: 7) + "AAA=", .wrongLength(23)),
      ("whsec_" + String(repeating: "AAAA", count: 7), .wrongLength(21)),
      (String(repeating: "AAAA", count: 8), nil),
      ("whsk_" + String(repeating: "AAAA", count: 8), .wrongLength(24)),
      ("whsec_" + String(repeating: "AAAA", count: 21) + "AA==", nil),
      ("whsec_" + String(repeating: "AAAA", count: 22), .wrongLength(66)),
    ] as [(String, SigningKey.Fault?)])
  func keys(_ text: String, _ fault: SigningKey.Fault?) {
    do {
      let key = try SigningKey(Secret(text))
      #expect(fault == nil)
      #expect(text.isEmpty || !String(reflecting: key).contains(text.suffix(20)))
    } catch {
      #expect(error == fault)
    }
  }
}

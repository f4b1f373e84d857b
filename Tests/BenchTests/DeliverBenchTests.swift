import Testing

@testable import bench

@Suite("What the delivery bench says")
struct DeliverBenchTests {
  @Test("is the median of ratios that were taken one after the other, and null without a peer")
  func figures() {
    var figures = DeliverFigures()
    figures.webhooks = [100, 900, 400]
    figures.rawWebhooks = [200, 900, 1000]
    figures.mails = [50]
    figures.firstBytes = (1...200).map { Double($0) / 1000 }
    let json = figures.json
    #expect(json.contains(#""webhooks_per_s":400,"webhooks_over_raw":0.5,"#))
    #expect(json.contains(#""webhooks_over_alertmanager":null"#))
    #expect(json.contains(#""emails_per_s":50.0,"emails_over_raw":null"#))
    #expect(json.contains(#""first_byte_p50_ms":101,"first_byte_p99_ms":199"#))
  }

  @Test("is measured at a receiver that tells requests apart in what has come so far")
  func requests() {
    let bytes = Array(
      "POST / HTTP/1.1\r\nWebhook-Id: a1\r\nContent-Length: 3\r\n\r\nabcPOST / HT".utf8)
    let request = LocalReceiver.Request(bytes)
    #expect(request?.id == "a1")
    #expect(request?.length == bytes.count - 9)
    #expect(LocalReceiver.Request(Array(bytes.prefix(56))) == nil)
  }

  @Test("names what is missing")
  func missing() throws {
    let tools = try BareTools(folder: "/nowhere")
    defer { tools.remove() }
    var skipped: Set<String> = []
    #expect(try tools.curlRate("http://127.0.0.1:1/", count: 1, 1, &skipped) == nil)
    #expect(skipped == ["there is no curlhook.c in /nowhere (--peers FOLDER)"])
  }
}

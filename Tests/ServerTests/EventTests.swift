import Postgres
import SQLText
import Server
import Support
import Testing

@Suite("An event over HTTP")
struct EventTests {
  static let waiting = """
    rule: overdrawn
    title: Account overdrawn
    owner: ops@north.example
    for_each: account
    on_event: [account.charged, account.paid]
    when: account.debt > 5
    limits: {max_matches: 50% of population}
    then:
      - webhook: {endpoint: crm}
    """

  private func event(
    _ id: String, _ type: String = "account.charged", subject: String? = "a1",
    data: String = "null", source: String = "/shop"
  ) -> String {
    let subject = subject.map { #","subject":"\#($0)""# } ?? ""
    return
      #"{"specversion":"1.0","id":"\#(id)","source":"\#(source)","type":"\#(type)","data":\#(data)\#(subject)}"#
  }

  @Test("asks the rules that wait for it, for the one thing it is about, at once and once")
  func asks() async throws {
    try await withServedShop(rules: [ServedShop.rule, Self.waiting]) { shop in
      let token = try await shop.token()
      func send(_ body: String) async throws -> Answer {
        try await shop.send(
          "POST", "/api/events", token: token, body: body, type: "application/cloudevents+json")
      }
      let first = try await send(event("1"))
      #expect(first.status == 200, "\(first.text)")
      #expect(first.json["key"] == "a1")
      #expect(
        try await shop.value("SELECT string_agg(rule || entity_key, ' ') FROM bellwether.alert")
          == "overdrawna1")
      #expect(try await shop.value("SELECT count(*) FROM bellwether.delivery") == "1")
      let repeated = try await send(event("1"))
      #expect(repeated.status == 200 && repeated.text == first.text)
      #expect(try await shop.value("SELECT count(*) FROM bellwether.run") == "1")
      let run = try #require(first.json["run"]?.string)
      let shown = try await shop.send("GET", "/api/runs/\(run)", token: token)
      #expect(
        shown.json["job"] == "event account.charged" && shown.json["rows_read"] == .integer(1))

      // Another event about another thing leaves the first alone.
      let seen = try await shop.value("SELECT last_observed_at FROM bellwether.alert")
      #expect(try await send(event("2", subject: "account/a2")).json["key"] == "a2")
      #expect(
        try await shop.value(
          "SELECT last_observed_at FROM bellwether.alert WHERE entity_key = 'a1'")
          == seen)
      _ = try await shop.database.connection.query("UPDATE account SET debt = 0 WHERE code = 'a1'")
      let paid = try await send(event("3", "account.paid"))
      #expect(paid.text.contains(#""resolved": 1"#), "\(paid.text)")
      #expect(
        try await shop.value(
          "SELECT string_agg(entity_key, '') FROM bellwether.alert WHERE state = 'open'")
          == "a2")
      // The same id from elsewhere is another event.
      #expect(try await send(event("1", source: "/bank")).text != first.text)
      #expect(try await shop.value("SELECT count(*) FROM bellwether.incoming_event") == "4")
    }
  }

  @Test("reaches nothing of another tenant, and nothing that does not wait for it")
  func reach() async throws {
    try await withServedShop(rules: [ServedShop.rule, Self.waiting]) { shop in
      let token = try await shop.token()
      let foreign = try await shop.send(
        "POST", "/api/events", token: token, body: event("1", subject: "s1"))
      #expect(foreign.status == 200 && foreign.text.contains(#""in_scope": 0"#), "\(foreign.text)")
      let unawaited = try await shop.send(
        "POST", "/api/events", token: token, body: event("2", "account.made"))
      #expect(unawaited.json["run"] == .null)
      #expect(try await shop.value("SELECT count(*) FROM bellwether.alert") == "0")
      let missing = try await shop.send(
        "POST", "/api/events", token: token, body: event("3", subject: nil))
      #expect(missing.status == 400 && missing.text.contains("subject is missing"))
    }
  }

  @Test("finds the key where the catalog says it stands")
  func path() async throws {
    let events = "events:\n  account.charged: {entity: account, key: data.account.code}\n"
    try await withServedShop(rules: [Self.waiting], catalog: ServedShop.catalog + "\n" + events) {
      shop in
      let answer = try await shop.send(
        "POST", "/api/events", token: shop.token(),
        body: event("1", subject: nil, data: #"{"account":{"code":"a2"}}"#))
      #expect(answer.json["key"] == "a2", "\(answer.text)")
      #expect(try await shop.value("SELECT entity_key FROM bellwether.alert") == "a2")
    }
  }

  @Test(
    "is a CloudEvent of a moderate size",
    arguments: [
      ("{}", 400), ("[]", 400), ("", 400), (#"{"specversion":"0.3","id":"1"}"#, 400),
      (#"{"specversion":"1.0","id":"","source":"/s","type":"t"}"#, 400),
      (#"{"specversion":"1.0","id":1,"source":"/s","type":"t"}"#, 400),
      (String(repeating: " ", count: 256 * 1024 + 1), 413),
    ])
  func shape(body: String, status: Int) async throws {
    try await withServedShop { shop in
      let answer = try await shop.send("POST", "/api/events", token: shop.token(), body: body)
      #expect(answer.status == status, "\(answer.text)")
    }
  }
}

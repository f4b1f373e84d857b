import Postgres
import SQLText
import Server
import Support
import Testing

@Suite("Over HTTP somebody on duty")
struct OperatingTests {
  static let capped = """
    rule: in_debt
    title: Account in debt
    owner: ops@north.example
    tags: [money]
    for_each: account
    when: account.debt > 5
    limits: {max_matches: 1}
    then:
      - webhook: {endpoint: crm}
    """

  @Test("sends a dead delivery again, once, and cancels one that waits")
  func deliveries() async throws {
    try await withServedShop { shop in
      try await shop.process()
      let (north, south) = (try await shop.token("1"), try await shop.token("2"))
      let ids = try await shop.send("GET", "/api/deliveries", token: north).texts("id")
      let (first, second) = (try #require(ids.first), try #require(ids.last))
      func post(_ id: String, _ verb: String, _ token: String) async throws -> Answer {
        try await shop.send("POST", "/api/deliveries/\(id)/\(verb)", token: token)
      }
      #expect(try await post(first, "redrive", north).status == 409, "it waits")
      #expect(try await post(first, "cancel", south).status == 404)
      let cancelled = try await post(first, "cancel", north)
      #expect(
        cancelled.status == 200 && cancelled.json["state"] == "cancelled", "\(cancelled.text)")
      #expect(try await post(first, "cancel", north).status == 409)

      _ = try await shop.database.connection.query(
        """
        UPDATE bellwether.delivery SET state = 'dead', reason = 'exhausted', finished_at = now()
        WHERE id = \(bind: second)::uuid
        """)
      #expect(try await post(second, "redrive", south).status == 404)
      #expect(try await shop.value("SELECT count(*) FROM bellwether.delivery") == "3")
      let again = try await post(second, "redrive", north)
      #expect(again.status == 201 && again.json["state"] == "ready", "\(again.text)")
      let new = try #require(again.json["id"]?.string)
      #expect(
        try await shop.value(
          "SELECT redrive_of FROM bellwether.delivery WHERE id = \(bind: new)::uuid") == second)
      #expect(try await post(second, "redrive", north).status == 409, "its redrive waits")
    }
  }

  @Test("begins a silence, sees what it keeps from being sent, and ends it")
  func silences() async throws {
    try await withServedShop { shop in
      let (north, south) = (try await shop.token("1"), try await shop.token("2"))
      let made = try await shop.send(
        "POST", "/api/silences", token: north,
        body: #"{"rule":"in_debt","entity":"account/a1","for":"7d","reason":"in court"}"#)
      #expect(made.status == 201, "\(made.text)")
      #expect(made.json["author"] == "desk" && made.json["key"] == "a1")
      let id = try #require(made.json["id"]?.string)
      #expect(
        try await shop.value("SELECT ends_at - starts_at FROM bellwether.silence") == "7 days")
      try await shop.process()
      #expect(
        try await shop.send("GET", "/api/deliveries", token: north).texts("subject")
          == ["account/a2"])
      let list = try await shop.send("GET", "/api/silences", token: north)
      #expect(list.texts("id") == [id] && list.items.first?["skipped"] == .integer(1))
      #expect(try await shop.send("GET", "/api/silences", token: south).items.isEmpty)

      let path = "/api/silences/\(id)/expire"
      #expect(try await shop.send("POST", path, token: south).status == 404)
      #expect(try await shop.send("GET", "/api/silences", token: north).texts("id") == [id])
      #expect(try await shop.send("POST", path, token: north).status == 200)
      #expect(try await shop.send("POST", path, token: north).status == 409)
      #expect(try await shop.send("GET", "/api/silences", token: north).items.isEmpty)
      #expect(try await shop.send("GET", "/api/silences?over=1", token: north).texts("id") == [id])
    }
  }

  @Test(
    "names what to silence, for how long and why",
    arguments: [
      (#"{"for":"7d","reason":"x"}"#, 400), (#"{"rule":"in_debt","for":"7d"}"#, 400),
      (#"{"rule":"in_debt","for":"7","reason":"x"}"#, 400),
      (#"{"rule":"in_debt","for":"9999d","reason":"x"}"#, 400),
      (#"{"rule":"in_debt","for":"7d","reason":""}"#, 400),
      (#"{"rule":"other","for":"7d","reason":"x"}"#, 404),
      (#"{"tag":"other","for":"7d","reason":"x"}"#, 404),
      (#"{"all":false,"for":"7d","reason":"x"}"#, 400),
      (#"{"all":true,"for":"7d","reason":"x","until":"y"}"#, 400),
      (#"{"all":true,"for":"7d","reason":"x"}"#, 201),
    ])
  func wrongSilences(body: String, status: Int) async throws {
    try await withServedShop { shop in
      let answer = try await shop.send("POST", "/api/silences", token: shop.token(), body: body)
      #expect(answer.status == status, "\(answer.text)")
      #expect(
        try await shop.value("SELECT count(*) FROM bellwether.silence")
          == (status == 201 ? "1" : "0"))
    }
  }

  @Test("sees what is held, releases some of it and discards the rest")
  func held() async throws {
    try await withServedShop(rules: [Self.capped]) { shop in
      try await shop.process()
      let (north, south) = (try await shop.token("1"), try await shop.token("2"))
      let list = try await shop.send("GET", "/api/held", token: north)
      #expect(list.items.count == 1 && list.items.first?["actions"] == .integer(2), "\(list.text)")
      #expect(list.texts("reason") == ["max_matches"])
      let actions = try await shop.send("GET", "/api/held/actions?rule=in_debt", token: north)
      #expect(Set(actions.texts("key")) == ["a1", "a2"], "\(actions.text)")
      let one = try await shop.send("GET", "/api/held/actions?limit=1", token: north)
      #expect(one.items.count == 1)
      for path in ["/api/held", "/api/held/actions"] {
        #expect(try await shop.send("GET", path, token: south).items.isEmpty)
      }

      func post(_ verb: String, _ token: String, _ body: String) async throws -> Answer {
        try await shop.send("POST", "/api/held/\(verb)", token: token, body: body)
      }
      let toCRM: SQL = """
        SELECT string_agg(tenant_id, ' ' ORDER BY tenant_id) FROM bellwether.delivery
        WHERE target = 'crm'
        """
      for verb in ["release", "discard"] {
        let foreign = try await post(verb, south, #"{"rules":["in_debt"]}"#)
        #expect(foreign.status == 200, "\(foreign.text)")
        #expect(try await post(verb, north, #"{"rules":["other"]}"#).status == 404)
        for wrong in ["{}", #"{"rules":[]}"#, #"{"rules":["a b"]}"#, #"{"rules":["a","a"]}"#] {
          #expect(try await post(verb, north, wrong).status == 400)
        }
      }
      #expect(try await shop.value(toCRM) == "2", "south's one match is within its limit")
      let released = try await post("release", north, #"{"rules":["in_debt"],"limit":1}"#)
      #expect(
        released.status == 200 && released.text.contains(#""webhooks":1"#), "\(released.text)")
      #expect(try await shop.value(toCRM) == "1 2")
      let dropped = try await post(
        "discard", north, #"{"rules":["in_debt"],"reason":"a bad import"}"#)
      #expect(
        dropped.text == #"{"discarded":[{"rule":"in_debt","actions":1}]}"#, "\(dropped.text)")
      #expect(
        try await shop.value("SELECT reason FROM bellwether.action WHERE outcome = 'dropped'")
          == "max_matches, discarded by desk: a bad import")
      #expect(try await shop.send("GET", "/api/held", token: north).items.isEmpty)
    }
  }

  @Test("disables an endpoint of one tenant and enables it again")
  func endpoints() async throws {
    try await withServedShop { shop in
      let (north, south) = (try await shop.token("1"), try await shop.token("2"))
      #expect(
        try await shop.send("POST", "/api/endpoints/crm/disable", token: north).status == 404)
      try await shop.process()
      let off = try await shop.send("POST", "/api/endpoints/crm/disable", token: north)
      #expect(off.status == 200 && off.json["state"] == "disabled", "\(off.text)")
      #expect(off.json["waiting"] == .integer(2))
      let theirs = try await shop.send("GET", "/api/endpoints", token: south)
      #expect(theirs.texts("state") == ["well"], "\(theirs.text)")
      let on = try await shop.send("POST", "/api/endpoints/crm/enable", token: north)
      #expect(on.json["state"] == "well")
      let list = try await shop.send("GET", "/api/endpoints", token: north)
      #expect(list.texts("name") == ["crm"] && list.texts("state") == ["well"])
    }
  }
}

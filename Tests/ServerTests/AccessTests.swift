import Postgres
import Server
import SQLText
import Store
import Support
import Testing

@Suite("The HTTP interface lets in")
struct AccessTests {
  @Test("nobody without a token that it knows")
  func strangers() async throws {
    try await withServedShop { shop in
      let good = try await shop.token()
      let stranger = APIToken.make(tenant: "1").text
      let mixed = good.split(separator: ".").dropLast().joined(separator: ".") + ".wrong"
      for token in [nil, "", "x", stranger, mixed, good + "x", ServedShop.secret] {
        let answer = try await shop.send("GET", "/api/runs", token: token)
        #expect(answer.status == 401, "\(token ?? "none")")
        #expect(answer.headers["www-authenticate"] == "Bearer")
        #expect(answer.headers["content-type"] == "application/problem+json")
        #expect(answer.json["title"]?.string == "Unauthorized")
      }
      #expect(try await shop.send("GET", "/api/runs", token: good).status == 200)
      #expect(
        try await shop.value("SELECT last_used_at IS NOT NULL FROM bellwether.api_token") == "t")
    }
  }

  @Test("no token that was revoked, and keeps no token's text")
  func revoked() async throws {
    try await withServedShop { shop in
      let token = try await shop.token()
      let parts = token.split(separator: ".").map(String.init)
      let stored = try await shop.value("SELECT api_token::text FROM bellwether.api_token")
      #expect(stored?.contains(parts[1]) == true && stored?.contains(parts[2]) == false)
      let store = TokenStore(connection: shop.database.connection, tenant: "1")
      #expect(try await store.revoke(parts[1]))
      #expect(try await store.revoke(parts[1]) == false)
      #expect(try await shop.send("GET", "/api/runs", token: token).status == 401)
    }
  }

  @Test("each tenant to what is its own alone")
  func tenants() async throws {
    try await withServedShop { shop in
      try await shop.process()
      let (north, south) = (try await shop.token("1"), try await shop.token("2"))
      for (path, name, expected) in [
        ("/api/alerts", "key", (["a1", "a2"], ["s1"])),
        ("/api/deliveries", "subject", (["account/a2", "account/a1"], ["account/s1"])),
      ] {
        let (ours, theirs) = (
          try await shop.send("GET", path, token: north),
          try await shop.send("GET", path, token: south)
        )
        #expect(Set(ours.texts(name)) == Set(expected.0), "\(path): \(ours.text)")
        #expect(theirs.texts(name) == expected.1, "\(path): \(theirs.text)")
        for id in ours.texts("id") {
          #expect(try await shop.send("GET", "\(path)/\(id)", token: north).status == 200)
          #expect(try await shop.send("GET", "\(path)/\(id)", token: south).status == 404)
        }
      }
      let alert = try #require(
        try await shop.send("GET", "/api/alerts", token: north).texts("id").first)
      let foreign = try await shop.send("POST", "/api/alerts/\(alert)/acknowledge", token: south)
      #expect(foreign.status == 404)
      #expect(try await shop.value("SELECT count(*) FROM bellwether.alert_acknowledgement") == "0")
      let run = try #require(
        try await shop.send("GET", "/api/runs", token: north).texts("id").first)
      #expect(try await shop.send("GET", "/api/runs/\(run)", token: north).status == 200)
      #expect(try await shop.send("GET", "/api/runs/\(run)", token: south).status == 404)
      // The tenant is named in the token, and a token that names another is not known there.
      let id = try #require(north.split(separator: ".").dropFirst().first)
      let secret = try #require(north.split(separator: ".").last)
      let forged = "bw_\(Base64URL.encode(Array("2".utf8))).\(id).\(secret)"
      #expect(try await shop.send("GET", "/api/alerts", token: forged).status == 401)
    }
  }

  @Test("no more than so many requests a second")
  func rate() async throws {
    let limiter = RequestLimiter(perSecond: 1, burst: 2) { .zero }
    try await withServedShop(limiter: limiter) { shop in
      let (one, other) = (try await shop.token(), try await shop.token("2"))
      for status in [200, 200, 429] {
        let answer = try await shop.send("GET", "/api/rules", token: one)
        #expect(answer.status == status)
        #expect(answer.headers["retry-after"] == (status == 429 ? "1" : nil))
      }
      #expect(try await shop.send("GET", "/api/rules", token: other).status == 200)
    }
  }

  @Test("nobody who guesses, however often, without keeping out who is known")
  func guesses() async throws {
    let failures = RequestLimiter(perSecond: 1, burst: 2) { .zero }
    try await withServedShop(failures: failures) { shop in
      let (good, late) = (try await shop.token(), try await shop.token(name: "late"))
      func send(
        _ token: String?, _ path: String = "/api/rules", from source: String
      ) async throws -> Int {
        try await shop.send(
          "GET", path, token: token, headers: ["X-Forwarded-For": "10.9.9.9, \(source)"]
        ).status
      }
      #expect(try await send(good, from: "10.0.0.1") == 200)
      let guesses = (1...3).map { _ in APIToken.make(tenant: "1").text }
      for (guess, status) in zip(guesses, [401, 401, 429]) {
        #expect(try await send(guess, from: "10.0.0.1") == status)
      }
      #expect(try await send(nil, from: "10.0.0.1") == 429)
      #expect(try await send("guess", "/api/jobs/process?job=x", from: "10.0.0.1") == 429)
      #expect(try await send(late, from: "10.0.0.1") == 429, "it could be one more guess")
      #expect(try await send(good, from: "10.0.0.1") == 200, "it was right before")
      #expect(try await send(late, from: "10.0.0.2") == 200)
      let wrong = ServedShop.secret + "x"
      for status in [401, 401, 429] {
        #expect(try await send(wrong, "/api/jobs/process?job=x", from: "10.0.0.3") == status)
      }
      #expect(try await send(ServedShop.secret, "/api/jobs/process?job=x", from: "10.0.0.4") == 404)
    }
  }

  @Test("no scheduler without the secret, or when the secret could be guessed")
  func scheduler() async throws {
    try await withServedShop { shop in
      let tenant = try await shop.token()
      for token in [nil, "", ServedShop.secret + "x", tenant] {
        let answer = try await shop.send("GET", "/api/jobs/process?job=triggers", token: token)
        #expect(answer.status == 401)
      }
      #expect(try await shop.value("SELECT count(*) FROM bellwether.run") == "0")
    }
    for secret in [nil, "", "short"] {
      try await withServedShop(secret: secret) { shop in
        let answer = try await shop.send(
          "GET", "/api/jobs/process?job=triggers", token: secret ?? "x")
        #expect(answer.status == 401)
        #expect(answer.json["detail"]?.string?.contains("CRON_SECRET") == true)
      }
    }
  }
}

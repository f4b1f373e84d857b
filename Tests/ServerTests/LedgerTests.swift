import Postgres
import Server
import SQLText
import Support
import Testing

@Suite("The ledgers over HTTP")
struct LedgerTests {
  @Test("come in pages that have every row once")
  func pages() async throws {
    try await withServedShop { shop in
      _ = try await shop.database.connection.query(
        "INSERT INTO account SELECT 'n' || n, 1, 'No. ' || n, 9 FROM generate_series(1, 9) AS n")
      for _ in 1...3 { try await shop.process() }
      let token = try await shop.token()
      for (path, name, count) in [
        ("/api/alerts", "key", 11), ("/api/deliveries", "id", 11), ("/api/runs", "id", 3),
        ("/api/rules", "name", 1),
      ] {
        var found: [String] = []
        var cursor: String?
        repeat {
          let page = try await shop.send(
            "GET", "\(path)?limit=2" + (cursor.map { "&cursor=\($0)" } ?? ""), token: token)
          #expect(page.status == 200 && page.items.count <= 2, "\(page.text)")
          found += page.texts(name)
          cursor = page.json["next"]?.string
        } while cursor != nil
        #expect(found.count == count && Set(found).count == count, "\(path): \(found)")
      }
    }
  }

  @Test(
    "refuse what they do not know",
    arguments: [
      "limit=0", "limit=201", "limit=x", "limit=+1", "limit=1&limit=2", "cursor=x", "cursor=%00",
      "cursor=a:0", "state=gone", "colour=red", "rule=%ff", "acknowledged=maybe",
    ])
  func refuses(query: String) async throws {
    try await withServedShop { shop in
      let answer = try await shop.send("GET", "/api/alerts?\(query)", token: shop.token())
      #expect(answer.status == 400, "\(answer.text)")
      #expect(answer.headers["content-type"] == "application/problem+json")
    }
  }

  @Test("show alerts by what is asked for")
  func filters() async throws {
    try await withServedShop { shop in
      try await shop.process()
      _ = try await shop.database.connection.query("UPDATE account SET debt = 0 WHERE code = 'a1'")
      try await shop.process()
      let token = try await shop.token()
      for (query, keys) in [
        ("", ["a2"]), ("state=closed", ["a1"]), ("rule=in_debt", ["a2"]), ("rule=other", []),
        ("severity=medium", ["a2"]), ("severity=low", []), ("acknowledged=0", ["a2"]),
        ("acknowledged=true", []),
      ] {
        let answer = try await shop.send("GET", "/api/alerts?\(query)", token: token)
        #expect(answer.texts("key") == keys, "\(query)")
      }
    }
  }

  @Test("keep who has seen an alert until its episode ends")
  func acknowledge() async throws {
    try await withServedShop { shop in
      try await shop.process()
      let (desk, night) = (try await shop.token(), try await shop.token(name: "night"))
      let list = try await shop.send("GET", "/api/alerts", token: desk)
      let id = try #require(list.texts("id").first)
      let path = "/api/alerts/\(id)/acknowledge"
      let seen = try await shop.send("POST", path, token: desk, body: #"{"note":"on it\u0000"}"#)
      #expect(seen.status == 200, "\(seen.text)")
      #expect(seen.json["acknowledged_by"] == "desk" && seen.json["note"] == "on it")
      let again = try await shop.send("POST", path, token: night)
      #expect(again.json["acknowledged_by"] == "desk", "the first stays named")
      let shown = try await shop.send("GET", "/api/alerts?acknowledged=1", token: desk)
      #expect(shown.texts("id") == [id])

      _ = try await shop.database.connection.query("UPDATE account SET debt = 0 WHERE code = 'a1'")
      try await shop.process()
      #expect(try await shop.send("POST", path, token: desk).status == 409)
      _ = try await shop.database.connection.query("UPDATE account SET debt = 9 WHERE code = 'a1'")
      try await shop.process()
      let next = try await shop.send("GET", "/api/alerts/\(id)", token: desk)
      #expect(next.json["state"] == "open" && next.json["acknowledged_by"] == .null)
      #expect(try await shop.send("POST", path, token: night).json["acknowledged_by"] == "night")
    }
  }

  @Test("take no body that is too long, of another type or with other members")
  func bodies() async throws {
    try await withServedShop { shop in
      try await shop.process()
      let token = try await shop.token()
      let id = try #require(
        try await shop.send("GET", "/api/alerts", token: token).texts("id").first)
      for (body, type, status) in [
        (#"{"note":"\#(String(repeating: "x", count: 9000))"}"#, "application/json", 413),
        (#"{"note":"\#(String(repeating: "x", count: 501))"}"#, "application/json", 400),
        ("note=1", "application/x-www-form-urlencoded", 415),
        (#"{"notes":"x"}"#, "application/json", 400),
        (#"{"note":1}"#, "application/json", 400), ("[]", "application/json", 400),
        ("{", "application/json", 400),
        (String(repeating: "[", count: 8000), "application/json", 400),
      ] {
        let answer = try await shop.send(
          "POST", "/api/alerts/\(id)/acknowledge", token: token, body: body, type: type)
        #expect(answer.status == status, "\(body.prefix(40)): \(answer.text)")
      }
      #expect(try await shop.value("SELECT count(*) FROM bellwether.alert_acknowledgement") == "0")
    }
  }

  @Test("name the methods of a path, and answer HEAD without a body")
  func methods() async throws {
    try await withServedShop { shop in
      let token = try await shop.token()
      let wrong = try await shop.send("DELETE", "/api/runs", token: token)
      #expect(wrong.status == 405 && wrong.headers["allow"] == "GET, HEAD")
      let head = try await shop.send("HEAD", "/healthz")
      #expect(head.status == 200 && head.text.isEmpty)
      for path in ["/", "/api", "/api/runs/", "/api//runs", "/api/runs/x", "/api/alerts/%00"] {
        let answer = try await shop.send("GET", path, token: token)
        #expect(answer.status == 404, "\(path)")
        #expect(answer.headers["content-type"] == "application/problem+json")
      }
      #expect(try await shop.send("GET", "/readyz").json["status"] == "ready")
    }
  }

  @Test("describe themselves in the table that they are made from")
  func openAPI() async throws {
    try await withServedShop { shop in
      let document = try await shop.send("GET", "/openapi.json").json
      guard case .object(let paths)? = document["paths"] else { throw Missing() }
      #expect(document["openapi"] == "3.1.0" && paths.count >= 12)
      for path in paths.keys {
        // Whatever is described is there: it asks for a token, or wants more.
        let real = path.replacing("{id}", with: "x").replacing("{name}", with: "x")
        let methods: [String] =
          if case .object(let operations)? = paths[path] { Array(operations.keys) } else { [] }
        for method in methods {
          let answer = try await shop.send(method.uppercased(), real)
          #expect(answer.status == 200 || answer.status == 401, "\(method) \(path)")
          let security = document["paths"]?[path]?[method]?["security"]
          #expect((security == []) == (answer.status == 200), "\(method) \(path)")
        }
      }
    }
  }

  private struct Missing: Error {}
}

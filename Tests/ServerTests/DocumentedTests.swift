import Foundation
import Server
import Testing

@Suite("docs/http-api.md")
struct DocumentedTests {
  @Test("names every route that there is, and no other")
  func routes() async throws {
    try await withServedShop { shop in
      let document = try await shop.send("GET", "/openapi.json").json
      guard case .object(let paths)? = document["paths"] else { throw Missing() }
      var routes: Set = ["GET /openapi.json"]
      for (path, operations) in paths {
        guard case .object(let operations) = operations else { throw Missing() }
        routes.formUnion(operations.keys.map { "\($0.uppercased()) \(path)" })
      }
      let documented = try Self.documented()
      #expect(routes.subtracting(documented).sorted() == [], "are not documented")
      #expect(documented.subtracting(routes).sorted() == [], "are not there")
    }
  }

  /// What the first column of the table of paths says: `GET` or `POST /a`, `/b`.
  private static func documented() throws -> Set<String> {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../docs/http-api.md")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    var routes: Set<String> = []
    for line in lines where line.hasPrefix("| `GET") || line.hasPrefix("| `POST") {
      var (alone, methods): ([Substring], [Substring]) = ([], [])
      let cell = line.split(separator: "|")[0]
      for piece in cell.split(separator: "`") where piece.contains(/[A-Z\/]/) {
        let words = piece.split(separator: " ")
        if words.count == 2 {
          methods = alone + [words[0]]
          alone = []
        } else if !piece.hasPrefix("/") {
          alone.append(piece)
          continue
        }
        routes.formUnion(methods.map { "\($0) \(words[words.count - 1])" })
      }
    }
    return routes
  }

  private struct Missing: Error {}
}

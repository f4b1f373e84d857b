import Foundation
import Postgres
import SQLText
import Support
import Testing

/// A project of one rule about what runs out in two shops, which expects at most two.
struct StockProject: Sendable {
  let database: TestDatabase
  private let folder: URL

  private static let files = [
    "bellwether.yaml": """
    smtp: {host: localhost, port: 25, from: a@acme.example, security: none}
    """,
    "rules/catalog.yaml": """
    catalog: 1
    tenants: {table: shop, key: id, slug: slug, name: name}
    entities:
      item:
        table: item
        key: code
        tenant: shop_id
        label: name
        fields: {name: text, stock: number}
    """,
    "rules/low.yaml": """
    rule: low
    owner: owner@acme.example
    tags: [stock]
    for_each: item
    when: item.stock < 5
    severity: {high: item.stock == 0, medium: otherwise}
    then:
      - email: {to: buyer@acme.example, subject: "{{item.name}} runs out", body: Order some.}
    limits: {max_matches: 2}
    """,
  ]

  /// Makes the project, and its tables in a new database.
  init(_ database: TestDatabase) async throws {
    self.database = database
    folder = URL(filePath: TemporaryFolder.make(prefix: "bellwether-stock"))
    for (path, text) in Self.files {
      let file = folder.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    try await database.connection.execute(
      script: """
        CREATE TABLE shop (id bigint PRIMARY KEY, slug text, name text);
        CREATE TABLE item (code text PRIMARY KEY, shop_id bigint, name text, stock integer);
        INSERT INTO shop VALUES (1, 'north', 'North'), (2, 'south', 'South')
        """)
  }

  /// Adds items of a shop.
  func add(_ items: [(code: String, stock: Int)], shop: Int = 1) async throws {
    for (code, stock) in items {
      _ = try await database.connection.query(
        """
        INSERT INTO item VALUES (\(bind: code), \(bind: shop), \(bind: "Item \(code)"),
          \(bind: stock)::integer)
        """)
    }
  }

  /// Runs a command in the project.
  func callAsFunction(_ arguments: String...) async throws -> Outcome {
    try await self(arguments)
  }

  func callAsFunction(_ arguments: [String]) async throws -> Outcome {
    try await bellwether(
      arguments + ["--project", folder.path],
      environment: ["DATABASE_URL": database.url, "USER": "ann"])
  }

  /// Runs a command that prints a JSON object, and returns the list in it.
  func list(_ name: String, _ arguments: String...) async throws -> [[String: Any]] {
    let outcome = try await self(arguments + ["--json"])
    try #require(outcome.exitCode == 0, "\(outcome.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    return try #require((object as? [String: Any])?[name] as? [[String: Any]])
  }
}

import Foundation
import Postgres
import SQLText
import Store
import Support
import Testing

@Suite("The command `token`")
struct TokenCommandTests {
  @Test("makes a token whose text it shows once, lists it and ends it")
  func life() async throws {
    try await withTestDatabase { database in
      try await ReferenceSchema.install(on: database.connection)
      _ = try await database.connection.query(
        "INSERT INTO tenant (slug, name, timezone) VALUES ('acme', 'Acme', 'Europe/Paris')")
      let environment = ["DATABASE_URL": database.url]
      func token(_ arguments: String...) async throws -> Outcome {
        try await bellwether(
          ["token"] + arguments + ["--tenant", "acme"], environment: environment)
      }
      let made = try await token("create", "--name", "desk")
      #expect(made.exitCode == 0 && made.output.hasPrefix("bw_"), "\(made.errors)")
      let parts = made.output.split(separator: ".")
      let id = String(parts[1])
      let list = try await token("list", "--json")
      #expect(list.output.contains(#""id":"\#(id)","name":"desk""#), "\(list.output)")
      #expect(!list.output.contains(parts[2].dropLast()))
      #expect(list.output.contains(#""revoked_at":null"#))
      #expect(try await token("revoke", id).exitCode == 0)
      let again = try await token("revoke", id)
      #expect(again.exitCode == 1 && again.errors.contains("has no token \(id) that is good"))
      #expect(try await !token("list", "--json").output.contains(#""revoked_at":null"#))
      let nowhere = try await bellwether(
        "token", "create", "--name", "x", "--tenant", "acne", environment: environment)
      #expect(nowhere.exitCode == 1 && nowhere.errors.contains("did you mean 'acme'?"))
    }
  }
}

import Foundation
import Postgres
import SQLText
import Support
import Testing

@Suite("The command `silence`")
struct SilenceCommandTests {
  /// The id in what `add` prints.
  private func beginning(_ outcome: Outcome) throws -> String {
    try #require(outcome.exitCode == 0, "\(outcome.errors)")
    return String(try #require(outcome.output.split(separator: " ").dropFirst().first))
  }

  @Test("begins one, says what it kept from being sent, and ends it")
  func whole() async throws {
    try await withTestDatabase { database in
      let command = try await StockProject(database)
      try await command.add([("a", 4), ("b", 0)])
      try await command.add([("s", 1)], shop: 2)
      let id = try beginning(
        await command("silence", "add", "--rule", "low", "--for", "7d", "--reason", "stocktaking"))
      let other = try beginning(
        await command(
          "silence", "add", "--entity", "item/s", "--tenant", "south", "--from", "2031-01-01",
          "--until", "2031-02-01", "--reason", "closed", "--author", "bob"))
      try #require(try await command("run", "low").exitCode == 0)
      let sent = try await database.connection.query("SELECT count(*) FROM bellwether.delivery")
      #expect(sent == [["0"]])
      let opened = try await database.connection.query("SELECT count(*) FROM bellwether.alert")
      #expect(opened == [["3"]])

      let all = try await command.list("silences", "silence", "list")
      #expect(Set(all.compactMap { $0["id"] as? String }) == [id, other])
      let first = all.filter { $0["id"] as? String == id }
      #expect(first.map { $0["not_sent"] as? Int } == [2, 1])
      #expect(first.allSatisfy { $0["author"] as? String == "ann" })
      let second = try #require(all.first { $0["id"] as? String == other })
      #expect(second["key"] as? String == "s" && second["entity"] as? String == "item")
      #expect(second["from"] as? String == "2031-01-01T00:00:00Z")
      let text = try await command("silence", "list", id)
      for part in ["rule low", "stocktaking", "North (north)", "Item b", "buyer@acme.example"] {
        #expect(text.output.contains(part), "\(part): \(text)")
      }

      let ended = try await command("silence", "expire", id)
      #expect(ended.exitCode == 0 && ended.output.contains("over for north, south"))
      #expect(try await command("silence", "expire", id).exitCode == 1)
      #expect(try await command.list("silences", "silence", "list").count == 1)
      #expect(try await command.list("silences", "silence", "list", "--all").count == 3)
      try await command.add([("n", 1)], shop: 2)
      try #require(try await command("run", "low").exitCode == 0)
      let later = try await database.connection.query("SELECT target FROM bellwether.delivery")
      #expect(later == [["buyer@acme.example"]], "what is new is told, what was covered is not")
    }
  }

  @Test("says what is wrong with a question")
  func usage() async throws {
    try await withTestDatabase { database in
      let command = try await StockProject(database)
      func add(_ arguments: String...) async throws -> Outcome {
        try await command(["silence", "add", "--reason", "r"] + arguments)
      }
      #expect(try await add("--for", "7d").exitCode == 2)
      #expect(try await add("--rule", "low").exitCode == 2)
      #expect(try await add("--rule", "low", "--for", "7d", "--until", "2031-01-01").exitCode == 2)
      #expect(try await add("--rule", "low", "--for", "soon").exitCode == 2)
      #expect(try await add("--rule", "low", "--until", "never").exitCode == 2)
      let past = try await add("--rule", "low", "--until", "2020-01-01")
      #expect(past.exitCode == 1 && past.errors.contains("over before it began"))
      let tag = try await add("--tag", "stok", "--for", "1d")
      #expect(tag.exitCode == 1 && tag.errors.contains("no rule has the tag 'stok'"))
      let rule = try await add("--rule", "lwo", "--for", "1d")
      #expect(rule.exitCode != 0 && rule.errors.contains("'low'"), "\(rule)")
      #expect(try await command("silence", "list", "00000000").exitCode == 1)
      #expect(try await command("silence", "list", "--limit", "0").exitCode == 2)
      #expect(try await command("silence", "list").output == "no silence is under way or to come\n")
    }
  }
}

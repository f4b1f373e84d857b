import Foundation
import Postgres
import SQLText
import Support
import Testing

@Suite("The command `held`")
struct HeldCommandTests {
  @Test("lists, releases and discards, as the mail to the owner says")
  func whole() async throws {
    try await withTestDatabase { database in
      let command = try await StockProject(database)
      try await command.add([("a", 4), ("b", 0), ("c", 3), ("d", 2)])
      try await command.add([("s", 1)], shop: 2)
      let run = try await command("run", "low")
      try #require(run.exitCode == 0, "\(run.errors)")

      let list = try await command("held", "list")
      #expect(list.exitCode == 0 && list.output.contains("max_matches"), "\(list)")
      let all = try await command.list("held", "held", "list")
      #expect(all.map { $0["tenant"] as? String } == ["north"])
      #expect(all.first?["actions"] as? Int == 4 && all.first?["over"] as? Int == 0)
      let actions = try await command.list("actions", "held", "list", "--rule", "low")
      #expect(actions.map { $0["key"] as? String } == ["b", "a", "c", "d"])
      #expect(actions.first?["recipient"] as? String == "buyer@acme.example")

      // Word for word what the owner is told to type; the last discards.
      let mail = try await database.connection.query(
        """
        SELECT convert_from(body, 'UTF8')::jsonb->>'text' FROM bellwether.event
        WHERE type = 'dev.bellwether.rule.held'
        """)
      try #require(mail.count == 1)
      var typed: [[String]] = []
      for line in (mail[0][0] ?? "").split(separator: "\n") {
        let words = line.split(separator: " ").map { String($0.replacing("\"", with: "")) }
        if words.first == "bellwether" { typed.append(Array(words.dropFirst())) }
      }
      #expect(typed.map { $0[1] } == ["list", "release", "release", "discard"])
      let forOne = Array(typed[2].dropLast()) + ["1"]
      for words in [typed[0], forOne, typed[3]] {
        let outcome = try await command(words)
        #expect(outcome.exitCode == 0, "\(words): \(outcome.errors)")
      }
      let log = try await database.connection.query(
        """
        SELECT entity_key, outcome, reason FROM bellwether.action WHERE tenant_id = '1' ORDER BY 1
        """)
      let discarded = ["dropped", "max_matches, discarded by ann: ..."]
      #expect(
        log == [
          ["a"] + discarded, ["b", "done", "max_matches"], ["c"] + discarded, ["d"] + discarded,
        ])
      #expect(try await command("held", "list").output == "nothing is held\n")
      let nothing = try await command("held", "release", "--all")
      #expect(nothing.exitCode == 0 && nothing.output.contains("nothing was released"))
    }
  }

  @Test("counts what it did, for programs too")
  func counts() async throws {
    try await withTestDatabase { database in
      let command = try await StockProject(database)
      try await command.add([("a", 4), ("b", 0), ("c", 3)])
      try #require(try await command("run", "low").exitCode == 0)
      let released = try await command.list(
        "released", "held", "release", "low", "--tenant", "north", "--limit", "2")
      #expect(released.first?["emails"] as? Int == 2 && released.first?["rule"] as? String == "low")
      let text = try await command("held", "discard", "low", "--author", "bob")
      #expect(text.output == "north: low: 1 action discarded\n")
      #expect(try await command.list("discarded", "held", "discard", "low").isEmpty)
    }
  }

  @Test("says what is wrong with a question")
  func usage() async throws {
    try await withTestDatabase { database in
      let command = try await StockProject(database)
      #expect(try await command("held", "release").exitCode == 2)
      #expect(try await command("held", "release", "low", "--all").exitCode == 2)
      #expect(try await command("held", "release", "low", "--limit", "0").exitCode == 2)
      #expect(try await command("held", "list", "--limit", "0").exitCode == 2)
      let slip = try await command("held", "release", "lwo")
      #expect(slip.exitCode != 0 && slip.errors.contains("'low'"), "\(slip)")
      let unknown = try await command("held", "discard", "lwo")
      #expect(unknown.exitCode == 1 && unknown.errors.contains("did you mean 'low'?"))
      let stranger = try await command("held", "list", "--tenant", "nort")
      #expect(stranger.exitCode == 1 && stranger.errors.contains("did you mean 'north'?"))
    }
  }
}

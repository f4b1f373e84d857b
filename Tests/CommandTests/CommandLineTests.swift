import Foundation
import Postgres
import SQLText
import Support
import Testing

@Suite("The command line")
struct CommandLineTests {
  @Test("finds nothing wrong with the shipped rules, even strictly")
  func checkShipped() async throws {
    let outcome = try await bellwether("check", "--strict")
    #expect(outcome.exitCode == 0)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasSuffix("files checked: 0 errors, 0 warnings\n"))
  }

  @Test("shows a wrong file's place, cause and fix, and exits with 1")
  func checkWrong() async throws {
    let folder = URL(filePath: TemporaryFolder.make(prefix: "bellwether-command"))
    let file = folder.appending(path: "oops.yaml")
    let rule = """
      rule: oops
      owner: ops@acme.example
      for_each: customer
      when: customer.status == "activ"
      then:
        - task: {title: "Call {{customer.nam}}"}
      """
    try rule.write(to: file, atomically: true, encoding: .utf8)
    let text = try await bellwether("check", file.path, "--project", ".")
    #expect(text.exitCode == 1)
    #expect(text.output.contains("oops.yaml:4:"))
    #expect(text.output.contains("customer.status is never \"activ\""))
    #expect(text.output.contains("customer.nam"))
    let json = try await bellwether("check", file.path, "--project", ".", "--format", "json")
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    #expect(object?["errors"] as? Int == 2)
  }

  @Test(
    "exits with 2 on wrong usage and offers what was meant",
    arguments: [
      (["run", "low_stok"], "did you mean 'low_stock'?"),
      (["run", "triggers", "--as-of", "soon"], "is not a time"),
      (["run", "triggers", "--analyze"], "--analyze belongs to --explain-plan"),
      (["check", "no/such/file.yaml"], "there is no file or folder"),
      (["schema", "catalogue"], "is invalid for '<file>'"),
      (["chekc"], "Unexpected argument 'chekc'"),
    ])
  func usage(arguments: [String], words: String) async throws {
    let outcome = try await bellwether(arguments)
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains(words))
  }

  @Test("explains every command")
  func help() async throws {
    let dump = try await bellwether("--experimental-dump-help").output
    let root = try JSONSerialization.jsonObject(with: Data(dump.utf8)) as? [String: Any]
    let commands = Self.leaves(of: try #require(root?["command"] as? [String: Any]), under: [])
    #expect(commands.count > 25)
    for command in commands {
      let outcome = try await bellwether(command + ["--help"])
      #expect(outcome.exitCode == 0, "\(command): \(outcome.errors)")
      #expect(outcome.output.contains("USAGE: bellwether \(command.joined(separator: " "))"))
    }
  }

  private static func leaves(of command: [String: Any], under path: [String]) -> [[String]] {
    let subcommands = command["subcommands"] as? [[String: Any]] ?? []
    guard !subcommands.isEmpty else { return [path] }
    return subcommands.flatMap { subcommand -> [[String]] in
      guard let name = subcommand["commandName"] as? String, name != "help" else { return [] }
      return leaves(of: subcommand, under: path + [name])
    }
  }

  @Test("lists the next five times of each rule in the tenant's zone, through a change of clocks")
  func schedules() async throws {
    try await withTestDatabase { database in
      try await database.connection.execute(
        script: """
          CREATE TABLE tenant (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), slug text, name text,
            timezone text);
          INSERT INTO tenant (slug, name, timezone) VALUES ('berlin', 'Berlin', 'Europe/Berlin')
          """)
      let outcome = try await bellwether(
        "schedule", "list", "--tenant", "berlin", "--as-of", "2026-03-27 12:00",
        environment: ["DATABASE_URL": database.url])
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      let rules = outcome.output.components(separatedBy: "\n\n")
      let daily = try #require(rules.first { $0.hasPrefix("account_types: daily at 02:00") })
      // There was no 02:00 on 29 March: the first instant after it is 03:00.
      #expect(
        daily.split(separator: "\n").dropFirst().map { $0.trimmingCharacters(in: .whitespaces) }
          == [
            "sat 2026-03-28 02:00:00  2026-03-28T01:00:00Z",
            "sun 2026-03-29 03:00:00  2026-03-29T01:00:00Z  for 2026-03-29 02:00:00, "
              + "which clocks jump over",
            "mon 2026-03-30 02:00:00  2026-03-30T00:00:00Z",
            "tue 2026-03-31 02:00:00  2026-03-31T00:00:00Z",
            "wed 2026-04-01 02:00:00  2026-04-01T00:00:00Z",
          ], "\(daily)")
    }
  }

  @Test("asks an unreachable database twice, then says what to do")
  func unreachable() async throws {
    let outcome = try await bellwether(
      "run", "triggers", environment: ["DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"])
    #expect(outcome.exitCode == 1)
    #expect(outcome.errors.contains("trying once more"))
    #expect(outcome.errors.contains("the database cannot be reached"))
    #expect(outcome.errors.contains("help:"))
  }

  @Test("prints schemas for editors", arguments: ["rule", "condition", "catalog", "settings"])
  func schema(_ file: String) async throws {
    let outcome = try await bellwether("schema", file)
    #expect(outcome.exitCode == 0)
    let committed = packageRoot.appending(path: "schemas/\(file).json")
    #expect(outcome.output == (try String(contentsOf: committed, encoding: .utf8)))
    let help = try await bellwether("schema", "--help")
    #expect(help.output.contains("bellwether schema catalog"))
  }

  @Test("does not put the demo's business among somebody's tables")
  func demoElsewhere() async throws {
    try await withTestDatabase { database in
      try await database.connection.execute(script: "CREATE TABLE tenant (id bigint, name text)")
      let outcome = try await bellwether("demo", environment: ["DATABASE_URL": database.url])
      #expect(outcome.exitCode == 1)
      #expect(outcome.errors.contains("has tables of its own"))
      let tables = try await database.connection.query(
        "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
      #expect(tables == [["1"]])
    }
  }

  @Test("shows the demo once, and the second demo creates nothing")
  func demo() async throws {
    try await withTestDatabase { database in
      let environment = ["DATABASE_URL": database.url]
      let first = try await bellwether("demo", environment: environment)
      try #require(first.exitCode == 0, "\(first.errors)")
      #expect(first.output.contains("One email as received"))
      #expect(first.output.contains("webhook-signature: v1,"))
      #expect(first.output.contains("run dormant_customer --dry-run\n"), "DATABASE_URL leads there")
      let made = try await counts(database)
      #expect(made.allSatisfy { $0 > 0 }, "tasks, mails and webhooks: \(made)")

      let second = try await bellwether("demo", environment: environment)
      #expect(second.exitCode == 0)
      #expect(second.output.contains("Nothing new was sent"))
      #expect(try await counts(database) == made)

      // The demo's database serves the other commands as well.
      let stranger = try await bellwether(
        "run", "triggers", "--tenant", "verdir", environment: environment)
      #expect(stranger.exitCode == 0)
      #expect(stranger.errors.contains("did you mean 'verdier'?"))
      let dry = try await bellwether(
        "run", "dormant_customer", "--tenant", "verdier", "--dry-run", "--json",
        environment: environment)
      let object = try JSONSerialization.jsonObject(with: Data(dry.output.utf8)) as? [String: Any]
      let run = (object?["runs"] as? [[String: Any]])?.first
      let rule = (run?["rules"] as? [[String: Any]])?.first
      let matches = try #require(rule?["matches"] as? [[String: Any]])
      #expect(!matches.isEmpty && matches.count == rule?["matched"] as? Int)
      #expect((matches[0]["values"] as? [String: Any])?["quiet_for"] is String)
      let plan = try await bellwether(
        "run", "triggers", "--tenant", "verdier", "--explain-plan", environment: environment)
      #expect(plan.output.components(separatedBy: "SET LOCAL TimeZone").count == 3)
      let analyzed = try await bellwether(
        "run", "triggers", "--tenant", "verdier", "--explain-plan", "--analyze",
        environment: environment)
      #expect(analyzed.output.components(separatedBy: "SET LOCAL TimeZone").count == 3)
      #expect(analyzed.output.components(separatedBy: "\n-- Execution Time: ").count == 3)
      #expect(analyzed.output.contains("(actual time="))
      #expect(try await counts(database) == made)
      let deliver = try await bellwether("deliver", "--json", environment: environment)
      #expect(deliver.exitCode == 0)
    }
  }

  /// How many tasks, and how many deliveries that succeeded by channel.
  private func counts(_ database: TestDatabase) async throws -> [Int] {
    let rows = try await database.connection.query(
      """
      SELECT (SELECT count(*) FROM task),
        (SELECT count(*) FROM bellwether.delivery WHERE channel = 'email' AND state = 'succeeded'),
        (SELECT count(*) FROM bellwether.delivery WHERE channel = 'webhook' AND state = 'succeeded')
      """)
    return rows[0].compactMap { $0.flatMap { Int($0) } }
  }
}

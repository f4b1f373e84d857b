import ArgumentParser
import Engine
import Expressions
import Foundation
import Store

/// `bellwether runs`: what ran, and what came of it.
struct RunsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List runs, newest first, or show one with all that it did.",
    discussion: """
      Examples:
        bellwether runs
        bellwether runs --failed
        bellwether runs --rule dormant_customer --tenant acme --limit 50
        bellwether runs show 0190a5f2-7c1e-7000-8000-3f2a61b0c4d5

      Exit code: 0 done, 1 it could not be done, 2 wrong usage.
      """,
    subcommands: [RunsListCommand.self, RunsShowCommand.self],
    defaultSubcommand: RunsListCommand.self)
}

/// `bellwether runs list`.
struct RunsListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List runs, newest first.",
    discussion: """
      Examples:
        bellwether runs --failed
        bellwether runs --job triggers --json
      """)

  @Flag(help: "Only runs that failed.")
  var failed = false

  @Option(help: ArgumentHelp("Only runs of this rule.", valueName: "rule"))
  var rule: String?

  @Option(
    help: ArgumentHelp(
      "Only runs of this job or schedule, as the list names it.", valueName: "job"))
  var job: String?

  @Option(help: ArgumentHelp("One tenant only.", valueName: "slug"))
  var tenant: String?

  @Option(help: ArgumentHelp("How many runs of a tenant to list.", valueName: "number"))
  var limit = 20

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
  }

  func run() async throws {
    var found: [(tenant: Tenant, runs: [RunSummary])] = []
    try await withEngine(project, database, tenant: tenant) { tenants, _, _, session in
      for tenant in tenants {
        let runs = try await TenantSession.inTenant(tenant.key, on: session.connection) {
          try await RunStore(connection: $0, tenant: tenant.key).summaries(
            outcome: failed ? .failed : nil, job: job, rule: rule, limit: limit)
        }
        found.append((tenant, runs))
      }
    }
    print(json ? RunsOutput.json(found) : RunsOutput.text(found))
  }
}

/// `bellwether runs show`.
struct RunsShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show one run: rules, versions, phases, errors by record.",
    discussion: """
      Examples:
        bellwether runs show 0190a5f2-7c1e-7000-8000-3f2a61b0c4d5
      """)

  @Argument(help: "The run's id.")
  var id: String

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    guard let id = UUIDv7(id) else {
      throw ValidationError("'\(id)' is not a run's id; `bellwether runs` lists them")
    }
    var found: (tenant: Tenant, object: String)?
    try await withEngine(project, database, tenant: nil) { tenants, _, _, session in
      for tenant in tenants where found == nil {
        let object = try await TenantSession.inTenant(tenant.key, on: session.connection) {
          try await RunStore(connection: $0, tenant: tenant.key).story(id)
        }
        found = object.map { (tenant, $0) }
      }
    }
    guard let found else {
      throw CommandFailure(
        "there is no run \(id)", help: "`bellwether runs` lists those that have ended")
    }
    print(json ? found.object : RunsOutput.story(found.object, found.tenant))
  }
}

import ArgumentParser
import Diagnostics
import Engine
import Expressions
import Foundation
import Rules
import Store

/// `bellwether held`: what limits hold back, and what is to become of it.
struct HeldCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "held",
    abstract: "List, release or discard what limits hold back.",
    discussion: """
      Examples:
        bellwether held list
        bellwether held release dormant_customer --limit 10
        bellwether held discard dormant_customer --reason 'a bad import'

      What `max_matches` holds waits for `release` or `discard`. What a rate holds goes on by itself \
      in the next window. See docs/limits.md.

      Exit code: 0 done, 1 it could not be done, 2 wrong usage.
      """,
    subcommands: [HeldListCommand.self, HeldReleaseCommand.self, HeldDiscardCommand.self])
}

/// `bellwether held list`.
struct HeldListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List what is held back, by tenant, rule and reason.",
    discussion: """
      Examples:
        bellwether held list
        bellwether held list --rule dormant_customer     one by one, most severe first
        bellwether held list --tenant acme --json
      """)

  @Option(help: ArgumentHelp("One rule only, and its actions one by one.", valueName: "rule"))
  var rule: String?

  @Option(help: ArgumentHelp("One tenant only.", valueName: "slug"))
  var tenant: String?

  @Option(help: ArgumentHelp("How many actions of a tenant to list.", valueName: "number"))
  var limit = 50

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit is 1 or more") }
  }

  func run() async throws {
    var held: [HeldOutput.Tenants] = []
    try await withEngine(project, database, tenant: tenant) { tenants, _, engine, _ in
      for tenant in tenants {
        held.append(
          HeldOutput.Tenants(
            tenant: tenant, summaries: try await engine.heldSummaries(of: rule, for: tenant),
            actions: rule == nil
              ? [] : try await engine.heldActions(of: rule, atMost: limit, for: tenant)))
      }
    }
    print(json ? HeldOutput.json(held) : HeldOutput.text(held))
  }
}

/// `bellwether held release`.
struct HeldReleaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "release", abstract: "Carry out what max_matches holds.",
    discussion: """
      All or nothing for each tenant, as a run does it: silences and the other limits hold. What is \
      held for an alert that is over by now is dropped.

      Examples:
        bellwether held release dormant_customer
        bellwether held release dormant_customer --tenant acme --limit 10   the ten most severe
        bellwether held release --all
      """)

  @Argument(help: "The rules.")
  var rules: [String] = []

  @Flag(help: "Every rule.")
  var all = false

  @Option(
    help: ArgumentHelp("Release those of so many alerts of each rule only.", valueName: "number"))
  var limit: Int?

  @Option(help: ArgumentHelp("One tenant only.", valueName: "slug"))
  var tenant: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    if rules.isEmpty != all { throw ValidationError("name rules, or say --all") }
    if let limit, limit < 1 { throw ValidationError("--limit is 1 or more") }
  }

  func run() async throws {
    var released: [(tenant: Tenant, report: ReleaseReport)] = []
    try await withEngine(project, database, tenant: tenant) { tenants, ruleSet, engine, session in
      let chosen = try RunCommand.select(all ? ["triggers"] : rules, from: ruleSet)
        .filter { !all || $0.mode == .live }
      if let rule = chosen.first(where: { $0.mode == .dryRun }) {
        throw CommandFailure(
          "the rule \(rule.name) is on trial, and acts on nothing",
          help: "set `mode: live` in \(rule.path) first")
      }
      for tenant in tenants {
        let reports = try await engine.release(
          chosen, atMost: limit, at: try await session.now(), requestedBy: currentUser(),
          for: tenant)
        released += reports.map { (tenant, $0) }
      }
    }
    print(json ? HeldOutput.json(released) : HeldOutput.text(released))
  }
}

/// `bellwether held discard`.
struct HeldDiscardCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "discard", abstract: "Drop what is held back, whatever holds it.",
    discussion: """
      The alerts stay as they are. The log keeps who discarded and why.

      Examples:
        bellwether held discard dormant_customer --reason 'a bad import'
        bellwether held discard dormant_customer --tenant acme --author ann
      """)

  @Argument(help: "The rules.")
  var rules: [String]

  @Option(help: ArgumentHelp("Why.", valueName: "text"))
  var reason: String?

  @Option(help: ArgumentHelp("Who discards; otherwise the environment's USER.", valueName: "name"))
  var author: String?

  @Option(help: ArgumentHelp("One tenant only.", valueName: "slug"))
  var tenant: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    var discarded: [(tenant: Tenant, counts: [String: Int])] = []
    try await withEngine(project, database, tenant: tenant) { tenants, ruleSet, engine, _ in
      for tenant in tenants {
        let counts = try await engine.discard(
          rules, reason: reason, by: author ?? currentUser(), for: tenant)
        discarded.append((tenant, counts))
      }
      // A rule that is gone may have left something; one that was never there has not.
      let isNothing = discarded.allSatisfy(\.counts.isEmpty)
      if isNothing, let unknown = rules.first(where: { ruleSet.rules[$0] == nil }) {
        let near = nearest(to: unknown, among: ruleSet.rules.keys.sorted())
        throw CommandFailure(
          "nothing is held of a rule '\(unknown)', and there is no such rule",
          help: near.map { "did you mean '\($0)'?" })
      }
    }
    print(json ? HeldOutput.json(discarded) : HeldOutput.text(discarded))
  }
}

/// Who runs the command, as far as the environment says.
func currentUser() -> String {
  ProcessInfo.processInfo.environment["USER"].flatMap { $0.isEmpty ? nil : $0 } ?? "command line"
}

/// Opens the database and hands over an engine with the tenants, of which a named one must exist.
func withEngine(
  _ project: ProjectOptions, _ database: DatabaseOptions, tenant slug: String?,
  _ body: ([Tenant], RuleSet, Engine, DatabaseSession) async throws -> Void
) async throws {
  let loaded = LoadedProject(try Project(root: project.root))
  let ruleSet = try loaded.requireRules()
  let session = try await DatabaseSession.open(database, settings: loaded.settings)
  do {
    let engine = try session.engine(ruleSet: ruleSet, settings: loaded.settings)
    try await body(try await engine.existingTenants(named: slug), ruleSet, engine, session)
  } catch {
    await session.close()
    throw error
  }
  await session.close()
}

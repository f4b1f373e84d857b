import ArgumentParser
import Diagnostics
import Engine
import Expressions
import Foundation
import Planning
import Rules
import Store

/// `bellwether run`: evaluates rules once and writes what follows.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Evaluate rules once, for every tenant or one.",
    discussion: """
      Examples:
        bellwether run triggers                        every rule that alerts
        bellwether run daily                           the rules whose `jobs` name it
        bellwether run update-account-types --dry-run  what would change: old -> new
        bellwether run dormant_customer --dry-run      who would match, nothing written
        bellwether run triggers --tenant acme --as-of '2026-01-31 02:00'
        bellwether run low_stock --explain-plan        the query that would be sent
        bellwether run low_stock --explain-plan --analyze     and how PostgreSQL answers it

      Each tenant has a transaction of its own. A second run for the same time creates nothing.
      Mails and webhooks are queued, digests once they are due; `bellwether deliver` sends them.

      Exit code: 0 done, 1 a run failed, 2 wrong usage. An unknown tenant is a warning.
      """)

  @Argument(help: "`triggers` for every rule that alerts, or the names of jobs or rules.")
  var names: [String]

  @Option(help: ArgumentHelp("One tenant only.", valueName: "slug"))
  var tenant: String?

  @Flag(help: "Show who would match and what would change, and write nothing.")
  var dryRun = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(help: "Print the queries that the run would send, and do not run.")
  var explainPlan = false

  @Flag(
    help: """
      With --explain-plan: also send the queries, read only, and print PostgreSQL's own plans \
      and times.
      """)
  var analyze = false

  @OptionGroup var time: TimeOptions
  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    if analyze, !explainPlan {
      throw ValidationError(
        "--analyze belongs to --explain-plan; write `bellwether run "
          + "\(names.joined(separator: " ")) --explain-plan --analyze`")
    }
  }

  func run() async throws {
    let loaded = LoadedProject(try Project(root: project.root))
    let ruleSet = try loaded.requireRules()
    let rules = try Self.select(names, from: ruleSet)
    let session = try await DatabaseSession.open(database, settings: loaded.settings)
    do {
      try await run(rules, try session.engine(ruleSet: ruleSet, settings: loaded.settings), session)
    } catch {
      await session.close()
      throw error
    }
    await session.close()
  }

  private func run(_ rules: [Rule], _ engine: Engine, _ session: DatabaseSession) async throws {
    let tenants = try await engine.tenants(named: tenant)
    if explainPlan { return try await explain(engine, rules, tenants, session) }
    var reports: [TenantReport] = []
    var failures: [(Tenant, String)] = []
    for tenant in tenants {
      do {
        let request = try await request(rules, tenant, session)
        reports.append(try await engine.run(request, for: tenant))
      } catch {
        // One tenant's failure stops no other.
        failures.append((tenant, "\(error)"))
        note("\(tenant.slug): the run failed and nothing was written for it: \(error)")
      }
    }
    let digests = dryRun ? DigestOutput() : await DigestOutput(of: tenants, by: engine)
    show(reports, failures, digests, rules)
    if digests.hasFailed { throw ExitCode(1) }
    if !failures.isEmpty { throw ExitCode(1) }
  }

  /// The rules that the arguments name, in the order of their names.
  static func select(_ names: [String], from ruleSet: RuleSet) throws -> [Rule] {
    var chosen: [String: Rule] = [:]
    for name in names {
      guard let found = ruleSet.rules(named: name) else {
        let near = nearest(to: name, among: ruleSet.runNames)
        throw ValidationError(
          "there is no rule or job '\(name)'" + (near.map { "; did you mean '\($0)'?" } ?? ""))
      }
      for rule in found { chosen[rule.name] = rule }
    }
    return chosen.values.sorted { $0.name < $1.name }
  }

  private func request(
    _ rules: [Rule], _ tenant: Tenant, _ session: DatabaseSession
  ) async throws -> RunRequest {
    let asked = time.instant(in: tenant.zone)
    let now = try await session.now()
    return RunRequest(
      name: names.joined(separator: " "), rules: rules, nominal: asked ?? now, isDryRun: dryRun,
      requestedBy: "command line")
  }

  private func explain(
    _ engine: Engine, _ rules: [Rule], _ tenants: [Tenant], _ session: DatabaseSession
  ) async throws {
    guard let tenant = tenants.first else { return }
    let request = try await request(rules, tenant, session)
    for explained in try await engine.explain(request, for: tenant, analyzing: analyze) {
      print(explained.plan.explainText + "\n")
      // Comments, so that the whole output can still be pasted into psql.
      for line in explained.analysis { print("-- " + line) }
      if !explained.analysis.isEmpty { print() }
    }
  }

  private func show(
    _ reports: [TenantReport], _ failures: [(Tenant, String)], _ digests: DigestOutput,
    _ rules: [Rule]
  ) {
    if json {
      print(
        RunOutput.json(
          reports, failures: failures, digests: digests, rules: rules, isDryRun: dryRun))
    } else if dryRun {
      print(RunOutput.matches(reports, rules: rules))
    } else {
      print(RunOutput.summary(reports) + digests.text)
    }
  }
}

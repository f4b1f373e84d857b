import ArgumentParser
import Diagnostics
import Engine
import Expressions
import Foundation
import Rules
import Store

/// `bellwether alerts`: what is open, and the story of each.
struct AlertsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alerts",
    abstract: "List alerts, or tell all that happened to one.",
    discussion: """
      Examples:
        bellwether alerts list                              what is open, by tenant
        bellwether alerts list --rule low_stock --severity high --severity critical
        bellwether alerts list --status all --entity oak --limit 20 --page 2
        bellwether alerts show dormant_customer 406         its story: checks, actions, messages
        bellwether alerts show low_stock 'Oak, 2 m' --tenant acme --json

      Nothing is written.

      Exit code: 0 done, 1 there is no such alert or it could not be read, 2 wrong usage.
      """,
    subcommands: [AlertsListCommand.self, AlertsShowCommand.self])
}

/// `bellwether alerts list`.
struct AlertsListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List alerts, newest change first, by tenant.",
    discussion: """
      Examples:
        bellwether alerts list
        bellwether alerts list --rule low_stock --status all --limit 20 --page 2
        bellwether alerts list --entity oak --severity high --json
      """)

  @Option(help: ArgumentHelp("Alerts of this rule; may be given several times.", valueName: "rule"))
  var rule: [String] = []

  @Option(help: "open, pending, closed, inactive or all; may be given several times.")
  var status: [AlertStateName] = [.open]

  @Option(help: "low, medium, high or critical; may be given several times.")
  var severity: [Severity] = []

  @Option(help: ArgumentHelp("The thing's key, or a part of its name.", valueName: "name"))
  var entity: String?

  @Option(help: ArgumentHelp("One tenant only.", valueName: "slug"))
  var tenant: String?

  @Option(help: ArgumentHelp("How many of each tenant on a page.", valueName: "number"))
  var limit = 50

  @Option(help: ArgumentHelp("Which page.", valueName: "number"))
  var page = 1

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    guard (1...10_000).contains(limit) else {
      throw ValidationError("--limit is a number from 1 to 10000")
    }
    guard (1...1_000_000).contains(page) else {
      throw ValidationError("--page is a number from 1 up")
    }
  }

  func run() async throws {
    let filter = AlertFilter(
      rules: rule, states: status.contains(.all) ? [] : status.map(\.rawValue),
      severities: severity,
      entity: entity, limit: limit, offset: (page - 1) * limit)
    try await withTenants(project, database, named: tenant) { tenants, rules, session in
      try checkRules(rules)
      var listings: [(tenant: Tenant, listing: AlertListing)] = []
      for tenant in tenants {
        let listing = try await session.reading(tenant) { try await $0.list(filter) }
        listings.append((tenant, listing))
      }
      let output = AlertsOutput(listings: listings, limit: limit, page: page)
      print(json ? output.json : output.text)
    }
  }

  /// A rule that is gone may still have alerts; one that was never there is a slip.
  private func checkRules(_ rules: RuleSet) throws {
    for name in rule where rules.rules[name] == nil {
      if let near = nearest(to: name, among: rules.rules.keys.sorted()) {
        note("there is no rule '\(name)' now; did you mean '\(near)'?")
      }
    }
  }
}

/// `bellwether alerts show`.
struct AlertsShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Tell all that happened to one alert, in order.",
    discussion: """
      Examples:
        bellwether alerts show dormant_customer 406
        bellwether alerts show low_stock 'Oak, 2 m' --tenant acme --json

      Every line names what it is about: the run, the task, the event, the delivery.
      """)

  @Argument(help: "The rule.")
  var rule: String

  @Argument(help: "The key or the name of the thing.")
  var entity: String

  @Option(help: ArgumentHelp("The tenant, if several have the thing.", valueName: "slug"))
  var tenant: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    try await withTenants(project, database, named: tenant) { tenants, rules, session in
      var found: [(tenant: Tenant, alert: ListedAlert)] = []
      for tenant in tenants {
        found += try await session.reading(tenant) { log in
          try await log.find(rule: rule, entity: entity)
        }.map { (tenant, $0) }
      }
      let (tenant, alert) = try only(found, rules)
      let story = try await session.reading(tenant) { try await $0.story(of: alert) }
      let output = AlertStoryOutput(story: story, tenant: tenant, rule: rules.rules[rule])
      print(json ? output.json : output.text)
    }
  }

  private func only(
    _ found: [(tenant: Tenant, alert: ListedAlert)], _ rules: RuleSet
  ) throws -> (Tenant, ListedAlert) {
    if let first = found.first, found.count == 1 { return first }
    guard !found.isEmpty else {
      if rules.rules[rule] == nil {
        let near = nearest(to: rule, among: rules.rules.keys.sorted())
        throw ValidationError(
          "there is no rule '\(rule)'" + (near.map { "; did you mean '\($0)'?" } ?? ""))
      }
      throw CommandFailure(
        "the rule \(rule) has never had an alert about '\(entity)'",
        help: "`bellwether alerts list --rule \(rule) --status all` lists those it has; "
          + "`bellwether explain \(rule) --entity '\(entity)'` says why there is none")
    }
    let slugs = Set(found.map(\.tenant.slug)).sorted()
    guard slugs.count == 1 else {
      throw CommandFailure(
        "\(slugs.joined(separator: " and ")) each have an alert about '\(entity)'",
        help: "add --tenant \(slugs[0])")
    }
    let keys = found.map { "\($0.alert.entityKey) (\($0.alert.label))" }
    throw CommandFailure(
      "'\(entity)' is the name of several",
      help: "take the key of one: "
        + keys.joined(separator: ", "))
  }
}

/// The states that an alert may be listed by.
enum AlertStateName: String, ExpressibleByArgument, CaseIterable {
  case open, pending, closed, inactive, all
}

extension Severity: ExpressibleByArgument {}

/// Opens the database and hands over the tenants; rules with errors do not stand in the way.
func withTenants(
  _ project: ProjectOptions, _ database: DatabaseOptions, named slug: String?,
  _ body: ([Tenant], RuleSet, DatabaseSession) async throws -> Void
) async throws {
  let loaded = LoadedProject(try Project(root: project.root))
  let ruleSet = try loaded.ruleSet ?? loaded.requireRules()
  let session = try await DatabaseSession.open(database, settings: loaded.settings)
  do {
    let engine = try session.engine(ruleSet: ruleSet, settings: loaded.settings)
    try await body(try await engine.existingTenants(named: slug), ruleSet, session)
  } catch {
    await session.close()
    throw error
  }
  await session.close()
}

extension DatabaseSession {
  /// Reads the alerts of one tenant.
  fileprivate func reading<Result: Sendable>(
    _ tenant: Tenant, _ body: (AlertLog) async throws -> Result
  ) async throws -> Result {
    try await TenantSession.inTenant(
      tenant.key, zone: tenant.zone.identifier, on: connection
    ) { connection in
      try await body(AlertLog(connection: connection, tenant: tenant.key))
    }
  }
}

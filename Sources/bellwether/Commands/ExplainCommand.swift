import ArgumentParser
import Diagnostics
import Engine
import Expressions
import Foundation
import Rules
import Workbench

/// `bellwether explain`: says a rule in sentences, or what it makes of one thing and why.
struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say a rule in plain sentences, or why it does what it does for one thing.",
    discussion: """
      Examples:
        bellwether explain dormant_customer                  the rule in sentences
        bellwether explain dormant_customer --entity 1042    yes or no, and why
        bellwether explain low_stock --entity 'Oak, 2 m'     by name
        bellwether explain low_stock --entity 17 --tenant acme --as-of 2026-01-31

      With --entity the thing is fetched as a run would fetch it. Nothing is written.

      Exit code: 0 done, 1 there is no such thing or it could not be read, 2 wrong usage.
      """)

  @Argument(help: "The rule.")
  var rule: String

  @Option(help: ArgumentHelp("The key or the name of one thing.", valueName: "key"))
  var entity: String?

  @Option(help: ArgumentHelp("The tenant, if several have the thing.", valueName: "slug"))
  var tenant: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var time: TimeOptions
  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    if entity == nil, tenant != nil || time.asOf != nil {
      throw ValidationError("--tenant and --as-of say which thing to look at; add --entity")
    }
  }

  func run() async throws {
    let loaded = LoadedProject(try Project(root: project.root))
    let ruleSet = try loaded.requireRules()
    guard let rule = ruleSet.rules[rule] else {
      let near = nearest(to: rule, among: ruleSet.rules.keys.sorted())
      throw ValidationError(
        "there is no rule '\(rule)'" + (near.map { "; did you mean '\($0)'?" } ?? ""))
    }
    if entity != nil, let rollup = rule.rollup {
      throw ValidationError(
        "\(rule.name) looks at the rows of \(rollup.source), not at things; leave out --entity")
    }
    guard let entity else {
      let description = RuleDescription(rule)
      print(json ? ExplainOutput.json(description, of: rule) : description.text)
      return
    }
    let session = try await DatabaseSession.open(database, settings: loaded.settings)
    do {
      let engine = try session.engine(ruleSet: ruleSet, settings: loaded.settings)
      try await explain(entity, rule, engine, session)
    } catch {
      await session.close()
      throw error
    }
    await session.close()
  }

  private func explain(
    _ name: String, _ rule: Rule, _ engine: Engine, _ session: DatabaseSession
  ) async throws {
    var search = EntityChoice(name: name, entity: rule.entity)
    for tenant in try await engine.existingTenants(named: tenant) {
      search.add(try await engine.find(name, of: rule, for: tenant), in: tenant)
    }
    let (tenant, key) = try search.choice()
    let asked = time.instant(in: tenant.zone)
    let now = if let asked { asked } else { try await session.now() }
    guard let look = try await engine.look(at: key, by: rule, at: now, for: tenant) else {
      throw CommandFailure("\(rule.entity) \(key) is gone", help: "try again")
    }
    let explained = ExplainedEntity(rule: rule, tenant: tenant, now: now, look: look)
    print(json ? ExplainOutput.json(explained) : ExplainOutput.text(explained))
  }
}

/// Finds the one thing that a name can only mean.
struct EntityChoice {
  private let name: String
  private let entity: String
  private var found: [(tenant: Tenant, entity: FoundEntity)] = []

  init(name: String, entity: String) {
    self.name = name
    self.entity = entity.replacing("_", with: " ")
  }

  mutating func add(_ entities: [FoundEntity], in tenant: Tenant) {
    found += entities.map { (tenant, $0) }
  }

  /// The thing with the key, or else the only one with the name.
  func choice() throws(CommandFailure) -> (tenant: Tenant, key: String) {
    for fit in [FoundEntity.Fit.key, .label] {
      let fitting = found.filter { $0.entity.fit == fit }
      if fitting.count == 1 { return (fitting[0].tenant, fitting[0].entity.key) }
      if fitting.count > 1 { throw ambiguity(fitting) }
    }
    let near = found.filter { $0.entity.fit == .near }.map(describe)
    let others = found.map(describe)
    let help =
      others.isEmpty
      ? "there is none at all; is this the right database?"
      : near.isEmpty
        ? "a key looks like this: \(others.prefix(5).joined(separator: ", "))"
        : "near it are \(near.prefix(5).joined(separator: ", "))"
    throw CommandFailure("there is no \(entity) with the key or the name '\(name)'", help: help)
  }

  private func ambiguity(
    _ fitting: [(tenant: Tenant, entity: FoundEntity)]
  ) -> CommandFailure {
    let slugs = Set(fitting.map(\.tenant.slug)).sorted()
    if slugs.count > 1 {
      return CommandFailure(
        "'\(name)' is a \(entity) of \(slugs.joined(separator: " and of "))",
        help: "add --tenant \(slugs[0])")
    }
    return CommandFailure(
      "'\(name)' is the name of more than one \(entity)",
      help: "take the key of one: \(fitting.map(describe).joined(separator: ", "))")
  }

  private func describe(_ found: (tenant: Tenant, entity: FoundEntity)) -> String {
    let (key, label) = (found.entity.key, found.entity.label)
    return key == label ? key : "\(key) (\(label))"
  }
}

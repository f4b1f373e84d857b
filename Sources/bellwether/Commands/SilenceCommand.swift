import ArgumentParser
import Engine
import Expressions
import Foundation
import Rules
import Store

/// `bellwether silence`: times during which nobody is told of some alerts.
struct SilenceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "silence",
    abstract: "Keep some alerts from being told for a while; they live on underneath.",
    discussion: """
      Examples:
        bellwether silence add --rule low_stock --for 7d --reason stocktaking
        bellwether silence list
        bellwether silence list 0a1b2c3d        what it kept from being sent
        bellwether silence expire 0a1b2c3d

      Tasks, mails and webhooks are skipped and recorded; field updates and the closing of tasks go \
      on. See docs/limits.md.

      Exit code: 0 done, 1 it could not be done, 2 wrong usage.
      """,
    subcommands: [
      SilenceAddCommand.self, SilenceListCommand.self, SilenceExpireCommand.self,
    ])
}

/// `bellwether silence add`.
struct SilenceAddCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Begin a silence.",
    discussion: """
      It covers alerts for which everything holds that is named; without --tenant, of every tenant. \
      A run goes by its scheduled time.

      Examples:
        bellwether silence add --rule low_stock --for 7d --reason stocktaking
        bellwether silence add --entity customer/406 --until '2026-12-31 18:00' --reason 'in court'
        bellwether silence add --tag retention --tenant acme --from 2026-12-24 --for 3d \
      --reason holidays
      """)

  @Option(help: ArgumentHelp("Alerts of this rule.", valueName: "rule"))
  var rule: String?

  @Option(help: ArgumentHelp("Alerts about this thing: `406` or `customer/406`.", valueName: "key"))
  var entity: String?

  @Option(help: ArgumentHelp("Alerts of rules with this tag.", valueName: "tag"))
  var tag: String?

  @Option(help: ArgumentHelp("Alerts of this tenant.", valueName: "slug"))
  var tenant: String?

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp("How long, as in 6h, 7d or 2w.", valueName: "length"))
  var length: String?

  @Option(help: ArgumentHelp("When it ends, in the tenant's zone.", valueName: "time"))
  var until: String?

  @Option(help: ArgumentHelp("When it starts; otherwise now.", valueName: "time"))
  var from: String?

  @Option(help: ArgumentHelp("Why.", valueName: "text"))
  var reason: String

  @Option(help: ArgumentHelp("Who; otherwise the environment's USER.", valueName: "name"))
  var author: String?

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    if rule == nil, entity == nil, tag == nil, tenant == nil {
      throw ValidationError("name what to silence: --rule, --entity, --tag or --tenant")
    }
    if (length == nil) == (until == nil) {
      throw ValidationError("say how long: --for 7d, or --until TIME")
    }
    if let length, Period(length) == nil {
      throw ValidationError("'\(length)' is not a length of time; write it as 6h, 7d or 2w")
    }
    for time in [until, from].compactMap(\.self) where Instant(time, in: .utc) == nil {
      throw ValidationError(
        "'\(time)' is not a time; write it as 2026-01-31 or '2026-01-31 02:00'")
    }
  }

  func run() async throws {
    let id = String(DatabaseSession.makeID().description.suffix(8))
    try await withEngine(project, database, tenant: tenant) { tenants, ruleSet, engine, session in
      try check(ruleSet)
      let now = try await session.now()
      for tenant in tenants {
        let silence = try silence(id, ruleSet.catalog, zone: tenant.zone, now: now)
        try await engine.add(silence, for: tenant)
      }
    }
    print(
      "silence \(id) begins; `bellwether silence list \(id)` says what it keeps from being sent")
  }

  private func check(_ ruleSet: RuleSet) throws {
    if let rule { _ = try RunCommand.select([rule], from: ruleSet) }
    if let tag, !ruleSet.rules.values.contains(where: { $0.tags.contains(tag) }) {
      throw CommandFailure("no rule has the tag '\(tag)'")
    }
  }

  private func silence(
    _ id: String, _ catalog: Catalog, zone: Zone, now: Instant
  ) throws -> Silence {
    let start = from.flatMap { Instant($0, in: zone) } ?? now
    let end =
      length.flatMap { Period($0) }.map { zone.adding($0, to: start) }
      ?? until.flatMap { Instant($0, in: zone) } ?? start
    guard end > start, end > now else {
      throw CommandFailure(
        "the silence would be over before it began", help: "let it end later than \(now.iso8601)")
    }
    let parts = entity?.split(separator: "/", maxSplits: 1).map(String.init) ?? []
    let hasKind = parts.count == 2 && catalog.entities[parts[0]] != nil
    return Silence(
      id: id, rule: rule, entity: hasKind ? parts[0] : nil,
      entityKey: hasKind ? parts[1] : entity, tag: tag, author: author ?? currentUser(),
      reason: reason, startsAt: start, endsAt: end)
  }
}

/// `bellwether silence list`.
struct SilenceListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List silences, or what one kept from being sent.",
    discussion: """
      Examples:
        bellwether silence list
        bellwether silence list --all --json
        bellwether silence list 0a1b2c3d --limit 200
      """)

  @Argument(help: "The silence whose skipped actions to list.")
  var id: String?

  @Flag(help: "Also those that are over.")
  var all = false

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
    var found: [(tenant: Tenant, record: SilenceRecord, actions: [HeldAction])] = []
    try await withEngine(project, database, tenant: tenant) { tenants, _, engine, session in
      let now = try await session.now()
      for tenant in tenants {
        let records = try await engine.silences(
          endingAfter: all || id != nil ? nil : now, for: tenant)
        for record in records where id == nil || id == record.silence.id {
          let actions =
            id == nil
            ? [] : try await engine.silenced(by: record.silence.id, atMost: limit, for: tenant)
          found.append((tenant, record, actions))
        }
      }
    }
    if let id, found.isEmpty {
      throw CommandFailure(
        "there is no silence '\(id)'", help: "`bellwether silence list --all` lists them")
    }
    print(json ? SilenceOutput.json(found) : SilenceOutput.text(found))
  }
}

/// `bellwether silence expire`.
struct SilenceExpireCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "expire", abstract: "End a silence now.",
    discussion: """
      What it kept from being sent is not sent later.

      Examples:
        bellwether silence expire 0a1b2c3d
      """)

  @Argument(help: "The silence.")
  var id: String

  @Option(help: ArgumentHelp("For one tenant only.", valueName: "slug"))
  var tenant: String?

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    var ended: [String] = []
    try await withEngine(project, database, tenant: tenant) { tenants, _, engine, session in
      let now = try await session.now()
      for tenant in tenants where try await engine.expireSilence(id, at: now, for: tenant) {
        ended.append(tenant.slug)
      }
    }
    guard !ended.isEmpty else {
      throw CommandFailure(
        "no silence '\(id)' is under way",
        help: "`bellwether silence list` lists those that are")
    }
    print("silence \(id) is over for \(ended.joined(separator: ", "))")
  }
}

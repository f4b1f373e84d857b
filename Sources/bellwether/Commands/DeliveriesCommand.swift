import ArgumentParser
import Engine
import Foundation
import Rules
import Store

/// `bellwether deliveries`: what is on its way, what never arrived, and what to do about it.
struct DeliveriesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deliveries",
    abstract: "List mails and webhooks, send dead ones again, or cancel those that wait.",
    discussion: """
      Examples:
        bellwether deliveries list --status dead
        bellwether deliveries list --endpoint crm --rule dormant_customer --json
        bellwether deliveries show 019a1c2e-7b1f-7c30-9d0a-3c5a8e2f4b11
        bellwether deliveries redrive --endpoint crm         all that died on the way there
        bellwether deliveries cancel --rule low_stock        what waits and shall not be sent

      Exit code: 0 done, 1 there is no such delivery or it could not be read, 2 wrong usage.
      """,
    subcommands: [
      ListDeliveriesCommand.self, ShowDeliveryCommand.self, RedriveCommand.self,
      CancelDeliveriesCommand.self,
    ])
}

/// Which deliveries are meant.
struct DeliveryOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Webhooks to this endpoint.", valueName: "name"))
  var endpoint: String?

  @Option(help: ArgumentHelp("Mails to this address.", valueName: "address"))
  var to: String?

  @Option(help: ArgumentHelp("What this rule sent.", valueName: "rule"))
  var rule: String?

  @Option(help: ArgumentHelp("One tenant only.", valueName: "slug"))
  var tenant: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    if endpoint != nil, to != nil {
      throw ValidationError("--endpoint is of webhooks and --to is of mails; give one of them")
    }
  }

  /// Whether anything narrows the choice.
  var isNarrow: Bool { endpoint != nil || to != nil || rule != nil }

  func filter(ids: [String] = []) throws -> DeliveryFilter {
    var filter = DeliveryFilter()
    filter.channel = endpoint != nil ? .webhook : to != nil ? .email : nil
    filter.target = endpoint ?? to
    filter.rule = rule
    filter.ids = try ids.map { text in
      guard let id = UUIDv7(text) else {
        throw ValidationError(
          "'\(text)' is no delivery's id; `bellwether deliveries list` has them")
      }
      return id
    }
    return filter
  }

  /// Runs `body` for each tenant in a transaction of its own.
  func forEachTenant<Result: Sendable>(
    _ body: @Sendable (Tenant, DatabaseSession) async throws -> Result
  ) async throws -> [(tenant: Tenant, result: Result)] {
    var results: [(tenant: Tenant, result: Result)] = []
    try await withTenants(project, database, named: tenant) { tenants, _, session in
      for tenant in tenants {
        let result = try await TenantSession.inTenant(tenant.key, on: session.connection) { _ in
          try await body(tenant, session)
        }
        results.append((tenant, result))
      }
    }
    return results
  }
}

/// `bellwether deliveries list`.
struct ListDeliveriesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List deliveries, newest first, by tenant.",
    discussion: "Example: bellwether deliveries list --status dead --endpoint crm")

  @Option(help: "ready, leased, succeeded, dead or cancelled; may be given several times.")
  var status: [DeliveryState] = []

  @Option(help: ArgumentHelp("How many of each tenant.", valueName: "number"))
  var limit = 50

  @OptionGroup var options: DeliveryOptions

  func validate() throws {
    guard (1...10_000).contains(limit) else {
      throw ValidationError("--limit is a number from 1 to 10000")
    }
  }

  func run() async throws {
    var filter = try options.filter()
    filter.states = status
    let chosen = filter
    let limit = limit
    let lines = try await options.forEachTenant { tenant, session in
      try await OutboxStore.list(
        chosen, limit: limit, tenant: tenant.key, on: session.connection)
    }
    print(options.json ? DeliveriesOutput.json(lines) : DeliveriesOutput.text(lines))
  }
}

/// `bellwether deliveries show`.
struct ShowDeliveryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show one delivery with every attempt, as JSON.",
    discussion: "Example: bellwether deliveries show 019a1c2e-7b1f-7c30-9d0a-3c5a8e2f4b11")

  @Argument(help: "The delivery's id.")
  var id: String

  @OptionGroup var options: DeliveryOptions

  func run() async throws {
    guard let id = try options.filter(ids: [id]).ids.first else { return }
    let found = try await options.forEachTenant { tenant, session in
      try await OutboxStore.object(id, tenant: tenant.key, on: session.connection)
    }
    guard let text = found.compactMap(\.result).first else {
      throw CommandFailure(
        "there is no delivery \(id)", help: "`bellwether deliveries list` shows their ids")
    }
    print(options.json ? text : DeliveriesOutput.indented(text))
  }
}

/// `bellwether deliveries redrive`.
struct RedriveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redrive", abstract: "Send dead and cancelled deliveries again.",
    discussion: """
      Each becomes a new delivery of the same event, which points at the old one. Nothing is sent \
      here: `bellwether deliver` or `bellwether serve` does it.

      Examples:
        bellwether deliveries redrive 019a1c2e-7b1f-7c30-9d0a-3c5a8e2f4b11
        bellwether deliveries redrive --endpoint crm --tenant acme
      """)

  @Argument(help: "Deliveries' ids.")
  var ids: [String] = []

  @OptionGroup var options: DeliveryOptions

  func validate() throws { try requireChoice(ids, options, verb: "redrive") }

  func run() async throws {
    let filter = try options.filter(ids: ids)
    let done = try await options.forEachTenant { tenant, session in
      try await OutboxStore.redrive(
        filter, makeID: DatabaseSession.makeID, tenant: tenant.key, on: session.connection)
    }
    try DeliveriesOutput.report(done, "to be sent again", ids: ids, json: options.json)
  }
}

/// `bellwether deliveries cancel`.
struct CancelDeliveriesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "Cancel deliveries that wait; what is under way goes on.",
    discussion: "Example: bellwether deliveries cancel --rule low_stock --tenant acme")

  @Argument(help: "Deliveries' ids.")
  var ids: [String] = []

  @OptionGroup var options: DeliveryOptions

  func validate() throws { try requireChoice(ids, options, verb: "cancel") }

  func run() async throws {
    let filter = try options.filter(ids: ids)
    let done = try await options.forEachTenant { tenant, session in
      try await OutboxStore.cancel(filter, tenant: tenant.key, on: session.connection)
    }
    try DeliveriesOutput.report(done, "cancelled", ids: ids, json: options.json)
  }
}

private func requireChoice(_ ids: [String], _ options: DeliveryOptions, verb: String) throws {
  guard ids.isEmpty, !options.isNarrow else { return }
  throw ValidationError(
    "say which: ids, --endpoint, --to or --rule, as in `bellwether deliveries \(verb) --endpoint crm`"
  )
}

extension DeliveryState: ExpressibleByArgument {}

/// What `deliveries` prints.
enum DeliveriesOutput {
  typealias Lines = [(tenant: Tenant, result: [DeliveryLine])]

  static func text(_ tenants: Lines) -> String {
    let parts = tenants.filter { !$0.result.isEmpty }.map { tenant, lines in
      let rows = lines.map { line in
        [
          line.id.description, line.createdAt, line.state.rawValue, "\(line.attempts)",
          "\(line.channel.rawValue) to \(line.target)", line.rule ?? "", line.reason ?? "",
        ]
      }
      return "\(tenant.slug)\n"
        + TextTable.render(
          header: ["delivery", "written", "state", "attempts", "way", "rule", "reason"], rows: rows)
    }
    return parts.isEmpty ? "no deliveries" : parts.joined(separator: "\n")
  }

  static func json(_ tenants: Lines) -> String {
    let parts = tenants.map { tenant, lines in
      ValueJSON.object([
        ("tenant", ValueJSON.string(tenant.slug)),
        ("deliveries", "[" + lines.map(object).joined(separator: ",") + "]"),
      ])
    }
    return ValueJSON.object([("tenants", "[" + parts.joined(separator: ",") + "]")])
  }

  private static func object(_ line: DeliveryLine) -> String {
    func text(_ value: String?) -> String { value.map(ValueJSON.string) ?? "null" }
    return ValueJSON.object([
      ("id", text(line.id.description)), ("state", text(line.state.rawValue)),
      ("reason", text(line.reason)), ("channel", text(line.channel.rawValue)),
      ("target", text(line.target)), ("subject", text(line.subject)), ("rule", text(line.rule)),
      ("attempts", "\(line.attempts)"), ("created_at", text(line.createdAt)),
      ("due_at", text(line.dueAt)),
    ])
  }

  /// A JSON text for people.
  static func indented(_ text: String) -> String {
    guard let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)),
      let data = try? JSONSerialization.data(
        withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    else { return text }
    return String(decoding: data, as: UTF8.self)
  }

  /// Prints how many; fails when ids were named and none of them could be had.
  static func report(
    _ done: [(tenant: Tenant, result: [UUIDv7])], _ what: String, ids: [String], json: Bool
  ) throws {
    let all = done.flatMap(\.result)
    if json {
      let texts = all.map { ValueJSON.string($0.description) }
      print(ValueJSON.object([("deliveries", "[" + texts.joined(separator: ",") + "]")]))
    } else {
      print("\(all.count) \(what)")
    }
    if all.isEmpty, !ids.isEmpty {
      throw CommandFailure(
        "none of these deliveries can be \(what)",
        help: "`bellwether deliveries show ID` says what became of it")
    }
  }
}

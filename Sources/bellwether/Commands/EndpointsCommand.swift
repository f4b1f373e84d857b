import ArgumentParser
import Diagnostics
import Engine
import Expressions
import Rules
import Store

/// `bellwether endpoints`: how the receivers of webhooks fare.
struct EndpointsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "endpoints",
    abstract: "Show how webhook endpoints fare, and disable or enable them.",
    discussion: """
      An endpoint that answers 410, or that has failed for five days, is disabled by itself. Events \
      for it are still recorded, and go out once it is enabled.

      Examples:
        bellwether endpoints list
        bellwether endpoints disable crm --tenant acme
        bellwether endpoints enable crm

      Exit code: 0 done, 1 there is no such endpoint, 2 wrong usage.
      """,
    subcommands: [
      ListEndpointsCommand.self, EnableEndpointCommand.self, DisableEndpointCommand.self,
    ])
}

/// What all of them need.
struct EndpointOptions: ParsableArguments {
  @Option(help: ArgumentHelp("One tenant only.", valueName: "slug"))
  var tenant: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  /// Changes the endpoint of that name for each tenant.
  func change(
    _ name: String, to word: String,
    _ body: @Sendable (Tenant, DatabaseSession) async throws -> Void
  ) async throws {
    let settings = try LoadedProject(try Project(root: project.root)).requireSettings()
    guard settings.endpoints[name] != nil else {
      let near = nearest(to: name, among: settings.endpoints.keys.sorted())
      throw CommandFailure(
        "bellwether.yaml names no endpoint '\(name)'", help: near.map { "did you mean '\($0)'?" })
    }
    var slugs: [String] = []
    try await withTenants(project, database, named: tenant) { tenants, _, session in
      for tenant in tenants {
        try await TenantSession.inTenant(tenant.key, on: session.connection) { _ in
          try await body(tenant, session)
        }
        slugs.append(tenant.slug)
      }
    }
    if json {
      print(
        ValueJSON.object([
          ("endpoint", ValueJSON.string(name)), ("state", ValueJSON.string(word)),
          ("tenants", "[" + slugs.map(ValueJSON.string).joined(separator: ",") + "]"),
        ]))
    } else {
      print("\(name) is \(word) for \(slugs.joined(separator: ", "))")
    }
  }
}

/// `bellwether endpoints list`.
struct ListEndpointsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show how each endpoint fares, by tenant.",
    discussion: "Example: bellwether endpoints list --json")

  @OptionGroup var options: EndpointOptions

  func run() async throws {
    let settings = try LoadedProject(try Project(root: options.project.root)).requireSettings()
    var rows: [EndpointRow] = []
    try await withTenants(
      options.project, options.database, named: options.tenant
    ) { tenants, _, session in
      let now = try await session.now()
      for tenant in tenants {
        let (healths, backlog) = try await TenantSession.inTenant(
          tenant.key, on: session.connection
        ) { connection in
          (
            try await OutboxStore.health(tenant: tenant.key, on: connection),
            try await OutboxStore.backlog(tenant: tenant.key, on: connection)
          )
        }
        let names = Set(settings.endpoints.keys).union(healths.keys).union(backlog.keys)
        rows += names.sorted().map {
          EndpointRow(
            tenant: tenant.slug, name: $0, isKnown: settings.endpoints[$0] != nil,
            health: healths[$0] ?? EndpointHealth(), waiting: backlog[$0] ?? 0, now: now)
        }
      }
    }
    if options.json {
      print(
        ValueJSON.object([
          ("endpoints", "[" + rows.map(\.json).joined(separator: ",") + "]")
        ]))
    } else {
      print(
        TextTable.render(
          header: ["tenant", "endpoint", "state", "waiting", "failing since"],
          rows: rows.map(\.cells)), terminator: "")
    }
  }
}

/// `bellwether endpoints enable`.
struct EnableEndpointCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enable", abstract: "Let an endpoint be tried again, with a closed breaker.",
    discussion: "Example: bellwether endpoints enable crm --tenant acme")

  @Argument(help: "The endpoint's name.")
  var name: String

  @OptionGroup var options: EndpointOptions

  func run() async throws {
    let name = name
    try await options.change(name, to: "enabled") { tenant, session in
      try await OutboxStore.enable(name, tenant: tenant.key, on: session.connection)
    }
  }
}

/// `bellwether endpoints disable`.
struct DisableEndpointCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disable", abstract: "Let nothing more out to an endpoint; events are recorded.",
    discussion: "Example: bellwether endpoints disable crm --tenant acme")

  @Argument(help: "The endpoint's name.")
  var name: String

  @OptionGroup var options: EndpointOptions

  func run() async throws {
    let name = name
    try await options.change(name, to: "disabled") { tenant, session in
      try await OutboxStore.disable(name, tenant: tenant.key, on: session.connection)
    }
  }
}

/// One endpoint as one tenant sees it.
private struct EndpointRow {
  var tenant: String
  var name: String

  /// Whether the settings have it.
  var isKnown: Bool
  var health: EndpointHealth
  var waiting: Int
  var now: Instant

  var state: String {
    switch health.permission(at: now) {
    case .disabled(let reason): "disabled (\(reason.rawValue))"
    case .wait(let end): "open until \(end.iso8601)"
    case .probe: "probing"
    case .free: isKnown ? "well" : "not in the settings"
    }
  }

  var cells: [String] {
    [tenant, name, state, "\(waiting)", health.failingSince?.iso8601 ?? ""]
  }

  var json: String {
    ValueJSON.object([
      ("tenant", ValueJSON.string(tenant)), ("endpoint", ValueJSON.string(name)),
      ("state", ValueJSON.string(state)), ("waiting", "\(waiting)"),
      ("failing_since", health.failingSince.map { ValueJSON.string($0.iso8601) } ?? "null"),
    ])
  }
}

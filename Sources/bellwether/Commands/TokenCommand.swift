import ArgumentParser
import Engine
import Expressions
import Foundation
import Server
import Store

/// `bellwether token`: who may use the HTTP interface.
struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token",
    abstract: "Make, list and revoke the tokens of the HTTP interface.",
    discussion: """
      A token is for one tenant and sees that tenant alone. Its text is shown once, when it is \
      made; the database keeps a digest of it.

      Examples:
        bellwether token create --tenant acme --name dashboard
        bellwether token list --tenant acme
        bellwether token revoke 4f1c09d2a7b3e586 --tenant acme

      Exit code: 0 done, 1 there is no such tenant or token, 2 wrong usage.
      """,
    subcommands: [CreateTokenCommand.self, ListTokensCommand.self, RevokeTokenCommand.self])
}

/// What all of them need.
struct TokenOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The tenant.", valueName: "slug"))
  var tenant: String

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  /// Runs `body` in a transaction of the tenant that was named.
  func withTokens(_ body: @Sendable (TokenStore, Tenant) async throws -> Void) async throws {
    let loaded = LoadedProject(try Project(root: project.root))
    let ruleSet = try loaded.requireRules()
    let session = try await DatabaseSession.open(database, settings: loaded.settings)
    do {
      let engine = try session.engine(ruleSet: ruleSet, settings: loaded.settings)
      guard let tenant = try await engine.existingTenants(named: tenant).first else {
        preconditionFailure("a tenant that is named exists, or this has failed")
      }
      try await TenantSession.inTenant(tenant.key, on: session.connection) { connection in
        try await body(TokenStore(connection: connection, tenant: tenant.key), tenant)
      }
    } catch {
      await session.close()
      throw error
    }
    await session.close()
  }
}

struct CreateTokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a token and show its text, this once.",
    discussion: "Example: bellwether token create --tenant acme --name dashboard")

  @Option(help: "What it is for, as lists and acknowledged alerts show it.")
  var name: String

  @OptionGroup var options: TokenOptions

  func validate() throws {
    guard (1...100).contains(name.count), name.unicodeScalars.allSatisfy({ $0.value > 0x1F }) else {
      throw ValidationError("a name is 1 to 100 characters on one line")
    }
  }

  func run() async throws {
    try await options.withTokens { store, tenant in
      let token = APIToken.make(tenant: tenant.key)
      try await store.add(id: token.id, name: name, digest: token.digest, by: NSUserName())
      if options.json {
        print(
          ValueJSON.object([
            ("id", ValueJSON.string(token.id)), ("name", ValueJSON.string(name)),
            ("tenant", ValueJSON.string(tenant.slug)), ("token", ValueJSON.string(token.text)),
          ]))
      } else {
        print(token.text)
        note("token \(token.id) for \(tenant.slug): keep it now, it is not shown again")
      }
    }
  }
}

struct ListTokensCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show a tenant's tokens, without their texts.",
    discussion: "Example: bellwether token list --tenant acme")

  @OptionGroup var options: TokenOptions

  func run() async throws {
    try await options.withTokens { store, tenant in
      let tokens = try await store.all()
      guard options.json else {
        let rows = tokens.map { token in
          [
            token.id, token.name, token.createdBy, token.createdAt.iso8601,
            token.lastUsedAt?.iso8601 ?? "never", token.revokedAt?.iso8601 ?? "no",
          ]
        }
        return print(
          tokens.isEmpty
            ? "\(tenant.slug) has no tokens"
            : TextTable.render(
              header: ["id", "name", "made by", "made", "last used", "revoked"], rows: rows))
      }
      let objects = tokens.map { token in
        ValueJSON.object([
          ("id", ValueJSON.string(token.id)), ("name", ValueJSON.string(token.name)),
          ("created_by", ValueJSON.string(token.createdBy)),
          ("created_at", ValueJSON.string(token.createdAt.iso8601)),
          ("last_used_at", token.lastUsedAt.map { ValueJSON.string($0.iso8601) } ?? "null"),
          ("revoked_at", token.revokedAt.map { ValueJSON.string($0.iso8601) } ?? "null"),
        ])
      }
      print(
        ValueJSON.object([
          ("tenant", ValueJSON.string(tenant.slug)),
          ("tokens", "[" + objects.joined(separator: ",") + "]"),
        ]))
    }
  }
}

struct RevokeTokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "End a token for good.",
    discussion: "Example: bellwether token revoke 4f1c09d2a7b3e586 --tenant acme")

  @Argument(help: "The token's id, as `bellwether token list` shows it.")
  var id: String

  @OptionGroup var options: TokenOptions

  func run() async throws {
    try await options.withTokens { store, tenant in
      guard try await store.revoke(id) else {
        throw CommandFailure(
          "\(tenant.slug) has no token \(id) that is good",
          help: "`bellwether token list --tenant \(tenant.slug)` shows them")
      }
      print(
        options.json
          ? ValueJSON.object([("id", ValueJSON.string(id)), ("revoked", "true")])
          : "token \(id) is good no more")
    }
  }
}

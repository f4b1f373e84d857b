import ArgumentParser
import Engine
import Expressions
import Foundation
import Store

/// `bellwether status`: how things stand, and whether anything is wrong.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Say how things stand, and whether anything is wrong.",
    discussion: """
      Wrong is: the last run of something failed, schedules that have been due for two minutes and \
      nobody runs, deliveries that have been due for ten, or were given up within a day, and rules \
      left out for want of fresh rows.

      Examples:
        bellwether status
        bellwether status --tenant acme
        bellwether status --json

      Exit code: 0 all is well, 1 something is wrong, 2 wrong usage.
      """)

  @Option(help: ArgumentHelp("One tenant only.", valueName: "slug"))
  var tenant: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    var found: StatusOutput?
    try await withEngine(project, database, tenant: tenant) { tenants, _, _, session in
      var output = StatusOutput(work: try await StatusStore.work(on: session.connection))
      for tenant in tenants {
        let status = try await TenantSession.inTenant(tenant.key, on: session.connection) {
          try await StatusStore.tenant(tenant.key, on: $0)
        }
        output.tenants.append((tenant, status))
      }
      found = output
    }
    guard let found else { return }
    print(json ? found.json : found.text)
    if !found.complaints.isEmpty { throw ExitCode(1) }
  }
}

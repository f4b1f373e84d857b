import ArgumentParser
import Delivery
import Foundation
import Rules
import Store

/// `bellwether deliver`: sends what runs have queued.
struct DeliverCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deliver",
    abstract: "Send every email and webhook that is due, once.",
    discussion: """
      What fails is kept and tried again when it is due; see docs/delivery.md. Passwords and signing \
      secrets come from the environment variables that bellwether.yaml names.

      Examples:
        bellwether deliver
        bellwether deliver --json

      Exit code: 0 if nothing was given up or kept back by missing settings, 1 otherwise.
      """)

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let loaded = LoadedProject(try Project(root: project.root))
    let settings = try loaded.requireSettings()
    let session = try await DatabaseSession.open(database, settings: settings)
    let summary: DeliverySummary
    do {
      summary = try await session.deliver(
        settings: settings, owners: loaded.ruleSet?.owners ?? [:],
        secrets: { ProcessInfo.processInfo.environment[$0] })
    } catch {
      await session.close()
      throw CommandFailure(
        "delivery stopped: \(error)",
        help: "what was under way is attempted again; run bellwether deliver once more")
    }
    await session.close()
    print(json ? DeliveryOutput.json(summary) : DeliveryOutput.text(summary))
    let total = summary.total
    if total.dead + total.blocked + summary.crashLooping > 0 { throw ExitCode(1) }
  }
}

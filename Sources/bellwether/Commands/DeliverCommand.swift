import ArgumentParser
import Delivery
import Engine
import Foundation
import Rules
import Store

/// `bellwether deliver`: sends what runs have queued.
struct DeliverCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deliver",
    abstract: "Send every email, digest and webhook that is due, once.",
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
    let digests = await queueDigests(loaded, settings, session)
    // Each look at the process's environment copies all of it.
    let environment = ProcessInfo.processInfo.environment
    let summary: DeliverySummary
    do {
      summary = try await session.deliver(
        settings: settings, owners: loaded.ruleSet?.owners ?? [:],
        secrets: { environment[$0] })
    } catch {
      await session.close()
      throw CommandFailure(
        "delivery stopped: \(error)",
        help: "what was under way is attempted again; run bellwether deliver once more")
    }
    await session.close()
    print(
      json ? DeliveryOutput.json(summary, digests) : digests.text + DeliveryOutput.text(summary))
    let total = summary.total
    if total.dead + total.blocked + summary.crashLooping > 0 || digests.hasFailed {
      throw ExitCode(1)
    }
  }

  /// Gathers the digests that are due, for the tenants that the directory names.
  ///
  /// What cannot be gathered waits and holds nothing else up.
  private func queueDigests(
    _ loaded: LoadedProject, _ settings: Settings, _ session: DatabaseSession
  ) async -> DigestOutput {
    do {
      let due = try await DigestStore.dueTenants(on: session.connection)
      guard !due.isEmpty else { return DigestOutput() }
      let ruleSet = try loaded.ruleSet ?? loaded.requireRules()
      let engine = try session.engine(ruleSet: ruleSet, settings: settings)
      let tenants = try await engine.tenants().filter { due.contains($0.key) }
      return await DigestOutput(of: tenants, by: engine)
    } catch {
      note("digests are still to be sent: \(error)")
      return DigestOutput(hasFailed: true)
    }
  }
}

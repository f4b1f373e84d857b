import ArgumentParser
import Foundation
import Logging

/// The command line: one file per subcommand, and nothing here but their list.
@main
struct Bellwether: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bellwether",
    abstract: "Watches business data in PostgreSQL and acts on what rules find.",
    discussion: """
      Start with `bellwether demo`. Then write rules, `bellwether check` and `bellwether test` \
      them, look at who would match with `bellwether run RULE --dry-run` and at why with \
      `bellwether explain RULE --entity KEY`, `bellwether run` them and `bellwether deliver` what \
      they queued.

      Environment: DATABASE_URL, BELLWETHER_STATE, LOG_LEVEL (trace … critical; default warning).
      """,
    version: "0.1.0",
    subcommands: [
      CheckCommand.self, TestCommand.self, ExplainCommand.self, SchemaCommand.self,
      RunCommand.self, AlertsCommand.self, DeliverCommand.self, DemoCommand.self,
      TokenCommand.self, HeldCommand.self, SilenceCommand.self,
    ])

  static func main() async {
    let level = ProcessInfo.processInfo.environment["LOG_LEVEL"].flatMap {
      Logger.Level(rawValue: $0)
    }
    LoggingSystem.bootstrap { label in
      // Results go to standard output, so everything else stays out of it.
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = level ?? .warning
      return handler
    }
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let failure as CommandFailure {
      note("bellwether: \(failure)")
      Foundation.exit(1)
    } catch {
      // Usage errors exit with 2, as the shell's own do; help and versions with 0.
      let code = exitCode(for: error)
      let message = fullMessage(for: error)
      if code == .success {
        print(message)
      } else if !message.isEmpty {
        note(message)
      }
      Foundation.exit(code == .validationFailure ? 2 : code.rawValue)
    }
  }
}

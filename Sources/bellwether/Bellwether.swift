import ArgumentParser
import CProcess
import Foundation
import Logging
import Store

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

      Environment: DATABASE_URL, BELLWETHER_STATE, LOG_LEVEL (trace … critical; default warning, \
      for serve info), LOG_FORMAT (text or json).
      """,
    version: Release.version,
    subcommands: [
      CheckCommand.self, TestCommand.self, ExplainCommand.self, SchemaCommand.self,
      RunCommand.self, RunsCommand.self, ServeCommand.self, ScheduleCommand.self,
      StatusCommand.self, AlertsCommand.self,
      HeldCommand.self, SilenceCommand.self, DeliverCommand.self, DeliveriesCommand.self,
      EndpointsCommand.self, DoctorCommand.self, DemoCommand.self, TokenCommand.self,
    ])

  static func main() async {
    process_bound_heap()
    startLogging()
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
  /// Before the arguments are parsed, so that whatever happens can be logged.
  private static func startLogging() {
    let environment = ProcessInfo.processInfo.environment
    let arguments = CommandLine.arguments.dropFirst()
    let isService = arguments.first == "serve"
    let level =
      environment["LOG_LEVEL"].flatMap { Logger.Level(rawValue: $0) }
      ?? (isService ? .info : .warning)
    let isJSON = LogOptions.isJSON(arguments) ?? (environment["LOG_FORMAT"] == "json")
    LoggingSystem.bootstrap { label in
      if isJSON { return JSONLogHandler(label: label, logLevel: level) }
      // Results go to standard output, so everything else stays out of it.
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = level
      return handler
    }
  }
}

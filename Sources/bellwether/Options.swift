import ArgumentParser
import Expressions
import Foundation

/// Where the rules are.
struct ProjectOptions: ParsableArguments {
  @Option(
    name: .customLong("project"),
    help: ArgumentHelp(
      "The folder with bellwether.yaml, rules/ and templates/.", valueName: "folder"))
  var projectPath: String?

  /// The folder that was named, if one was.
  var explicitRoot: URL? { projectPath.map { URL(filePath: $0) } }

  /// The folder that was named, or else the nearest above this one that has rules.
  var root: URL {
    let current = URL(filePath: FileManager.default.currentDirectoryPath)
    return explicitRoot ?? Project.root(of: current) ?? current
  }
}

/// Where the database is.
struct DatabaseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A PostgreSQL URL; otherwise the environment's DATABASE_URL, otherwise a private server.",
      valueName: "url"))
  var database: String?

  @Option(
    help: ArgumentHelp(
      "Where the private server keeps its data; otherwise the environment's BELLWETHER_STATE.",
      valueName: "folder"))
  var state: String?

  /// The private server's folder.
  var stateFolder: String { state ?? Self.defaultState }

  /// Where the private server keeps its data unless the command line says otherwise.
  private static var defaultState: String {
    let environment = ProcessInfo.processInfo.environment
    if let folder = environment["BELLWETHER_STATE"] { return folder }
    // As root the server runs as another user, who cannot look into root's home.
    if geteuid() == 0 { return "/var/lib/bellwether" }
    let base =
      environment["XDG_STATE_HOME"]
      ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".local/state").path
    return base + "/bellwether"
  }
}

/// The time that a command takes as now.
struct TimeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The scheduled time to run for, in the tenant's zone unless it has an offset.",
      valueName: "time"))
  var asOf: String?

  func validate() throws {
    if let asOf, Instant(asOf, in: .utc) == nil {
      throw ValidationError(
        "'\(asOf)' is not a time; write it as 2026-01-31, '2026-01-31 02:00' or 2026-01-31T02:00:00Z"
      )
    }
  }

  /// The time that was named, on the wall clock of a zone.
  func instant(in zone: Zone) -> Instant? { asOf.flatMap { Instant($0, in: zone) } }
}

import ArgumentParser
import Engine
import Expressions
import Foundation
import Postgres
import Rules
import Store

/// Where everything is put together for a command.
enum Composition {
  /// Runs `body` with a session on the database that the options name, its tables up to date.
  ///
  /// A database that does not answer is asked once more; then the command fails with exit 1. The
  /// private server is stopped afterwards if this process started it.
  static func withDatabase<Result>(
    _ options: DatabaseOptions, _ body: (DatabaseSession) async throws -> Result
  ) async throws -> Result {
    let url = options.database ?? ProcessInfo.processInfo.environment["DATABASE_URL"]
    guard let url else { return try await withPrivateServer(options, body) }
    let connection = try await connect(url)
    try await migrate(connection)
    return try await body(DatabaseSession(connection: connection, url: url))
  }

  private static func withPrivateServer<Result>(
    _ options: DatabaseOptions, _ body: (DatabaseSession) async throws -> Result
  ) async throws -> Result {
    let server = try await EmbeddedServer.start(in: options.stateFolder)
    do {
      let connection = try await connect(server.url)
      try await migrate(connection)
      let result = try await body(DatabaseSession(connection: connection, url: server.url))
      await connection.close()
      await server.stop()
      return result
    } catch {
      await server.stop()
      throw error
    }
  }

  private static func connect(_ url: String) async throws -> Connection {
    do {
      return try await Connection.open(url)
    } catch let error where error.kind == .unavailable {
      note("the database does not answer; trying once more")
      try await Task.sleep(for: .seconds(1))
      do {
        return try await Connection.open(url)
      } catch {
        throw CommandFailure(
          "the database cannot be reached: \(error.message)",
          help: "check that PostgreSQL runs and that DATABASE_URL, or --database, names it; "
            + "without either, bellwether starts a private server")
      }
    }
  }

  private static func migrate(_ connection: Connection) async throws {
    let applied = try await Migrator.migrate(connection)
    if !applied.isEmpty { note("database: applied \(applied.joined(separator: ", "))") }
  }
}

/// An open database, for one command.
struct DatabaseSession: Sendable {
  let connection: Connection
  let url: String

  /// The database's time.
  func now() async throws -> Instant { try await DatabaseClock(connection: connection).now() }

  /// An engine over this session.
  func engine(ruleSet: RuleSet, settings: Settings) throws -> Engine {
    guard let zone = Zone(identifier: settings.timezone) else {
      throw CommandFailure(
        "bellwether.yaml names the time zone '\(settings.timezone)', which does not exist",
        help: "write an IANA name such as Europe/Paris")
    }
    return Engine(
      catalog: ruleSet.catalog, defaultZone: zone, formats: settings.formats,
      connection: connection, makeID: Self.makeID)
  }

  /// Ids that grow with this machine's clock; nothing else depends on it.
  @Sendable static func makeID() -> UUIDv7 {
    UUIDv7(unixMilliseconds: Int64(Date().timeIntervalSince1970 * 1000))
  }
}

import Engine
import Expressions
import Foundation
import Postgres
import Rules
import SQLText
import Store

/// An open database, for one command.
struct DatabaseSession: Sendable {
  let connection: Connection
  let url: String

  /// The private server, when no database was named.
  private let server: EmbeddedServer?

  /// Whether the database is a server that the session started for itself.
  var isPrivate: Bool { server != nil }

  /// Opens the database that the options name, or a private one, and brings its tables up to date.
  ///
  /// A database that does not answer is asked once more; then the command fails with exit 1.
  static func open(
    _ options: DatabaseOptions, settings: Settings
  ) async throws -> DatabaseSession {
    let environment = ProcessInfo.processInfo.environment
    if let url = options.database ?? environment[settings.databaseVariable] {
      return try await open(url, server: nil)
    }
    let server: EmbeddedServer
    do {
      server = try await EmbeddedServer.start(in: options.stateFolder)
    } catch let error as EmbeddedServerError {
      throw CommandFailure("\(error)")
    }
    do {
      return try await open(server.url, server: server)
    } catch {
      await server.stop()
      throw error
    }
  }

  private static func open(_ url: String, server: EmbeddedServer?) async throws -> DatabaseSession {
    let connection = try await connect(url)
    do {
      let applied = try await Migrator.migrate(connection)
      if !applied.isEmpty { note("database: applied \(applied.joined(separator: ", "))") }
    } catch let error as MigrationError {
      throw CommandFailure("\(error)")
    }
    try await hideEngineTables(connection)
    return DatabaseSession(connection: connection, url: url, server: server)
  }

  /// Takes the engine's schema off the search path, where a role that is called `bellwether` has it
  /// first: a business's own `event` table is meant when the catalog says `event`.
  static func hideEngineTables(_ connection: Connection) async throws {
    _ = try await connection.query(
      """
      SELECT set_config('search_path', coalesce(string_agg(quote_ident(name), ', ' ORDER BY n), ''),
        false)
      FROM unnest(current_schemas(false)) WITH ORDINALITY AS path (name, n)
      WHERE name <> 'bellwether' AND 'bellwether' = ANY(current_schemas(false))
      HAVING 'bellwether' = ANY(current_schemas(false))
      """)
  }

  private static func connect(_ url: String) async throws -> Connection {
    do {
      return try await Connection.open(url)
    } catch {
      guard error.kind == .unavailable else { throw unreachable(error) }
    }
    note("the database does not answer; trying once more")
    try await Task.sleep(for: .seconds(1))
    do {
      return try await Connection.open(url)
    } catch {
      throw unreachable(error)
    }
  }

  private static func unreachable(_ error: PostgresError) -> CommandFailure {
    CommandFailure(
      "the database cannot be reached: "
        + error.message.trimmingCharacters(in: .whitespacesAndNewlines),
      help: "check that PostgreSQL runs and that --database or DATABASE_URL names it; without "
        + "either, bellwether starts a private server")
  }

  /// Ends the session, and the private server if this process started it.
  func close() async {
    await connection.close()
    await server?.stop()
  }

  /// The database's time in whole seconds, the scheduled time of a run that somebody asks for.
  func now() async throws -> Instant {
    let now = try await DatabaseClock(connection: connection).now()
    return Instant(microseconds: now.microseconds / 1_000_000 * 1_000_000)
  }

  /// An engine over this session.
  func engine(ruleSet: RuleSet, settings: Settings) throws -> Engine {
    try Engine.composed(ruleSet: ruleSet, settings: settings, connection: connection)
  }

  /// Ids that grow with this machine's clock; nothing else depends on it.
  @Sendable static func makeID() -> UUIDv7 {
    UUIDv7(unixMilliseconds: Int64(Date().timeIntervalSince1970 * 1000))
  }
}

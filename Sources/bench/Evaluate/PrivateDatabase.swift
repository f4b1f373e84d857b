import Foundation
import Postgres
import SQLText
import Store

/// A private PostgreSQL server in a temporary folder, for one measurement.
struct PrivateDatabase: Sendable {
  let connection: Connection

  /// Where further sessions are opened.
  var url: String { server.url }
  private let server: EmbeddedServer
  private let folder: String
  private let psql: String

  /// Runs `body` with a new server, and removes the server and its files afterwards.
  static func with<Result>(_ body: (PrivateDatabase) async throws -> Result) async throws -> Result
  {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "bellwether-bench-\(ProcessInfo.processInfo.processIdentifier)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let server = try await EmbeddedServer.start(in: folder)
    defer { try? FileManager.default.removeItem(atPath: server.folder) }
    do {
      let database = try await open(server, folder: folder)
      let result = try await body(database)
      await database.connection.close()
      await server.stop()
      return result
    } catch {
      await server.stop()
      throw error
    }
  }

  private static func open(
    _ server: EmbeddedServer, folder: String
  ) async throws -> PrivateDatabase {
    let connection = try await Connection.open(server.url)
    try await Migrator.migrate(connection)
    let programs = try await connection.query("SELECT setting FROM pg_config WHERE name = 'BINDIR'")
    return PrivateDatabase(
      connection: connection, server: server, folder: folder,
      psql: (programs[0][0] ?? "") + "/psql")
  }

  /// Seconds that psql takes for a script, from its start to its end, whose output goes nowhere.
  func psqlSeconds(_ script: String) throws -> Double {
    let file = file("script.sql")
    try script.write(toFile: file, atomically: true, encoding: .utf8)
    return try psqlSeconds(["-f", file])
  }

  private func psqlSeconds(_ arguments: [String]) throws -> Double {
    let process = Process()
    process.executableURL = URL(filePath: psql)
    process.arguments = ["-Xq", "-v", "ON_ERROR_STOP=1", "-d", server.url] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    let clock = ContinuousClock()
    let start = clock.now
    try process.run()
    process.waitUntilExit()
    let seconds = (clock.now - start) / .seconds(1)
    guard process.terminationStatus == 0 else {
      throw BenchError(description: "psql ended with \(process.terminationStatus)")
    }
    return seconds
  }

  /// A file beside the server's.
  func file(_ name: String) -> String { folder + "/" + name }
}

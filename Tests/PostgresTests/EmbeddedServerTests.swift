import Foundation
import Postgres
import SQLText
import Support
import Testing

@Suite("The embedded server")
struct EmbeddedServerTests {
  @Test("starts again with the same data, and survives being killed")
  func reuse() async throws {
    try await withStateFolder { folder in
      let first = try await EmbeddedServer.start(in: folder)
      let connection = try await Connection.open(first.url)
      try await connection.execute(script: "CREATE TABLE t AS SELECT 41 + 1 AS n")
      #expect(try await connection.query("SHOW listen_addresses") == [[""]])
      #expect(try await connection.query("SHOW lc_ctype") == [["C.UTF-8"]])
      #expect(try await connection.query("SHOW server_encoding") == [["UTF8"]])
      await first.stop()
      #expect(await !connection.isHealthy)
      await #expect(throws: PostgresError.self) { try await Connection.open(first.url) }

      let second = try await EmbeddedServer.start(in: folder)
      let again = try await Connection.open(second.url)
      #expect(try await again.query("SELECT n FROM t") == [["42"]])

      // As after a crash: the socket and the pid file stay, and a session goes on for a while.
      let processID = try #require(second.processID)
      #expect(kill(processID, SIGKILL) == 0)
      let third = try await EmbeddedServer.start(in: folder, retryingWhileLockedBy: second)
      let last = try await Connection.open(third.url)
      #expect(try await last.query("SELECT n FROM t") == [["42"]])
      await third.stop()
    }
  }

  @Test("is shared by two owners at once, and the second does not stop it")
  func twoOwners() async throws {
    try await withStateFolder { folder in
      async let one = EmbeddedServer.start(in: folder)
      async let two = EmbeddedServer.start(in: folder)
      let servers = try await [one, two]
      #expect(servers[0].url == servers[1].url)
      #expect(servers.filter { $0.processID != nil }.count == 1)
      let owner = try #require(servers.first { $0.processID != nil })
      let guest = try #require(servers.first { $0.processID == nil })

      let connection = try await Connection.open(guest.url)
      await guest.stop()
      #expect(try await connection.query("SELECT 1") == [["1"]])
      await owner.stop()
      await #expect(throws: PostgresError.self) { try await Connection.open(owner.url) }
    }
  }

  @Test("says what to install, and shows the log's end when the server does not come up")
  func failures() async throws {
    try await withStateFolder { folder in
      var options = EmbeddedServer.Options()
      options.searchPath = [folder, "/nowhere"]
      let missing = await #expect(throws: EmbeddedServerError.self) {
        try await EmbeddedServer.start(in: folder, options: options)
      }
      #expect(missing == .programsMissing(searched: [folder, "/nowhere"]))
      #expect(missing?.description.contains("apt-get install postgresql") == true)

      // The failure has let go of the folder, so the next attempt gets further.
      options = EmbeddedServer.Options()
      options.settings = ["shared_buffers": "much"]
      let failed = await #expect(throws: EmbeddedServerError.self) {
        try await EmbeddedServer.start(in: folder, options: options)
      }
      let text = try #require(failed).description
      #expect(text.contains("postgres failed. The end of"))
      #expect(text.contains(#"invalid value for parameter "shared_buffers": "much""#))
    }
  }

  @Test("puts its socket elsewhere when the folder lies deep")
  func deepFolder() async throws {
    try await withStateFolder { folder in
      let deep = folder + "/" + String(repeating: "deep folder's, \"name\" %20/", count: 5)
      let server = try await EmbeddedServer.start(in: deep)
      let connection = try await Connection.open(server.url)
      let rows = try await connection.query("SHOW unix_socket_directories")
      let socketFolder = try #require(rows[0][0]).trimming { $0 == "\"" }
      #expect(socketFolder.hasPrefix("/tmp/bellwether-"))
      await server.stop()
      #expect(!FileManager.default.fileExists(atPath: socketFolder))
    }
  }

  @Test("goes when its owner is killed, and the next owner finds the data")
  func killedOwner() async throws {
    try await withStateFolder { folder in
      try await killAnOwner(of: folder)
      let server = try await EmbeddedServer.start(in: folder)
      let connection = try await Connection.open(server.url)
      let rows = try await connection.query("SELECT n FROM t")
      #expect(rows == [["42"]])
      #expect(server.processID != nil)
      await server.stop()
    }
  }

  @Test("finishes what a predecessor began and did not live to end")
  func interruptedCluster() async throws {
    try await withStateFolder { folder in
      let unfinished = folder + "/postgres/data.new"
      try FileManager.default.createDirectory(
        atPath: unfinished + "/base", withIntermediateDirectories: true)
      try "".write(toFile: unfinished + "/postgresql.conf", atomically: true, encoding: .utf8)
      let server = try await EmbeddedServer.start(in: folder)
      _ = try await Connection.open(server.url)
      #expect(!FileManager.default.fileExists(atPath: unfinished))
      await server.stop()
    }
  }

  @Test("runs as whoever runs this program, unless that is root")
  func ordinaryUser() async throws {
    try await withStateFolder { folder in
      if geteuid() == 0 { chown(folder, 65534, 65534) }
      try await startAsOrdinaryUser(in: folder)
      let owner = try FileManager.default.attributesOfItem(atPath: folder + "/postgres/data")
      let account = owner[.ownerAccountID] as? Int
      #expect(account == Int(geteuid() == 0 ? 65534 : geteuid()))

      // And another user is told why that folder is not for them.
      if geteuid() == 0 {
        let error = await #expect(throws: EmbeddedServerError.self) {
          try await EmbeddedServer.start(in: folder)
        }
        #expect(error == .foreign(folder: folder + "/postgres", account: "postgres"))
      }
    }
  }

  @Test("finds another place when root's folder is closed to others", .enabled(if: geteuid() == 0))
  func closedFolder() async throws {
    try await withStateFolder { folder in
      chmod(folder, 0o700)
      let server = try await EmbeddedServer.start(in: folder + "/state")
      #expect(server.folder.hasPrefix("/var/lib/bellwether/"))
      _ = try await Connection.open(server.url)
      await server.stop()
      try FileManager.default.removeItem(atPath: server.folder)
    }
  }

  @Test("refuses a folder of the socket that someone else has put there")
  func planted() async throws {
    try await withStateFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/postgres", withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/postgres/run", withDestinationPath: "/tmp")
      let error = await #expect(throws: EmbeddedServerError.self) {
        try await EmbeddedServer.start(in: folder)
      }
      guard case .foreign(folder: folder + "/postgres/run", account: _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  /// Starts a server and fills a table in a process that is then killed.
  private func killAnOwner(of folder: String) async throws {
    await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
      let server = try await EmbeddedServer.start(in: folder)
      let connection = try await Connection.open(server.url)
      try await connection.execute(script: "CREATE TABLE t AS SELECT 41 + 1 AS n")
      kill(getpid(), SIGKILL)
    }
  }

  /// Starts and stops a server in a process of the user nobody, if this one is root.
  private func startAsOrdinaryUser(in folder: String) async throws {
    await #expect(processExitsWith: .success) { [folder = folder as String] in
      if geteuid() == 0 {
        try #require(setgid(65534) == 0)
        try #require(setuid(65534) == 0)
      }
      let server = try await EmbeddedServer.start(in: folder)
      _ = try await Connection.open(server.url)
      await server.stop()
    }
  }

  @Test("lets a test act as a role that is no superuser")
  func role() async throws {
    try await withTestDatabase { database in
      try await database.connection.execute(script: "CREATE SCHEMA s; CREATE TABLE s.t (id int)")
      let url = try await database.url(asRoleWithRightsOn: ["s"])
      let app = try await Connection.open(url)
      let rows = try await app.query(
        """
        SELECT rolsuper, (SELECT count(*) FROM s.t) FROM pg_roles WHERE rolname = current_user
        """)
      #expect(rows == [["f", "0"]])
    }
  }
}

/// Runs `body` with a new folder, and removes that afterwards.
private func withStateFolder(_ body: (String) async throws -> Void) async throws {
  let folder = TemporaryFolder.make(prefix: "bellwether-embedded")
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try await body(folder)
}

extension EmbeddedServer {
  /// Starts the folder's server as a process would that comes after `other` was killed with its
  /// server: the lock goes, and everything else stays.
  fileprivate static func start(
    in folder: String, retryingWhileLockedBy other: EmbeddedServer
  ) async throws -> EmbeddedServer {
    try FileManager.default.removeItem(atPath: folder + "/postgres/lock")
    let server = try await EmbeddedServer.start(in: folder)
    await other.stop()
    return server
  }
}

extension String {
  fileprivate func trimming(_ isUnwanted: (Character) -> Bool) -> String {
    String(drop(while: isUnwanted).reversed().drop(while: isUnwanted).reversed())
  }
}

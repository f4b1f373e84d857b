package import Foundation
import Postgres
import Synchronization

/// The PostgreSQL that this process's tests share.
///
/// That is the server named in `TEST_DATABASE_URL` (as a role that may create databases and roles),
/// or else one of our own in a temporary folder, started by the first test that asks and gone with
/// the process. Most tests want ``withTestDatabase(_:)`` instead.
package struct TestServer: Sendable {
  /// Connects to the server's maintenance database.
  package let url: String

  /// Sessions that make and drop databases.
  ///
  /// One is lent to each test while it runs, so that all tests together stay within the
  /// connections that a server allows.
  let admins: ConnectionPool

  private init(url: String) {
    self.url = url
    admins = ConnectionPool(url: url, size: 8)
  }

  /// The server, started at the first use.
  package static var shared: TestServer {
    get async throws { try await starting.value }
  }

  private static let starting = Task { try await start() }

  private static func start() async throws -> TestServer {
    if let url = ProcessInfo.processInfo.environment["TEST_DATABASE_URL"] {
      return TestServer(url: url)
    }
    let folder = TemporaryFolder.make(prefix: "bellwether-tests")
    var options = EmbeddedServer.Options()
    // Nobody will read this data after a crash.
    options.settings = [
      "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off",
      "deadlock_timeout": "200ms",
    ]
    let server = try await EmbeddedServer.start(in: folder, options: options)
    Leftovers.killAtExit(server)
    return TestServer(url: server.url)
  }
}

/// Folders for tests.
package enum TemporaryFolder {
  /// Where they are made: in memory where there is enough, since a database is some forty files.
  package static let parent: URL = {
    let memory = URL(filePath: "/dev/shm")
    let free = try? FileManager.default.attributesOfFileSystem(forPath: memory.path)[
      .systemFreeSize]
    let isRoomy = (free as? NSNumber).map { $0.int64Value > 2 << 30 } ?? false
    return isRoomy ? memory : FileManager.default.temporaryDirectory
  }()

  /// Makes a new folder that any user may enter; it is removed when the process exits.
  package static func make(prefix: String) -> String {
    let name = "\(prefix)-\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString)"
    let path = parent.appending(path: name.lowercased()).path
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    } catch {
      preconditionFailure("cannot make \(path): \(error)")
    }
    Leftovers.removeAtExit(path)
    return path
  }
}

/// What must go when the process exits.
private enum Leftovers {
  private static let state = Mutex((servers: [EmbeddedServer](), folders: [String]()))

  static func killAtExit(_ server: EmbeddedServer) {
    _ = registered
    state.withLock { $0.servers.append(server) }
  }

  static func removeAtExit(_ folder: String) {
    _ = registered
    state.withLock { $0.folders.append(folder) }
  }

  private static let registered: Void = {
    removeThoseOfTheDead()
    atexit {
      let left = Leftovers.state.withLock { $0 }
      for server in left.servers { server.kill() }
      for folder in left.folders { try? FileManager.default.removeItem(atPath: folder) }
    }
  }()

  /// Removes the folders of test processes that were killed; their servers went with them.
  private static func removeThoseOfTheDead() {
    let parent = TemporaryFolder.parent
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
    for name in names where name.hasPrefix("bellwether-") {
      // The process comes before the five groups of the UUID.
      let words = name.split(separator: "-").dropLast(5)
      guard let owner = words.last.flatMap({ pid_t($0) }), kill(owner, 0) != 0, errno == ESRCH
      else { continue }
      try? FileManager.default.removeItem(at: parent.appending(path: name))
    }
  }
}

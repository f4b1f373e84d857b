import Foundation

/// A private PostgreSQL server that lives in a state folder and is reached by a Unix socket only.
///
/// The first process that asks for a state folder's server starts it and owns it; others at the
/// same time use it. It ends with ``stop()`` of its owner, and on Linux also with the owner's
/// death. The next ``start(in:options:)`` finds the same data.
package actor EmbeddedServer {
  /// How to run the server.
  package struct Options: Sendable {
    /// Where `initdb` and `postgres` are; `nil` looks in PATH and the usual places.
    package var searchPath: [String]?

    /// Who runs the server when this process is root.
    package var account = "postgres"

    /// Settings in place of our own.
    package var settings: [String: String] = [:]

    /// Creates the usual options.
    package init() {}
  }

  /// Connects to the program's own database, `bellwether`, as a superuser.
  package nonisolated var url: String { url(database: ServerFolder.database) }

  /// Where the cluster and its log stand.
  package nonisolated var folder: String { place.path }

  /// The server's process, when this process started it.
  package nonisolated var processID: Int32? { child?.processID }

  private nonisolated let place: ServerFolder
  private nonisolated let child: ChildProcess?
  private var lock: FileLock?

  init(place: ServerFolder, child: ChildProcess?, lock: FileLock?) {
    self.place = place
    self.child = child
    self.lock = lock
  }

  deinit { child?.signal(SIGINT) }

  /// Connects to a database by its name, as a superuser who takes on `role` when there is one.
  package nonisolated func url(database: String, role: String? = nil) -> String {
    place.url(database: database, role: role)
  }

  /// Stops the server, if this process owns it: connections are cut, transactions rolled back.
  package func stop() async {
    if let child {
      for (signal, limit) in [(SIGINT, 30), (SIGQUIT, 10), (SIGKILL, 10)] {
        child.signal(signal)
        if await child.wait(atMost: .seconds(limit)) != nil { break }
      }
      if lock != nil { rmdir(place.socketFolder) }
    }
    lock = nil
  }

  /// Ends the server at once, as a power cut would, and waits for that; for programs about to exit.
  package nonisolated func kill() {
    child?.signal(SIGQUIT)
    for _ in 0..<2000 where child?.exitStatus() == nil && child != nil { usleep(2000) }
  }
}

extension ServerFolder {
  func url(database: String, role: String? = nil) -> String {
    let unreserved = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~/"))
    func encoded(_ text: String) -> String {
      text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? text
    }
    let options = role.map { "&options=\(encoded("-crole=\($0)"))" } ?? ""
    return "postgresql://\(Self.superuser)@/\(encoded(database))"
      + "?host=\(encoded(socketFolder))&port=\(Self.port)\(options)"
  }
}

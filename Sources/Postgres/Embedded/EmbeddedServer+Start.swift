import Foundation
import SQLText

extension EmbeddedServer {
  /// Starts the state folder's server, making the cluster the first time, or joins the process
  /// that has started it.
  ///
  /// Survives whatever a killed predecessor left behind. Throws ``EmbeddedServerError``, and
  /// ``PostgresError`` when the server comes up but cannot be used.
  package static func start(
    in stateFolder: String, options: Options = Options()
  ) async throws -> EmbeddedServer {
    let place = try ServerFolder(in: stateFolder, runAs: options.account)
    let deadline = ContinuousClock.now + .seconds(120)
    repeat {
      if let lock = try FileLock(place.lock) {
        let starter = Starter(place: place, options: options)
        let child = try await starter.start()
        let server = EmbeddedServer(place: place, child: child, lock: lock)
        do {
          try await makeDatabase(place)
        } catch {
          await server.stop()
          throw error
        }
        return server
      }
      if await answers(place) {
        try await makeDatabase(place)
        return EmbeddedServer(place: place, child: nil, lock: nil)
      }
      try await Task.sleep(for: .milliseconds(50))
    } while ContinuousClock.now < deadline
    throw EmbeddedServerError.busy(folder: place.path)
  }

  /// Makes the program's own database when it is not there.
  private static func makeDatabase(_ place: ServerFolder) async throws(PostgresError) {
    let connection = try await Connection.open(place.url(database: "postgres"))
    let name = ServerFolder.database
    let found = try await connection.query(
      "SELECT FROM pg_database WHERE datname = \(bind: name)")
    guard found.isEmpty else { return }
    do {
      try await connection.execute("CREATE DATABASE \(identifier: name)")
    } catch {
      let isThere = ["42P04", "23505"].contains(error.sqlState)
      // Another process may have been faster.
      if !isThere { throw error }
    }
  }
}

/// Whether the server accepts connections.
private func answers(_ place: ServerFolder) async -> Bool {
  await (try? Connection.open(place.url(database: "postgres"))) != nil
}

/// Brings a server up, for the process that holds the folder's lock.
private struct Starter {
  let place: ServerFolder
  let options: EmbeddedServer.Options

  func start() async throws -> ChildProcess {
    // The owner before us may have taken its folder of the socket along.
    try place.makeFolders()
    try await endOrphan()
    let version = try? String(contentsOfFile: place.data + "/PG_VERSION", encoding: .utf8)
    let programs = try ServerPrograms.find(
      in: options.searchPath,
      version: version?.trimmingCharacters(in: .whitespacesAndNewlines))
    try place.writeAccess()
    try startNewLog()
    if version == nil { try await makeCluster(programs) }

    // The killed server's children may take a while to notice that they are orphans.
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
      do {
        return try await run(programs)
      } catch let error as EmbeddedServerError where error.isForSharedMemory {
        try await Task.sleep(for: .milliseconds(100))
      }
    }
    return try await run(programs)
  }

  /// Makes the cluster, aside at first so that a cluster is there whole or not at all.
  private func makeCluster(_ programs: ServerPrograms) async throws {
    let unfinished = place.data + ".new"
    try? FileManager.default.removeItem(atPath: unfinished)
    let log = try Log(place.log)
    let child = try launch(
      [
        programs.initdb, "-D", unfinished, "-U", ServerFolder.superuser, "-A", "peer",
        "-E", "UTF8", "--locale=\(Self.locale)", "--no-sync", "--no-instructions",
      ], log)
    guard await child.wait(atMost: .seconds(300)) == 0 else {
      child.signal(SIGKILL)
      throw EmbeddedServerError.failed(
        program: programs.initdb, log: place.log, lines: log.newLines(last: 10))
    }
    guard rename(unfinished, place.data) == 0 else {
      throw EmbeddedServerError.cannotWrite(
        path: place.data, reason: String(cString: strerror(errno)))
    }
  }

  /// Starts the server and waits until it answers.
  private func run(_ programs: ServerPrograms) async throws -> ChildProcess {
    let log = try Log(place.log)
    let settings = Self.settings.merging(options.settings) { $1 }.merging(ownSettings) { $1 }
    let child = try launch(
      [programs.postgres, "-D", place.data]
        + settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }, log)

    // Recovery after a crash can take minutes, and is no failure while the server lives.
    let deadline = ContinuousClock.now + .seconds(600)
    while child.exitStatus() == nil, ContinuousClock.now < deadline {
      if await answers(place) { return child }
      do {
        try await Task.sleep(for: .milliseconds(10))
      } catch {
        child.signal(SIGINT)
        _ = await child.wait(atMost: .seconds(30))
        throw error
      }
    }
    child.signal(SIGKILL)
    _ = await child.wait(atMost: .seconds(10))
    throw EmbeddedServerError.failed(
      program: programs.postgres, log: place.log, lines: log.newLines(last: 10))
  }

  private func launch(_ command: [String], _ log: Log) throws -> ChildProcess {
    try ChildProcess(
      command, environment: ["PATH=/usr/bin:/bin", "LC_ALL=\(Self.locale)"], in: place.path,
      output: log.file, as: place.account)
  }

  #if os(Linux)
  private static let locale = "C.UTF-8"
  #else
  private static let locale = "C"
  #endif

  /// For a server that one program uses.
  private static let settings = [
    "autovacuum_naptime": "10s",
    "jit": "off",
    "log_timezone": "UTC",
    "max_connections": "200",
    // Nothing replicates it, so less log is enough.
    "max_wal_senders": "0",
    "wal_level": "minimal",
    // Statements and details may quote business data.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "timezone": "UTC",
  ]

  private var ownSettings: [String: String] {
    [
      "hba_file": place.hba,
      "ident_file": place.ident,
      "listen_addresses": "",
      "logging_collector": "off",
      "port": "\(ServerFolder.port)",
      "unix_socket_directories": quotedList(place.socketFolder),
      "unix_socket_permissions": "0700",
    ]
  }

  /// A list of one folder, in the form that keeps commas and spaces in it.
  private func quotedList(_ folder: String) -> String {
    "\"\(folder.replacingOccurrences(of: "\"", with: "\"\""))\""
  }
}

extension EmbeddedServerError {
  /// Whether processes of a former server still use the cluster.
  fileprivate var isForSharedMemory: Bool {
    guard case .failed(_, _, let lines) = self else { return false }
    return lines.contains { $0.contains("pre-existing shared memory block") }
  }
}

// MARK: What a predecessor left behind

extension Starter {
  /// Ends a server whose owner died, and removes what would keep the next from starting.
  private func endOrphan() async throws {
    let path = place.data + "/postmaster.pid"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8),
      let line = text.split(separator: "\n").first, let processID = pid_t(line), processID > 0
    else { return removeSocket() }

    for (signal, limit) in [(SIGINT, 30), (SIGQUIT, 10)] where isOurs(processID) {
      kill(processID, signal)
      let deadline = ContinuousClock.now + .seconds(limit)
      while isOurs(processID), ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(20))
      }
    }
    guard !isOurs(processID) else { throw EmbeddedServerError.busy(folder: place.path) }

    // The id may be another process's by now, for which PostgreSQL would refuse to start. It
    // still needs the rest of the file, to see whether children of the old server live: so the
    // id becomes one that no process can have, instead of the file's going.
    if kill(processID, 0) == 0, FileManager.default.fileExists(atPath: path) {
      let rest = text.drop { $0 != "\n" }
      try? ("\(Int32.max)" + rest).write(toFile: path, atomically: false, encoding: .utf8)
    }
    removeSocket()
  }

  private func removeSocket() {
    for path in [place.socket, place.socket + ".lock"] { unlink(path) }
  }

  /// Whether a process is the server of this folder's cluster.
  private func isOurs(_ processID: pid_t) -> Bool {
    guard kill(processID, 0) == 0 else { return false }
    #if os(Linux)
    let command = try? Data(contentsOf: URL(filePath: "/proc/\(processID)/cmdline"))
    let words = (command ?? Data()).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    return words.contains(place.data)
    #else
    return true
    #endif
  }

  /// Sets a long log aside.
  private func startNewLog() throws {
    let size = try? FileManager.default.attributesOfItem(atPath: place.log)[.size] as? Int
    if let size, size > 4 << 20 { rename(place.log, place.log + ".old") }
  }
}

/// Owns the open log.
private final class Log {
  let file: Int32
  private let path: String
  private let start: Int

  /// Opens the log for appending and remembers its end.
  init(_ path: String) throws(EmbeddedServerError) {
    self.path = path
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
    start = Int(lseek(file, 0, SEEK_END))
  }

  deinit { close(file) }

  /// The last lines that were written since.
  func newLines(last count: Int) -> [String] {
    let bytes = (try? Data(contentsOf: URL(filePath: path))) ?? Data()
    return String(decoding: bytes.dropFirst(start), as: UTF8.self).split(separator: "\n")
      .suffix(count).map(String.init)
  }
}

import Foundation

/// The files of one embedded server, and the account it runs as.
///
/// In its folder stand `data`, the cluster; `run`, the socket; `server.log`; `lock`, held by the
/// process that owns the server; and the two files on who may connect.
struct ServerFolder: Sendable, Hashable {
  let path: String

  /// Where the Unix socket stands; elsewhere when the folder lies too deep for one.
  let socketFolder: String

  /// The account to become; `nil` when this process may run PostgreSQL itself.
  let account: Account?

  var data: String { path + "/data" }
  var log: String { path + "/server.log" }
  var lock: String { path + "/lock" }
  var hba: String { path + "/pg_hba.conf" }
  var ident: String { path + "/pg_ident.conf" }
  var socket: String { socketFolder + "/.s.PGSQL.\(Self.port)" }

  /// Names the socket; no TCP port is opened.
  static let port = 5432

  /// The cluster's superuser.
  ///
  /// Not `bellwether`: a role finds tables first in the schema of its own name, and that schema is
  /// the engine's.
  static let superuser = "bellwether_owner"

  /// The database that is made for the program.
  static let database = "bellwether"

  /// Makes what is missing of `stateFolder` and the folders in it.
  ///
  /// As root, when the account may not enter `stateFolder`, the files go to
  /// `/var/lib/bellwether` instead.
  init(in stateFolder: String, runAs name: String) throws(EmbeddedServerError) {
    if geteuid() == 0 {
      guard let account = Account(named: name) else { throw .accountMissing(name: name) }
      self.account = account
    } else {
      account = nil
    }
    try makeFolder(stateFolder)
    let resolved = URL(filePath: stateFolder).resolvingSymlinksInPath().path
    let hash = shortHash(resolved)
    if let account, !account.mayEnter(resolved) {
      path = "/var/lib/bellwether/\(hash)"
      try makeFolder(path)
      guard account.mayEnter(path) else {
        throw .unreachable(folder: resolved, account: account.name)
      }
    } else {
      path = resolved + "/postgres"
    }
    // A socket's path has 104 bytes on macOS and 108 on Linux, its end included.
    let socketFolder = path + "/run"
    let isShort = socketFolder.utf8.count + "/.s.PGSQL.\(Self.port)".utf8.count < 104
    self.socketFolder = isShort ? socketFolder : "/tmp/bellwether-\(hash)"

    try makeFolders()
  }

  /// Makes the two folders, unless they are there and private.
  func makeFolders() throws(EmbeddedServerError) {
    try makePrivateFolder(path)
    try makePrivateFolder(socketFolder)
  }

  /// Makes a folder that only the server's account can use, or checks that it is one.
  private func makePrivateFolder(_ path: String) throws(EmbeddedServerError) {
    if mkdir(path, 0o700) != 0, errno != EEXIST {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
    var status = stat()
    // In /tmp anyone may have put a link or a folder there before us.
    let isFolder = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    let owners = [geteuid(), account?.user ?? geteuid()]
    guard isFolder, owners.contains(status.st_uid) else {
      let name = account?.name ?? Account(user: geteuid())?.name ?? "\(geteuid())"
      throw .foreign(folder: path, account: name)
    }
    chmod(path, 0o700)
    if let account { lchown(path, account.user, account.group) }
  }

  /// Writes who may connect: this process and the server's account, as the superuser.
  func writeAccess() throws(EmbeddedServerError) {
    guard let own = Account(user: geteuid()) else { throw .nameless(user: geteuid()) }
    let names = Set([own.name] + (account.map { [$0.name] } ?? [])).sorted()
    try write("local all all peer map=own\n", to: hba)
    try write(names.map { "own \"\($0)\" \(Self.superuser)\n" }.joined(), to: ident)
  }

  private func write(_ text: String, to path: String) throws(EmbeddedServerError) {
    do {
      try text.write(toFile: path, atomically: false, encoding: .utf8)
    } catch {
      throw .cannotWrite(path: path, reason: "\(error.localizedDescription)")
    }
    // The folder is private; the account must be able to read what root writes.
    chmod(path, 0o644)
  }
}

extension Account {
  /// Whether this account may enter a folder and all above it, by their plain permissions.
  fileprivate func mayEnter(_ folder: String) -> Bool {
    var path = folder
    while true {
      var status = stat()
      guard stat(path, &status) == 0 else { return false }
      let bit =
        status.st_uid == user ? S_IXUSR : status.st_gid == group ? S_IXGRP : S_IXOTH
      guard status.st_mode & bit != 0 else { return false }
      if path == "/" || path.isEmpty { return true }
      path = URL(filePath: path).deletingLastPathComponent().path
    }
  }
}

private func makeFolder(_ path: String) throws(EmbeddedServerError) {
  do {
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true)
  } catch {
    throw .cannotWrite(path: path, reason: error.localizedDescription)
  }
}

/// Twelve hexadecimal digits that stay the same from run to run (FNV-1a).
private func shortHash(_ text: String) -> String {
  let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
    ($0 ^ UInt64($1)) &* 0x100_0000_01b3
  }
  return String(String(hash, radix: 16).suffix(12))
}

/// Owns a lock on a file, which ends with this process at the latest.
final class FileLock: Sendable {
  private let file: Int32

  /// Takes the lock; `nil` when another holds it.
  init?(_ path: String) throws(EmbeddedServerError) {
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      close(file)
      return nil
    }
  }

  deinit { close(file) }
}

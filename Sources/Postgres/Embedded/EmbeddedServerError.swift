/// Why there is no embedded server.
package enum EmbeddedServerError: Error, Sendable, Hashable {
  /// `initdb` and `postgres` stand in none of these folders.
  case programsMissing(searched: [String])

  /// The superuser may not run PostgreSQL, and the account that should does not exist.
  case accountMissing(name: String)

  /// The operating system knows no account for the user this program runs as.
  case nameless(user: UInt32)

  /// A folder cannot be entered by the account that the server runs as.
  case unreachable(folder: String, account: String)

  /// A folder belongs to someone else than the account that the server runs as.
  case foreign(folder: String, account: String)

  /// A folder or a file cannot be made.
  case cannotWrite(path: String, reason: String)

  /// A program did not even start.
  case cannotRun(program: String, reason: String)

  /// A program ended, or did not come up, and these are the last lines of its log.
  case failed(program: String, log: String, lines: [String])

  /// Another process has had the state folder for long, and its server does not answer.
  case busy(folder: String)
}

extension EmbeddedServerError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .programsMissing(let searched):
      """
      PostgreSQL's programs initdb and postgres are not installed, or not in one of: \
      \(searched.joined(separator: ", ")). Install them (Debian, Ubuntu: apt-get install \
      postgresql; Fedora: dnf install postgresql-server; macOS: brew install postgresql) or name \
      a running server in DATABASE_URL.
      """
    case .accountMissing(let name):
      """
      PostgreSQL refuses to run as root, and there is no user '\(name)' to run it as. Make one \
      (useradd --system \(name)), or run as an ordinary user.
      """
    case .nameless(let user):
      "PostgreSQL cannot run as user \(user), who has no name in /etc/passwd: add one."
    case .unreachable(let folder, let account):
      """
      PostgreSQL runs as user '\(account)', who may not enter \(folder) or a folder above it. Use \
      another state folder, such as one in /var/lib, or chmod a+x the folders above.
      """
    case .foreign(let folder, let account):
      """
      \(folder) does not belong to '\(account)', the user that PostgreSQL runs as here. Run as \
      the user that made it, or choose another state folder.
      """
    case .cannotWrite(let path, let reason):
      "cannot write \(path): \(reason)"
    case .cannotRun(let program, let reason):
      "cannot start \(program): \(reason)"
    case .failed(let program, let log, let lines):
      (["\(program) failed. The end of \(log):"] + lines.map { "  " + $0 })
        .joined(separator: "\n")
    case .busy(let folder):
      "another process is busy with \(folder), and its database server does not answer"
    }
  }
}

import Foundation

/// Where PostgreSQL's server programs are installed.
struct ServerPrograms: Sendable, Hashable {
  var folder: String

  var initdb: String { folder + "/initdb" }
  var postgres: String { folder + "/postgres" }

  /// Looks in `searchPath`, or else in PATH and where the usual packages put them, newest first.
  ///
  /// A folder of version `version`, when that can be told from its path, comes before the others.
  static func find(
    in searchPath: [String]?, version: String?
  ) throws(EmbeddedServerError) -> ServerPrograms {
    let folders = searchPath ?? usualFolders()
    let found = folders.filter { folder in
      ["initdb", "postgres"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)")
      }
    }
    let fitting = found.first { version != nil && Self.version(in: $0) == version }
    guard let folder = fitting ?? found.first else {
      throw .programsMissing(
        searched: folders.isEmpty ? ["(no folder)"] : searchPath ?? Self.describedFolders)
    }
    return ServerPrograms(folder: folder)
  }

  private static let describedFolders = ["PATH", "/usr/lib/postgresql", "/opt/homebrew"]

  private static func usualFolders() -> [String] {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map(String.init)
      + [
        versions(in: "/usr/lib/postgresql", suffix: "/bin"),
        versions(in: "/usr", prefix: "pgsql-", suffix: "/bin"),
        versions(in: "/opt/homebrew/opt", prefix: "postgresql@", suffix: "/bin"),
        versions(in: "/usr/local/opt", prefix: "postgresql@", suffix: "/bin"),
        versions(in: "/Applications/Postgres.app/Contents/Versions", suffix: "/bin"),
        ["/opt/homebrew/bin", "/usr/local/bin", "/usr/local/pgsql/bin"],
      ].joined()
  }

  /// The folders of one numbered version each, newest first.
  private static func versions(
    in parent: String, prefix: String = "", suffix: String
  ) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    return names.filter { $0.hasPrefix(prefix) && Int($0.dropFirst(prefix.count)) != nil }
      .sorted { Int($0.dropFirst(prefix.count)) ?? 0 > Int($1.dropFirst(prefix.count)) ?? 0 }
      .map { "\(parent)/\($0)\(suffix)" }
  }

  /// `15` in `/usr/lib/postgresql/15/bin`.
  private static func version(in folder: String) -> String? {
    folder.split(separator: "/").dropLast().last
      .map { $0.split { "@-".contains($0) }.last.map(String.init) ?? "" }
  }
}

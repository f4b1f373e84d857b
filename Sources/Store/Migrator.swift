package import Postgres
import SQLText

/// Why a database's tables cannot be brought up to date.
package enum MigrationError: Error, Sendable, Hashable {
  /// A newer release has been here.
  case newerSchema(version: Int, known: Int)

  /// A migration that this database has had reads otherwise now.
  case changed(name: String)
}

extension MigrationError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .newerSchema(let version, let known):
      "the database's tables are of version \(version), made by a newer bellwether; this one "
        + "knows versions up to \(known): upgrade it"
    case .changed(let name):
      "the database has had another migration \(name) than this bellwether holds, so it was made "
        + "by a build that was never released: use a new database, or that build"
    }
  }
}

/// Brings a database's tables up to date.
package enum Migrator {
  /// One script, run once in every database.
  struct Migration: Sendable {
    var version: Int
    var name: String
    var script: String

    fileprivate init(_ version: Int, _ name: String, _ bytes: [UInt8]) {
      self.init(version: version, name: name, script: String(decoding: bytes, as: UTF8.self))
    }

    init(version: Int, name: String, script: String) {
      self.version = version
      self.name = name
      self.script = script
    }
  }

  /// All scripts; what stands here once released stays as it is.
  static let migrations: [Migration] = [
    Migration(1, "v0001_engine", PackageResources.v0001_engine_sql),
    Migration(2, "v0002_lifecycle", PackageResources.v0002_lifecycle_sql),
    Migration(3, "v0003_limits", PackageResources.v0003_limits_sql),
    Migration(4, "v0004_digest", PackageResources.v0004_digest_sql),
    Migration(5, "v0005_schedule", PackageResources.v0005_schedule_sql),
    Migration(6, "v0006_api", PackageResources.v0006_api_sql),
    Migration(7, "v0007_delivery", PackageResources.v0007_delivery_sql),
    Migration(8, "v0008_metrics", PackageResources.v0008_metrics_sql),
    Migration(10, "v0010_runs", PackageResources.v0010_runs_sql),
    Migration(11, "v0011_monitoring", PackageResources.v0011_monitoring_sql),
    Migration(12, "v0012_delivery_rules", PackageResources.v0012_delivery_rules_sql),
  ]

  /// Runs the scripts that this database has not had, each in a transaction of its own, and
  /// returns their names.
  ///
  /// The tables live in the schema `bellwether`. Any number of processes may do this at once: they
  /// take turns by locking the list of migrations. The role must be allowed to create a schema.
  @discardableResult
  package static func migrate(_ connection: Connection) async throws -> [String] {
    try await migrate(connection, with: migrations)
  }

  /// The names of the scripts that this database has not had; changes nothing.
  package static func pending(_ connection: Connection) async throws -> [String] {
    let exists = try await connection.query(
      "SELECT to_regclass('bellwether.schema_migration') IS NOT NULL")
    guard exists == [["t"]] else { return migrations.map(\.name) }
    var pending: [String] = []
    for migration in migrations {
      let isApplied = try await hasApplied(migration, of: migrations, on: connection)
      if !isApplied { pending.append(migration.name) }
    }
    return pending
  }

  @discardableResult
  static func migrate(
    _ connection: Connection, with migrations: [Migration]
  ) async throws -> [String] {
    try await createLedger(connection)
    var applied: [String] = []
    for migration in migrations {
      let isNew = try await apply(migration, of: migrations, on: connection)
      if isNew { applied.append(migration.name) }
    }
    return applied
  }

  /// Makes the list of migrations when there is none.
  private static func createLedger(_ connection: Connection) async throws(PostgresError) {
    let script = """
      CREATE SCHEMA IF NOT EXISTS bellwether;
      CREATE TABLE IF NOT EXISTS bellwether.schema_migration (
          version integer PRIMARY KEY,
          name text NOT NULL,
          checksum text NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now()
      )
      """
    // A role that may not create schemas can still run on a database that is up to date.
    let exists = try await connection.query(
      "SELECT to_regclass('bellwether.schema_migration') IS NOT NULL")
    guard exists != [["t"]] else { return }
    do {
      try await connection.execute(script: script)
    } catch let error where error.sqlState?.hasPrefix("23") == true || error.sqlState == "42P07" {
      // Two processes at once may both find nothing; the slower one has now waited for the other.
      try await connection.execute(script: script)
    }
  }

  /// Runs one script unless the database has had it; says whether it did.
  private static func apply(
    _ migration: Migration, of migrations: [Migration], on connection: Connection
  ) async throws -> Bool {
    if try await hasApplied(migration, of: migrations, on: connection) { return false }
    return try await connection.transaction { connection in
      try await connection.execute(
        script: "LOCK TABLE bellwether.schema_migration IN EXCLUSIVE MODE")
      // Another process may have been faster.
      if try await hasApplied(migration, of: migrations, on: connection) { return false }
      try await connection.execute(script: "SET LOCAL search_path = bellwether")
      try await connection.execute(script: migration.script)
      try await connection.execute(
        """
        INSERT INTO bellwether.schema_migration (version, name, checksum)
        VALUES (\(bind: migration.version)::integer, \(bind: migration.name),
          encode(sha256(convert_to(\(bind: migration.script), 'UTF8')), 'hex'))
        """)
      return true
    }
  }

  private static func hasApplied(
    _ migration: Migration, of migrations: [Migration], on connection: Connection
  ) async throws -> Bool {
    let known = migrations.map(\.version).max() ?? 0
    let rows = try await connection.query(
      """
      SELECT (SELECT max(version) FROM bellwether.schema_migration),
        (SELECT checksum = encode(sha256(convert_to(\(bind: migration.script), 'UTF8')), 'hex')
         FROM bellwether.schema_migration WHERE version = \(bind: migration.version)::integer)
      """)
    guard let row = rows.first else { preconditionFailure("the query selects one row") }
    if let newest = row[0].flatMap(Int.init), newest > known {
      throw MigrationError.newerSchema(version: newest, known: known)
    }
    switch row[1] {
    case nil: return false
    case "t": return true
    default: throw MigrationError.changed(name: migration.name)
    }
  }
}

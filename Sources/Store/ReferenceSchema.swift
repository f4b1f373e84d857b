package import Postgres

/// The business schema that the shipped catalog is bound to: for the demo, the tests, and whoever
/// starts without a schema of their own.
package enum ReferenceSchema {
  /// Makes the tables that are not there yet, in the session's current schema.
  ///
  /// Running it again changes nothing. The role owns what it makes; row-level security is forced,
  /// so even the owner sees a tenant's rows only after naming the tenant.
  package static func install(on connection: Connection) async throws(PostgresError) {
    try await connection.execute(
      script: String(decoding: PackageResources.reference_sql, as: UTF8.self))
  }
}

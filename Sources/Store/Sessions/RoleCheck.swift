package import Postgres
import SQLText

/// Why a role may not run the engine: row-level security would not hold for it.
package enum RoleFault: Error, Sendable, Hashable {
  case superuser(role: String)
  case bypassesRowSecurity(role: String)

  /// The role owns tables of the engine, and could switch their security off.
  case ownsTables(role: String)
}

extension RoleFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .superuser(let role):
      "the database role \(role) is a superuser, who sees every tenant's rows: use one that is not"
    case .bypassesRowSecurity(let role):
      "the database role \(role) has BYPASSRLS and sees every tenant's rows: use one without it"
    case .ownsTables(let role):
      "the database role \(role) owns bellwether's tables: migrate as their owner, and run as "
        + "another role that was granted them"
    }
  }
}

/// Who may do what in the database.
package enum RoleCheck {
  /// Throws ``RoleFault`` unless row-level security holds for the session's role.
  package static func requireRowSecurity(on connection: Connection) async throws {
    let rows = try await connection.query(
      """
      SELECT rolname, rolsuper, rolbypassrls, EXISTS (
        SELECT FROM pg_class
        WHERE relnamespace = to_regnamespace('bellwether') AND relkind = 'r'
          AND pg_has_role(relowner, 'USAGE'))
      FROM pg_roles WHERE rolname = current_user
      """)
    guard let row = rows.first, let role = row[0] else {
      preconditionFailure("a session has a role")
    }
    if row[1] == "t" { throw RoleFault.superuser(role: role) }
    if row[2] == "t" { throw RoleFault.bypassesRowSecurity(role: role) }
    if row[3] == "t" { throw RoleFault.ownsTables(role: role) }
  }

  /// Lets `role` run the engine on tables that the session's role owns.
  package static func grant(to role: String, on connection: Connection) async throws {
    try await connection.transaction { connection in
      try await connection.execute(
        "GRANT USAGE ON SCHEMA bellwether TO \(identifier: role)")
      try await connection.execute(
        """
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bellwether
        TO \(identifier: role)
        """)
      // Which migrations ran is for the owner alone to say.
      try await connection.execute(
        """
        REVOKE INSERT, UPDATE, DELETE ON bellwether.schema_migration
        FROM \(identifier: role)
        """)
    }
  }
}

package import SQLText

/// What PostgreSQL, or the way to it, said was wrong.
package struct PostgresError: Error, Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    case unavailable
    case conflict
    case constraint(String)
    case statement
  }
  package var kind: Kind
  package var sqlState: String?
  package var message: String
  package var statement: String?
}

/// One PostgreSQL session, an actor with its own thread, so libpq may block.
package actor Connection {
  package static func open(_ url: String) async throws(PostgresError) -> Connection {
    throw PostgresError(kind: .unavailable, message: "")
  }

  /// Runs one statement and returns its rows as text.
  package func query(_ sql: SQL) throws(PostgresError) -> [[String?]] { [] }

  /// Runs a script of several statements in one implicit transaction.
  package func execute(script: String) throws(PostgresError) {}

  /// Runs a query as COPY … TO STDOUT (FORMAT binary) and folds its rows; `body` gets one row's
  /// bytes at a time: an Int16 field count, then a length and bytes for each field.
  package func copyOut<State: Sendable>(
    _ query: SQL, into state: State,
    _ body: @Sendable (inout State, UnsafeRawBufferPointer) throws -> Void
  ) throws -> State { state }

  /// COPY … FROM STDIN (FORMAT binary) into `target`: a table and its columns, `t (a, b)`.
  package func copyIn(_ target: SQL, rows: CopyBuffer) throws(PostgresError) {}
}

extension Connection {
  /// Runs `body` between BEGIN and COMMIT, or ROLLBACK when it throws.
  package nonisolated func transaction<Result: Sendable>(
    _ body: (Connection) async throws -> Result
  ) async throws -> Result { try await body(self) }
}

/// Rows for COPY FROM in the binary format.
package struct CopyBuffer: Sendable {
  package init(columnCount: Int) {}
  package private(set) var rowCount = 0
  package mutating func beginRow() {}
  package mutating func append(_ text: String?) {}
  package mutating func append(_ number: Int64?) {}
  package mutating func append(_ number: Int32?) {}
  package mutating func append(_ number: Double?) {}
  package mutating func append(_ flag: Bool?) {}
  package mutating func append(bytes: [UInt8]?) {}
  package mutating func append(uuid: (UInt64, UInt64)?) {}
  /// A timestamptz, in microseconds since 1970.
  package mutating func append(unixMicroseconds: Int64?) {}
  /// A jsonb, from its text.
  package mutating func append(jsonb: String?) {}
}

package import SQLText

/// One PostgreSQL session.
///
/// The actor owns the `PGconn` and runs on a queue of its own, so libpq may block. Calls made at
/// once are run one after another; what belongs together belongs in one ``transaction(_:)``, on a
/// connection no one else uses meanwhile: see ``ConnectionPool``. The session ends with the last
/// reference, or with ``close()``.
package actor Connection {
  private let executor = BlockingExecutor(label: "postgres")
  var handle = ConnectionHandle()

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Opens a session: `"postgres:///app"`, or any other connection string of libpq.
  ///
  /// What the string does not say is `connect_timeout=5`, `application_name=bellwether` and TCP
  /// keep-alive that gives a dead peer up after a minute.
  package static func open(_ url: String) async throws(PostgresError) -> Connection {
    // A factory, because an actor's initializer would run, and block, on the caller's thread.
    let connection = Connection()
    try await connection.connect(to: url)
    return connection
  }

  private init() {}

  private func connect(to url: String) throws(PostgresError) { try handle.connect(to: url) }

  /// Whether the session is alive, as far as its socket tells, and outside a transaction.
  ///
  /// Asks the server nothing.
  package var isHealthy: Bool { handle.isAlive && handle.transactionState == .none }

  /// The server's process of this session, as `pg_stat_activity` shows it.
  package var serverProcessID: Int32 { handle.serverProcessID }

  /// Ends the session; whatever runs on it afterwards fails as unavailable.
  package func close() { handle.close() }

  /// Runs one statement and returns its rows as text.
  package func query(_ sql: SQL) throws(PostgresError) -> [[String?]] {
    try handle.query(sql.text, sql.arguments)
  }

  /// Runs one statement and returns the number of rows it inserted, updated, deleted or selected.
  @discardableResult
  package func execute(_ sql: SQL) throws(PostgresError) -> Int {
    try handle.execute(sql.text, sql.arguments)
  }

  /// Runs a script of several statements in one implicit transaction.
  package func execute(script: String) throws(PostgresError) {
    try handle.execute(script: script)
  }

  /// Runs a query as COPY … TO STDOUT (FORMAT binary) and folds its rows; `body` gets one row's
  /// bytes at a time: an Int16 field count, then a length and bytes for each field.
  ///
  /// COPY takes no parameters, so values are written into the statement by libpq. Memory does not
  /// grow with the number of rows. When `body` throws, the query is cancelled and the session
  /// stays usable; a transaction it ran in must be rolled back, as after any error.
  package func copyOut<State: Sendable>(
    _ query: SQL, into state: State,
    _ body: @Sendable (inout State, UnsafeRawBufferPointer) throws -> Void
  ) throws -> State {
    var state = state
    try beginCopyOut(query)
    _ = try handle.readCopyOut { row in
      try body(&state, row)
      return true
    }
    return state
  }

  /// Begins a COPY that ``read(into:_:)`` reads; no other statement may run until it is over.
  func beginCopyOut(_ query: SQL) throws(PostgresError) {
    let inlined = try handle.inlined(query)
    try handle.beginCopyOut(
      "COPY (\(inlined)) TO STDOUT (FORMAT binary)", reportedAs: query.text)
  }

  /// Fills a buffer with rows of the COPY that was begun; returns whether any may be left.
  func read<Buffer>(
    into buffer: LentBuffer<Buffer>, _ fill: (inout Buffer, UnsafeRawBufferPointer) throws -> Bool
  ) throws -> Bool {
    var content = buffer.take()
    let hasMore = try handle.readCopyOut { try fill(&content, $0) }
    buffer.putBack(content)
    return hasMore
  }

  /// Ends the COPY that is being read, if there is one.
  func stopCopyOut() { handle.stopCopyOut() }

  /// COPY … FROM STDIN (FORMAT binary) into `target`: a table and its columns, `t (a, b)`.
  ///
  /// PostgreSQL refuses it for tables with row-level security: copy into a temporary table and
  /// insert from there.
  package func copyIn(_ target: SQL, rows: consuming CopyBuffer) throws(PostgresError) {
    let inlined = try handle.inlined(target)
    try handle.copyIn(
      "COPY \(inlined) FROM STDIN (FORMAT binary)", reportedAs: "COPY \(target.text) FROM STDIN",
      bytes: rows.complete())
  }

  /// `value` as a literal, quoted by libpq, for the commands that take no parameters.
  package func quoted(_ value: String) throws(PostgresError) -> String {
    try handle.inlined("\(bind: value)")
  }
}

extension Connection {
  /// Runs `body` between BEGIN and COMMIT, or ROLLBACK when it throws.
  ///
  /// `script` runs in the same round trip as BEGIN, such as for `SET LOCAL`. Transactions do not
  /// nest: to open one inside another is a mistake in this program. Throws
  /// what `body` throws, and ``PostgresError`` when COMMIT does not succeed; after an error of kind
  /// `unavailable` from COMMIT nobody knows whether it did.
  @discardableResult
  package nonisolated func transaction<Result: Sendable>(
    beginningWith script: String = "", _ body: (Connection) async throws -> Result
  ) async throws -> Result {
    try await begin(script)
    let result: Result
    do {
      result = try await body(self)
    } catch {
      await rollBack()
      throw error
    }
    try await commit()
    return result
  }

  private func begin(_ script: String) throws(PostgresError) {
    precondition(
      handle.transactionState != .open, "a transaction is open on this connection already")
    do throws(PostgresError) {
      try handle.execute(script: "BEGIN; " + script)
    } catch {
      rollBack()
      throw error
    }
  }

  /// Rolls back; a session that cannot is broken, and its next user will be told.
  private func rollBack() { try? handle.execute(script: "ROLLBACK") }

  private func commit() throws(PostgresError) {
    // The server answers COMMIT of a failed transaction with a friendly ROLLBACK.
    let hadFailed = handle.transactionState == .failed
    try handle.execute(script: "COMMIT")
    if hadFailed {
      throw PostgresError(
        kind: .statement, sqlState: "25P02", message: "the transaction had failed: rolled back",
        statement: "COMMIT")
    }
  }
}

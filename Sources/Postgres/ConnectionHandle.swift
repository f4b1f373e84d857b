import CPostgres
import SQLText

/// Owns one `PGconn`; not copyable, so it is finished exactly once.
struct ConnectionHandle: ~Copyable {
  // libpq takes nil for a dead connection.
  private var raw: OpaquePointer?

  /// The COPY … TO STDOUT that is being read.
  private var copyOut: CopyOut?

  init() {}

  deinit { PQfinish(raw) }

  mutating func close() {
    PQfinish(raw)
    raw = nil
    copyOut = nil
  }

  /// Connects; what stands in `url` overrules our defaults, except for the encoding.
  mutating func connect(to url: String) throws(PostgresError) {
    let defaults = [
      ("connect_timeout", "5"), ("application_name", "bellwether"),
      ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
      ("tcp_user_timeout", "60000"),
    ]
    let options = defaults + [("dbname", url), ("client_encoding", "UTF8")]
    close()
    raw = withCStrings(options.map(\.0)) { keywords in
      withCStrings(options.map(\.1)) { PQconnectdbParams(keywords, $0, 1) }
    }
    guard PQstatus(raw) == CONNECTION_OK else {
      defer { close() }
      throw PostgresError(kind: .unavailable, message: lastMessage)
    }
    PQsetNoticeProcessor(raw, { _, _ in }, nil)

    // Rows are read as text, so a database's own taste in dates must not change them.
    let expected = [
      ("DateStyle", "ISO, MDY"), ("IntervalStyle", "postgres"),
      ("standard_conforming_strings", "on"),
    ]
    for (name, value) in expected
    where PQparameterStatus(raw, name).map({ String(cString: $0) }) != value {
      try execute(script: "SET \(name) = '\(value)'")
    }
    watchForOurEnd()
  }

  /// Has the server notice soon when this process or its machine dies, in the middle of a statement
  /// too, and end the session: what it had locked is then free for others.
  private func watchForOurEnd() {
    // Not every server's system can look, and then it says so.
    try? execute(script: "SET client_connection_check_interval = '2s'")
    try? execute(
      script: """
        SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 2
        """)
  }

  /// Whether the session lives; reads what the socket holds, so as to see a server that has gone.
  var isAlive: Bool {
    // A server says farewell before it hangs up: the first look reads that, the second the end.
    for _ in 0..<2 {
      guard PQconsumeInput(raw) == 1 else { return false }
      _ = PQisBusy(raw)
    }
    return PQstatus(raw) == CONNECTION_OK
  }

  var serverProcessID: Int32 { PQbackendPID(raw) }

  enum TransactionState { case none, open, failed, unknown }

  var transactionState: TransactionState {
    switch PQtransactionStatus(raw) {
    case PQTRANS_IDLE: .none
    case PQTRANS_INTRANS, PQTRANS_ACTIVE: .open
    case PQTRANS_INERROR: .failed
    default: .unknown
    }
  }

  /// What libpq last complained about, without its line ends.
  fileprivate var lastMessage: String {
    let text = PQerrorMessage(raw).map { String(cString: $0) } ?? ""
    let lines = text.split(separator: "\n").joined(separator: "; ")
    return lines.isEmpty ? "the connection is closed" : lines
  }
}

// MARK: Statements

extension ConnectionHandle {
  func query(
    _ statement: String, _ arguments: [String?]
  ) throws(PostgresError) -> [[String?]] {
    let result = try run(statement, arguments)
    return (0..<PQntuples(result.raw)).map { row in
      (0..<PQnfields(result.raw)).map { column in
        PQgetisnull(result.raw, row, column) == 1
          ? nil : PQgetvalue(result.raw, row, column).map { String(cString: $0) }
      }
    }
  }

  @discardableResult
  func execute(_ statement: String, _ arguments: [String?]) throws(PostgresError) -> Int {
    let result = try run(statement, arguments)
    return PQcmdTuples(result.raw).flatMap { Int(String(cString: $0)) } ?? 0
  }

  func execute(script: String) throws(PostgresError) {
    expectNoCopy()
    // libpq wraps a multi-statement string in a transaction of its own.
    try check(ResultHandle(PQexec(raw, script)), statement: script)
  }

  /// `sql` with its values written into it, for the commands that take no parameters.
  func inlined(_ sql: SQL) throws(PostgresError) -> String {
    var failed = false
    let text = sql.inlined { value in
      guard !value.utf8.contains(0),
        let quoted = PQescapeLiteral(raw, value, value.utf8.count)
      else {
        failed = true
        return ""
      }
      defer { PQfreemem(quoted) }
      return String(cString: quoted)
    }
    guard !failed else { throw PostgresError(unquotableIn: sql.text, isOpen: raw != nil) }
    return text
  }

  private func run(
    _ statement: String, _ arguments: [String?]
  ) throws(PostgresError) -> ResultHandle {
    expectNoCopy()
    guard !arguments.contains(where: { $0?.utf8.contains(0) ?? false }) else {
      throw PostgresError(unquotableIn: statement, isOpen: true)
    }
    let result = ResultHandle(
      withCStrings(arguments) { values in
        PQexecParams(raw, statement, CInt(arguments.count), nil, values, nil, nil, 0)
      })
    try check(result, statement: statement)
    return result
  }

  private func check(
    _ result: borrowing ResultHandle, statement: String
  ) throws(PostgresError) {
    switch PQresultStatus(result.raw) {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: return
    case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
      preconditionFailure("COPY goes through copyOut and copyIn")
    default: throw failure(result, statement: statement)
    }
  }
}

// MARK: COPY

extension ConnectionHandle {
  /// Begins a COPY … TO STDOUT (FORMAT binary), whose rows ``readCopyOut(_:)`` lends out.
  mutating func beginCopyOut(_ statement: String, reportedAs shown: String) throws(PostgresError) {
    expectNoCopy()
    let answer = ResultHandle(PQexec(raw, statement))
    guard PQresultStatus(answer.raw) == PGRES_COPY_OUT else {
      throw failure(answer, statement: shown)
    }
    copyOut = CopyOut(statement: shown)
  }

  /// Lends out rows one by one until `body` wants no more; returns whether any may be left.
  ///
  /// The COPY is over when none is left, or when this throws.
  mutating func readCopyOut(_ body: (UnsafeRawBufferPointer) throws -> Bool) throws -> Bool {
    guard let copy = copyOut else { preconditionFailure("a COPY must be begun to be read") }
    do {
      while let message = CopyMessage(next: raw) {
        let start = copyOut?.isAtStart == true ? headerLength(of: message.bytes) : 0
        let row = UnsafeRawBufferPointer(rebasing: message.bytes[start...])
        copyOut?.isAtStart = false
        let isTrailer = row.count == 2 && row[0] == 0xFF && row[1] == 0xFF
        if !row.isEmpty, !isTrailer, try !body(row) { return true }
      }
    } catch {
      stopCopyOut()
      throw error
    }
    copyOut = nil
    try finish(statement: copy.statement)
    return false
  }

  /// Ends a COPY before its last row; without one there is nothing to do.
  mutating func stopCopyOut() {
    guard let copy = copyOut else { return }
    copyOut = nil
    cancel()
    while CopyMessage(next: raw) != nil {}
    // The cancelled query's own error is of no interest.
    try? finish(statement: copy.statement)
  }

  private func expectNoCopy() {
    precondition(copyOut == nil, "a COPY is being read on this connection")
  }

  /// Runs a COPY … FROM STDIN (FORMAT binary) and feeds it `bytes`.
  func copyIn(
    _ statement: String, reportedAs shown: String, bytes: [UInt8]
  ) throws(PostgresError) {
    expectNoCopy()
    let answer = ResultHandle(PQexec(raw, statement))
    guard PQresultStatus(answer.raw) == PGRES_COPY_IN else {
      throw failure(answer, statement: shown)
    }
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      // A server that has refused a row says so at the end.
      while !rest.isEmpty {
        let chunk = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 16))
        guard
          PQputCopyData(
            raw, chunk.baseAddress?.assumingMemoryBound(to: CChar.self), CInt(chunk.count)) == 1
        else { return }
        rest = rest.dropFirst(chunk.count)
      }
    }
    PQputCopyEnd(raw, nil)
    try finish(statement: shown)
  }

  /// Reads the results that are left and throws the first failure among them.
  private func finish(statement: String) throws(PostgresError) {
    var error: PostgresError?
    while let next = PQgetResult(raw) {
      let result = ResultHandle(next)
      if PQresultStatus(result.raw) != PGRES_COMMAND_OK {
        error = error ?? failure(result, statement: statement)
        // A dead connection may hand out its last COPY result for ever.
        if PQstatus(raw) != CONNECTION_OK { break }
      }
    }
    if let error { throw error }
  }

  /// Asks the server, over a connection of its own, to stop what it is doing.
  private func cancel() {
    let request = PQgetCancel(raw)
    defer { PQfreeCancel(request) }
    var message = [CChar](repeating: 0, count: 256)
    PQcancel(request, &message, CInt(message.count))
  }
}

/// What is known of a COPY that is being read.
private struct CopyOut {
  /// The statement as errors show it.
  let statement: String

  /// Whether the next message begins with the format's header.
  var isAtStart = true
}

/// The binary format's signature, flags and the extension whose length is the last of them.
private func headerLength(of message: UnsafeRawBufferPointer) -> Int {
  guard message.count >= 19 else { return 0 }
  let extensionLength = message.loadUnaligned(fromByteOffset: 15, as: UInt32.self).bigEndian
  return min(19 + Int(extensionLength), message.count)
}

/// Owns one message of a COPY TO.
private struct CopyMessage: ~Copyable {
  let bytes: UnsafeRawBufferPointer

  /// Waits for the next message; `nil` at the end, which may be an error's.
  init?(next connection: OpaquePointer?) {
    var buffer: UnsafeMutablePointer<CChar>?
    let length = PQgetCopyData(connection, &buffer, 0)
    guard length > 0, let buffer else { return nil }
    bytes = UnsafeRawBufferPointer(start: buffer, count: Int(length))
  }

  deinit { PQfreemem(UnsafeMutableRawPointer(mutating: bytes.baseAddress)) }
}

// MARK: Results and errors

/// Owns one `PGresult`, which libpq leaves out when it has no memory or no connection.
private struct ResultHandle: ~Copyable {
  let raw: OpaquePointer?

  init(_ raw: OpaquePointer?) { self.raw = raw }

  deinit { PQclear(raw) }
}

extension ConnectionHandle {
  private func failure(
    _ result: borrowing ResultHandle, statement: String
  ) -> PostgresError {
    func field(_ code: Unicode.Scalar) -> String? {
      PQresultErrorField(result.raw, CInt(code.value)).map { String(cString: $0) }
    }
    let state = field("C")
    let isDead = PQstatus(raw) != CONNECTION_OK
    return PostgresError(
      kind: isDead
        ? .unavailable : .init(sqlState: state, name: field("n") ?? field("c")),
      sqlState: state,
      message: withoutValues(field("M") ?? lastMessage, sqlState: state),
      detail: detail(field("D"), hint: field("H"), sqlState: state),
      statement: statement)
  }
}

/// Cuts the value out of messages like `invalid input syntax for type integer: "4O"`.
private func withoutValues(_ message: String, sqlState: String?) -> String {
  guard sqlState?.hasPrefix("22") == true, let value = message.firstRange(of: ": \"") else {
    return message
  }
  return String(message[..<value.lowerBound])
}

/// The server's further words, unless they quote a row, as those on data and constraints do.
private func detail(_ detail: String?, hint: String?, sqlState: String?) -> String? {
  let mayQuoteRows = ["22", "23"].contains(sqlState?.prefix(2))
  let texts = [mayQuoteRows ? nil : detail, hint].compactMap(\.self)
  return texts.isEmpty ? nil : texts.joined(separator: " ")
}

extension PostgresError {
  fileprivate init(unquotableIn statement: String, isOpen: Bool) {
    self =
      isOpen
      ? PostgresError(
        kind: .statement, sqlState: "22021", message: "a text holds a NUL or is not UTF-8",
        statement: statement)
      : PostgresError(
        kind: .unavailable, message: "the connection is closed", statement: statement)
  }
}

/// Lends `strings` to C as an array of pointers with a null pointer at its end and for each `nil`.
private func withCStrings<Result>(
  _ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
  let lengths = strings.map { ($0?.utf8.count ?? 0) + 1 }
  return withUnsafeTemporaryAllocation(of: CChar.self, capacity: max(1, lengths.reduce(0, +))) {
    storage in
    var pointers: [UnsafePointer<CChar>?] = []
    var offset = 0
    for string in strings {
      pointers.append(string == nil ? nil : storage.baseAddress.map { UnsafePointer($0 + offset) })
      guard let string else { continue }
      for byte in string.utf8 {
        storage[offset] = CChar(bitPattern: byte)
        offset += 1
      }
      storage[offset] = 0
      offset += 1
    }
    pointers.append(nil)
    return pointers.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("never empty") }
      return body(base)
    }
  }
}

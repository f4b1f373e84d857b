/// What PostgreSQL, or the way to it, said was wrong.
///
/// It never carries the values bound to a statement, nor those of a row: they may be secrets.
package struct PostgresError: Error, Sendable, Hashable {
  /// What a caller may do about an error; this, not the wording, is what code switches on.
  package enum Kind: Sendable, Hashable {
    /// The server could not be reached, went away or ran out of something; a new connection may
    /// help, perhaps later.
    case unavailable

    /// A serialization failure, a deadlock or a lock that was not to be had; run the transaction
    /// again.
    case conflict

    /// A unique, foreign-key, check or exclusion constraint by its name, or the column that may
    /// not be NULL.
    case constraint(String)

    /// Anything else: the statement is wrong.
    case statement
  }

  /// What a caller may do about it.
  package var kind: Kind

  /// The server's five-character SQLSTATE; `nil` when no server answered.
  package var sqlState: String?

  /// The server's own message, without values.
  package var message: String

  /// What else the server said, such as a hint; `nil` when that would tell values.
  package var detail: String?

  /// The statement that failed, with placeholders for its values.
  package var statement: String?

  /// Creates an error.
  package init(
    kind: Kind, sqlState: String? = nil, message: String, detail: String? = nil,
    statement: String? = nil
  ) {
    self.kind = kind
    self.sqlState = sqlState
    self.message = message
    self.detail = detail
    self.statement = statement
  }
}

extension PostgresError.Kind {
  /// Sorts a server's answer; `name` is that of the constraint, or else of the column.
  init(sqlState: String?, name: String?) {
    switch (sqlState, name) {
    case ("40001", _), ("40P01", _), ("55P03", _): self = .conflict
    case (let state?, let name?) where state.hasPrefix("23"): self = .constraint(name)
    case (let state?, _) where ["08", "53"].contains(state.prefix(2)): self = .unavailable
    case (let state?, _) where state.hasPrefix("57P"): self = .unavailable
    case (nil, _): self = .unavailable
    default: self = .statement
    }
  }
}

extension PostgresError: CustomStringConvertible {
  /// Everything on one line, with a long statement cut.
  package var description: String {
    var text = message
    if let detail { text += " (\(detail))" }
    if let sqlState { text += " (SQLSTATE \(sqlState))" }
    if let statement {
      let shown = statement.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      text += " while running: \(shown.prefix(500))\(shown.count > 500 ? " …" : "")"
    }
    return text
  }
}

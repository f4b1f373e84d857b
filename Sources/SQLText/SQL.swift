/// SQL text and the values bound to it, built so that a value can never become text.
///
/// ```swift
/// let limit = 100
/// let query: SQL = "SELECT id FROM \(identifier: table) WHERE amount > \(bind: limit)"
/// query.text      // SELECT id FROM "invoices" WHERE amount > $1
/// query.arguments // ["100"]
/// ```
///
/// Fragments nest with `\(other)`; placeholders are numbered when the whole is read.
package struct SQL: Sendable, Hashable, ExpressibleByStringInterpolation {
  /// A stretch of trusted text, or a value.
  package enum Part: Sendable, Hashable {
    case text(String)
    case bind(String?)
  }

  /// The statement in order.
  package private(set) var parts: [Part]

  /// Creates a fragment that binds nothing.
  package init(stringLiteral text: String) { parts = [.text(text)] }

  /// Creates a fragment from an interpolated literal.
  package init(stringInterpolation: StringInterpolation) { parts = stringInterpolation.parts }

  /// Creates a fragment from text that comes from a trusted file: a migration, the catalog.
  package init(trusted text: String) { parts = [.text(text)] }

  /// The statement, with `$1`… where values go.
  package var text: String {
    var count = 0
    return parts.reduce(into: "") { text, part in
      switch part {
      case .text(let fragment): text += fragment
      case .bind:
        count += 1
        text += "$\(count)"
      }
    }
  }

  /// The values in the order of their placeholders, in PostgreSQL's text format; `nil` is NULL.
  package var arguments: [String?] {
    parts.compactMap { part in
      if case .bind(let value) = part { .some(value) } else { nil }
    }
  }

  /// The statement with every value written by `quote`, for the commands that take no parameters.
  package func inlined(quotedBy quote: (String) -> String) -> String {
    parts.reduce(into: "") { text, part in
      switch part {
      case .text(let fragment): text += fragment
      case .bind(let value): text += value.map(quote) ?? "NULL"
      }
    }
  }

  /// Appends another fragment.
  package static func += (lhs: inout SQL, rhs: SQL) { lhs.parts += rhs.parts }

  /// Joins two fragments.
  package static func + (lhs: SQL, rhs: SQL) -> SQL {
    var sum = lhs
    sum += rhs
    return sum
  }

  /// Collects text and bound values apart.
  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var parts: [Part] = []

    /// Starts an empty fragment.
    package init(literalCapacity: Int, interpolationCount: Int) {
      parts.reserveCapacity(interpolationCount * 2 + 1)
    }

    /// Appends trusted SQL.
    package mutating func appendLiteral(_ literal: String) {
      if !literal.isEmpty { parts.append(.text(literal)) }
    }

    /// Appends a placeholder and remembers its value.
    package mutating func appendInterpolation(bind value: some LosslessStringConvertible) {
      parts.append(.bind(value.description))
    }

    /// Appends a placeholder and remembers its value, `nil` being NULL.
    package mutating func appendInterpolation(bind value: (some LosslessStringConvertible)?) {
      parts.append(.bind(value?.description))
    }

    /// Appends a placeholder for an array of texts.
    package mutating func appendInterpolation(bind values: [String]) {
      parts.append(.bind(values.postgresArrayLiteral))
    }

    /// Appends a quoted name.
    package mutating func appendInterpolation(identifier name: String) {
      parts.append(.text(quotedIdentifier(name)))
    }

    /// Appends a table's name as the catalog writes it: `customer`, `sales.customer` or
    /// `public."Order"`, each part quoted.
    package mutating func appendInterpolation(table name: String) {
      parts.append(.text(quotedTable(name)))
    }

    /// Appends another fragment with its values.
    package mutating func appendInterpolation(_ fragment: SQL) { parts += fragment.parts }
  }
}

extension Sequence<SQL> {
  /// Joins fragments with a trusted separator.
  package func joined(separator: SQL) -> SQL {
    var result: SQL = ""
    for (index, fragment) in enumerated() {
      if index > 0 { result += separator }
      result += fragment
    }
    return result
  }
}

/// A name as an SQL identifier: quoted, so that case and spaces stay.
package func quotedIdentifier(_ name: String) -> String {
  "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
    + "\""
}

/// A table's name, perhaps with its schema, as SQL: every part quoted, quotes already there kept.
///
/// An unquoted part is taken as it stands, so `Order` means the table `"Order"`.
package func quotedTable(_ name: String) -> String {
  var parts: [String] = [""]
  var isQuoted = false
  for character in name {
    switch character {
    case "\"": isQuoted.toggle()
    case "." where !isQuoted: parts.append("")
    default: parts[parts.count - 1].append(character)
    }
  }
  return parts.map(quotedIdentifier).joined(separator: ".")
}

extension [String] {
  /// The array as PostgreSQL writes it, for `text[]` parameters.
  package var postgresArrayLiteral: String {
    "{"
      + map { element in
        "\"" + element.reduce(into: "") { $0 += $1 == "\"" || $1 == "\\" ? "\\\($1)" : "\($1)" }
          + "\""
      }.joined(separator: ",") + "}"
  }
}

package import SQLText

/// A column's name as the catalog writes it, quoted; quotation marks of its own are dropped.
package func columnName(_ name: String) -> SQL {
  guard name.count > 2, name.hasPrefix("\""), name.hasSuffix("\"") else {
    return "\(identifier: name)"
  }
  return "\(identifier: String(name.dropFirst().dropLast()))"
}

/// A value as an SQL literal, for people to read and paste; queries that run bind their values.
func quotedLiteral(_ value: String) -> String {
  let quoted = value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
  guard quoted.contains("\\") else { return "'\(quoted)'" }
  let escaped = quoted.split(separator: "\\", omittingEmptySubsequences: false)
  return "E'\(escaped.joined(separator: "\\\\"))'"
}

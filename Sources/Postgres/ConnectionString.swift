import CPostgres

/// A connection string's options with another database in them; any form that libpq reads.
package func connectionString(
  _ url: String, database: String, role: String? = nil
) throws(PostgresError) -> String {
  var complaint: UnsafeMutablePointer<CChar>?
  guard let options = PQconninfoParse(url, &complaint) else {
    defer { PQfreemem(complaint) }
    let reason = complaint.map { String(cString: $0) } ?? "not a connection string"
    throw PostgresError(kind: .statement, message: reason)
  }
  defer { PQconninfoFree(options) }

  var values: [(name: String, value: String)] = []
  var option = options
  while let keyword = option.pointee.keyword {
    if let value = option.pointee.val {
      values.append((String(cString: keyword), String(cString: value)))
    }
    option += 1
  }
  values.removeAll { $0.name == "dbname" || ($0.name == "options" && role != nil) }
  values.append(("dbname", database))
  if let role { values.append(("options", "-crole=\(role)")) }
  return values.map { name, value in
    let escaped = value.reduce(into: "") { $0 += $1 == "'" || $1 == "\\" ? "\\\($1)" : "\($1)" }
    return "\(name)='\(escaped)'"
  }.joined(separator: " ")
}

import Transport

/// A mail address, and the name people know it by.
package struct Mailbox: Sendable, Hashable {
  package var name: String
  package var address: String

  /// Creates a mailbox; `nil` when mail cannot carry the address.
  package init?(name: String = "", address: String) {
    guard address.isSafeMailAddress else { return nil }
    self.name = name
    self.address = address
  }

  /// Reads `alerts@acme.example` or `Bellwether <alerts@acme.example>`.
  package init?(_ text: String) {
    let text = text.trimmingWhitespace
    guard text.hasSuffix(">"), let open = text.lastIndex(of: "<") else {
      self.init(address: text)
      return
    }
    let address = text[text.index(after: open)...].dropLast()
    let name = String(text[..<open]).trimmingWhitespace
    let isQuoted = name.count >= 2 && name.hasPrefix("\"") && name.hasSuffix("\"")
    self.init(
      name: isQuoted ? String(name.dropFirst().dropLast()) : name, address: String(address))
  }

  /// What stands behind the last @.
  package var domain: Substring { address.split(separator: "@").last ?? "" }
}

extension String {
  fileprivate var trimmingWhitespace: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}

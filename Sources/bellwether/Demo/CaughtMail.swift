import Foundation

/// A message as it came over SMTP.
struct CaughtMail: Sendable, Hashable {
  /// The address in MAIL FROM.
  var sender: String

  /// The addresses in RCPT TO.
  var recipients: [String]

  /// Headers and body with CRLF line ends, as the sender had them before dots were stuffed.
  var source: String

  /// A header's value as it stands, its first line only; encoded words stay encoded.
  func header(_ name: String) -> String? {
    let start = name.lowercased() + ":"
    for line in source.split(separator: "\r\n", omittingEmptySubsequences: false) {
      if line.isEmpty { return nil }
      if line.lowercased().hasPrefix(start) {
        return line.dropFirst(start.count).trimmingCharacters(in: .whitespaces)
      }
    }
    return nil
  }
}

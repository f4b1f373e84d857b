import Foundation

/// What keeps a command from doing its work, in words a person can act on.
struct CommandFailure: Error, CustomStringConvertible {
  var message: String

  /// What to do about it.
  var help: String?

  init(_ message: String, help: String? = nil) {
    self.message = message
    self.help = help
  }

  var description: String {
    help.map { "\(message)\n  help: \($0)" } ?? message
  }
}

/// Writes to standard error, where everything goes that is not a command's result.
func note(_ text: String) {
  FileHandle.standardError.write(Data((text + "\n").utf8))
}

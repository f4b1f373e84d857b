import Expressions
import Store

/// What a mail leaves behind for its recipient's next digest.
struct DigestLine: Sendable, Codable, Equatable {
  var address: String

  /// What people call the recipient.
  var name: String?

  /// The rule's title, which the lines of a digest are grouped by.
  var title: String
  var text: String

  /// Whether the alert's end is what the line tells of, so that it is no news that it ended.
  var tellsOfEnd: Bool
}

/// A line on its way into a message.
struct DueLine: Sendable {
  var line: DigestLine
  var waiting: WaitingLine

  /// The key of the alert's episode.
  var episode: String {
    DedupeKey.join(waiting.rule, waiting.entityKey, "\(waiting.episode)")
  }
}

extension String {
  /// The text with every run of white space as one space.
  var onOneLine: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}

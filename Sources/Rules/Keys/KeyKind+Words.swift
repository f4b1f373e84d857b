extension KeyKind: CustomStringConvertible {
  var isRefused: Bool { if case .refused = self { true } else { false } }

  /// Whether one text stands behind such a key.
  var isScalar: Bool {
    switch self {
    case .list, .oneOrMore, .map, .table, .shortOrLong, .anything, .condition, .refused: false
    default: true
    }
  }

  /// Whether people write sentences here, in which a ` #` is more likely meant than not.
  var isText: Bool {
    switch self {
    case .text, .template: true
    default: false
    }
  }

  /// What stands behind such a key, with its article.
  package var description: String {
    switch self {
    case .name: "a name"
    case .sql: "SQL"
    case .word(let words): words.count == 1 ? "`\(words[0])`" : "a word"
    case .number, .wholeNumber: "a number"
    case .yesNo: "`true` or `false`"
    case .period: "a length of time"
    case .schedule: "a schedule"
    case .variable: "the name of an environment variable"
    case .expression, .condition: "an expression"
    case .recipient: "a recipient"
    default: "a text"
    }
  }

  /// How a text of a fixed form is written.
  package var form: String? {
    switch self {
    case .name: "write small letters, digits and `_`, a letter first"
    case .period: "write it as in `45d`, `6h`, `30min`, `2w`, `3mo` or `1y`"
    case .checks: "write it as in `1 check` or `3 checks`"
    case .rate: "write it as in `15 per day`; per minute, hour, day or week"
    case .throughput: "write it as in `10 per second`; per second, minute or hour"
    case .maxMatches: "write it as in `1000` or `5% of population`"
    case .freshness: "write it as in `orders within 26h`"
    case .reminder: "write it as in `every 14d` or `every 14d, at most 3 times`"
    case .schedule: Schedule.forms
    case .cron: "write minute, hour, day of the month, month and day of the week: `0 */6 * * *`"
    case .variable: "write capitals, digits and `_`, as in `DATABASE_URL`"
    default: nil
    }
  }
}

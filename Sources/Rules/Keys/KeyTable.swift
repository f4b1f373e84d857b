/// The keys of one kind of mapping, as data.
///
/// The one description drives what is refused, what is suggested and what editors are told.
package struct KeyTable: Sendable {
  /// What the mapping is, with its article: `a rule`.
  package let subject: String
  package let keys: [Key]

  /// Of these keys exactly one stands in the mapping.
  package let exactlyOne: [String]

  /// What stands behind keys that only the loader can know; `nil` where there are none.
  package let others: KeyKind?

  /// Lists the keys of a mapping.
  package init(
    _ subject: String, exactlyOne: [String] = [], _ keys: [Key], others: KeyKind? = nil
  ) {
    self.subject = subject
    self.keys = keys
    self.exactlyOne = exactlyOne
    self.others = others
  }
}

/// One key of a mapping.
package struct Key: Sendable {
  package let name: String
  package let kind: KeyKind
  package let need: Need

  /// One line for people.
  package let doc: String

  /// Whether a key must stand there.
  package enum Need: Sendable, Hashable {
    case required, optional

    /// One of these keys may stand in its place.
    case requiredUnless([String])
  }

  /// Describes a key.
  package init(_ name: String, _ kind: KeyKind, _ need: Need, _ doc: String) {
    self.name = name
    self.kind = kind
    self.need = need
    self.doc = doc
  }

  /// Describes a key that may be left out.
  package init(_ name: String, _ kind: KeyKind, _ doc: String) {
    self.init(name, kind, .optional, doc)
  }
}

/// What stands behind a key: the key decides what its text means.
package indirect enum KeyKind: Sendable {
  /// A name in snake_case, which others refer to.
  case name

  /// A text for people.
  case text

  /// A text with `{{ }}`.
  case template

  /// SQL, or the name of a column or table; it is trusted.
  case sql

  /// A text as it stands, for something outside.
  case plain

  /// One of a few words.
  case word([String])
  case number
  case wholeNumber(ClosedRange<Int>)
  case yesNo

  /// A length of time, `45d`.
  case period

  /// `2 checks`.
  case checks

  /// `15 per day`.
  case rate

  /// `10 per second`.
  case throughput

  /// `1000`, or `5% of population`.
  case maxMatches
  case schedule

  /// Five fields, `0 */6 * * *`.
  case cron

  /// `orders within 26h`.
  case freshness

  /// `every 14d, at most 3 times`.
  case reminder

  /// The name of an environment variable.
  case variable
  case timezone

  /// An expression; the loader checks it against the names in scope.
  case expression

  /// An expression, `all:`, `any:`, `not:`, or a call of a condition in map form.
  case condition

  /// A person field, a text field, or an address.
  case recipient
  case list(KeyKind)

  /// One, or a list of them.
  case oneOrMore(KeyKind)

  /// Names of the author's own choosing, in the order of the file.
  case map(MapKeys, KeyKind)
  case table(KeyTable)

  /// A short form as a text, a long form as a mapping.
  case shortOrLong(KeyKind, KeyKind)

  /// Anything; what it means is for later.
  case anything

  /// A key people try, and what to do instead.
  case refused(message: String, help: String)

  /// What the keys of a map of one's own choosing look like.
  package enum MapKeys: Sendable {
    case names

    /// One of a few words.
    case words([String])

    /// Whatever the loader looks up.
    case anything
  }
}

extension Diagnostic.Code {
  /// What the code stands for in a few words, the heading of its page in `docs/errors`.
  package var title: String? { Self.titles[name] }

  private static let titles: [String: String] = {
    let lines = table.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1) }
    return Dictionary(uniqueKeysWithValues: lines.map { (String($0[0]), String($0[1])) })
  }()

  private static let table = #"""
    E0001 The file is too large
    E0002 The file is not UTF-8
    E0003 A tab stands where only spaces may
    E0004 The file is not YAML
    E0005 An anchor or alias
    E0006 A YAML tag
    E0007 A merge key
    E0008 A key stands there twice
    E0009 More than one document
    E0010 A key that is not a text
    E0011 Too deep, or too many values
    E0012 The file is empty
    E0101 An unknown key
    E0102 A key is missing
    E0103 A text, a list or a mapping in the wrong place
    E0104 A key without a value
    E0105 An unknown word
    E0106 Not a name
    E0107 Not a number
    E0108 Neither true nor false
    E0109 Not a length of time
    E0110 A limit that cannot be read
    E0111 Not a schedule
    E0112 A bare list of conditions
    E0113 Several conditions side by side
    E0114 Exactly one of several keys
    E0115 Keys that exclude each other
    E0116 Neither a rule nor a condition
    E0120 The name is not the file's
    E0121 Two of the same name
    E0122 The name is taken
    E0123 An unknown entity
    E0124 An unknown source
    E0125 An unknown field
    E0126 An unknown condition
    E0127 An unknown param of a condition
    E0128 An override of an unknown param
    E0129 A value is used before it is defined
    E0130 A condition calls itself
    E0131 An unknown rule
    E0132 A rule that holds itself back
    E0133 A rule about another entity
    E0140 An option of another aggregate
    E0141 A source without a key for the entity
    E0142 An entity that cannot be a person
    E0143 A tenant's column is missing, or too many
    E0144 An option of another type of field
    E0145 An unknown slot of a write target
    E0146 A source that does not say when rows arrived
    E0150 A ladder ends in otherwise
    E0152 Not a recipient
    E0153 An unknown endpoint
    E0154 A template file is missing
    E0155 The field may not be written
    E0156 A field cannot become this
    E0157 No place for the task
    E0158 A metric rule sets fields and opens no alerts
    E0159 A rollup that does not fit its source or its table
    E0170 A secret in a file
    E0171 Not the name of an environment variable
    E0172 An unknown time zone
    E0173 An address that cannot be used
    E0180 A test that cannot fail
    E0181 An unknown name in a test
    E0182 A given that makes no difference
    E0183 Something given twice
    E0184 A value that cannot be given
    E0185 Not a time
    E0186 A test that contradicts itself
    E0187 An unknown text of an action
    E0188 Two tests of one name
    E0201 There is no expression
    E0202 The expression is too long
    E0203 The expression is nested too deep
    E0204 A character means nothing
    E0205 A text is not closed
    E0206 An escape is unknown
    E0207 This is not a number
    E0208 Minutes or months?
    E0209 The unit of time is unknown
    E0210 A length of time is not whole
    E0211 A length of time is too long
    E0212 Something does not belong here
    E0213 The expression ends too early
    E0214 One = compares nothing
    E0215 A bracket is not closed
    E0216 The word is reserved
    E0217 `and` and `or` side by side
    E0218 Comparisons are strung together
    E0219 `is` needs a word
    E0220 There is no such window
    E0301 The name is unknown
    E0302 The field is unknown
    E0303 The function is unknown
    E0304 Too many or too few arguments
    E0305 The param is unknown
    E0306 A condition takes its params by name
    E0307 A param is given twice
    E0308 The metric needs a window
    E0309 Only metrics have a window
    E0310 The window is not fixed
    E0311 There is no severity here
    E0312 This is not available in rules
    E0313 A format outside of texts
    E0314 The expression is too large
    E0321 A macro wants a name first
    E0322 The name is taken
    E0323 Too many macros in each other
    E0324 A table stands alone
    E0325 A key stands twice
    E0326 There are no fields
    E0327 This must be written out
    E0328 Only sums and counts come in buckets
    E0329 The window does not fit the buckets
    E0401 This is not a condition
    E0402 The type is wrong
    E0403 The operator does not go with these types
    E0404 A length of time beside a number
    E0405 An argument has the wrong type
    E0406 Types are mixed
    E0407 Nothing equals null
    E0408 A point in time beside a text
    E0409 The severity is unknown
    E0410 `is` beside a value
    E0411 Division by zero
    E0412 The field never has this value
    E0413 This is not a point in time
    E0414 This is not a pattern
    E0421 This is not a list
    E0422 There are no places
    E0423 This is no key
    E0424 This is not a length of time
    E0601 A tag is not closed
    E0602 A tag that texts do not know
    E0603 A format that does not suit the value
    E0604 A section does not match
    W101 `<` between points in time
    W102 A remainder that looks like a percentage
    W111 A text is cut off by a comment
    W112 A rule without an owner
    W113 A param that is not used
    W114 A rule that does nothing
    W121 A value that is not used
    W122 A share without a minimum
    W123 A division by what can be 0
    W124 `resolve_when` is never asked
    W125 `resolve_when` overlaps `when`
    W126 `resolve_when` can stay unknown
    W127 A cooldown without effect
    W128 Two rules do the same to one thing
    W129 `resolve_when` leaves the bound out
    W130 Reminders that reach nobody
    W131 A `lint:` comment that cannot be read
    W132 The time of a `lint:` comment is over
    W133 A `lint:` comment that allows nothing
    """#
}

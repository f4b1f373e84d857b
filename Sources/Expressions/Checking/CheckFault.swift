/// Something that is an expression and yet means nothing, and where it stands.
package struct CheckError: Error, Sendable, Hashable {
  package var fault: CheckFault
  package var span: Range<Int>
}

/// A fact that the checker found wrong.
///
/// Facts carry values and what was written; the wording stands in `CheckError.diagnostic`.
package enum CheckFault: Sendable, Hashable {
  // Names.

  /// A name that nothing has; `text` is what may have been meant as a text.
  case unknownName(String, suggestion: String?, text: String?)
  case unknownField(String, suggestion: String?)
  case unknownFunction(String, suggestion: String?)
  case argumentCount(String, expected: String, found: Int)
  case unknownArgument(String, of: String, known: [String])
  case unlabelledArgument(String, of: String, label: String?)
  case repeatedArgument(String)
  case labelOnFunction(String, of: String)
  case missingWindow(String)
  case windowOnOther(String)
  case windowNotFixed(String, ValueType)
  case emptyWindow(String)

  /// `daily(x)` of what is no sum or count over a window; `example` is a metric that is.
  case seriesOfOther(String, String, example: String?)
  case seriesWindow(Bucket, metric: String)
  case forecastOfOther(String)
  case severityUnavailable
  case notAvailable(String)
  case formatInExpression(String)
  case celOnly(CelOnly)
  case tooLarge

  // Macros and tables.

  /// `xs.all(3, …)`: what should name an element is no name.
  case noVariable(String, of: String?)
  case takenVariable(String, free: String?)
  case tooNested(limit: Int)
  case tableAlone(String)
  case tableKey(String)
  case repeatedKey(String)

  /// A field of what has none.
  case noFields(String, ValueType, String)

  /// `timestamp(x)`, where the text must be known before any data.
  case notWrittenOut(String, String)

  // Types.
  case notACondition(ValueType, String)
  case wrongType(String, found: ValueType, expected: ValueType)
  case mismatch(String, String, ValueType, String, ValueType)

  /// `since(x) >= 45`; `days` is the number if it is whole.
  case durationWithNumber(
    duration: String, number: String, isFirst: Bool, sign: String, days: String?)
  case daysWithoutUnit(instant: String, number: String, sign: String)

  /// A length of time with which a number has nothing to do; `days` is the number if it is whole.
  case numberWithoutUnit(String, String, days: String?)
  case instantWithText(String, String)
  case instantWithDuration(instant: String, duration: String, sign: String)
  case argumentType(String, String, found: ValueType, expected: String)
  case mixedTypes(ValueType, ValueType)
  case comparedWithNull(String, isNegated: Bool)
  case unknownSeverity(String)
  case isOnOther(String, String, isNegated: Bool)
  case divisionByZero
  case neverEqual(String, String, oneOf: [String])
  case badTimestamp(String)
  case badDuration(String)
  case notAList(String, String, ValueType)

  /// `x[0]` of what is no list.
  case noPlaces(String, ValueType, index: String)
  case badPattern(PatternFault)

  // Warnings.
  case signBetweenInstants(String, String)
  case remainderLooksLikePercentage(String, String)
}

package import Diagnostics

/// Every mistake this module reports, with the code under which `docs/errors/` explains it.
package enum ExpressionCode: String, Sendable, Hashable, CaseIterable {
  // The text is no expression.
  case empty = "E0201"
  case tooLong = "E0202"
  case tooDeep = "E0203"
  case unexpectedCharacter = "E0204"
  case unclosedText = "E0205"
  case badEscape = "E0206"
  case badNumber = "E0207"
  case ambiguousUnit = "E0208"
  case unknownUnit = "E0209"
  case fractionalPeriod = "E0210"
  case periodTooLong = "E0211"
  case unexpected = "E0212"
  case unexpectedEnd = "E0213"
  case singleEquals = "E0214"
  case unclosedBracket = "E0215"
  case reservedWord = "E0216"
  case mixedLogic = "E0217"
  case chainedComparison = "E0218"
  case isWithoutWord = "E0219"
  case badWindow = "E0220"

  // A name or a call means nothing.
  case unknownName = "E0301"
  case unknownField = "E0302"
  case unknownFunction = "E0303"
  case argumentCount = "E0304"
  case unknownArgument = "E0305"
  case unlabelledArgument = "E0306"
  case repeatedArgument = "E0307"
  case missingWindow = "E0308"
  case windowOnOther = "E0309"
  case windowNotFixed = "E0310"
  case severityUnavailable = "E0311"
  case notAvailable = "E0312"
  case formatInExpression = "E0313"
  case tooLarge = "E0314"
  case noVariable = "E0321"
  case takenVariable = "E0322"
  case tooNested = "E0323"
  case tableAlone = "E0324"
  case repeatedKey = "E0325"
  case noFields = "E0326"
  case notWrittenOut = "E0327"
  case seriesOfOther = "E0328"
  case seriesWindow = "E0329"

  // Types and values do not go together.
  case notACondition = "E0401"
  case wrongType = "E0402"
  case mismatch = "E0403"
  case durationWithNumber = "E0404"
  case argumentType = "E0405"
  case mixedTypes = "E0406"
  case comparedWithNull = "E0407"
  case instantWithText = "E0408"
  case unknownSeverity = "E0409"
  case isOnOther = "E0410"
  case divisionByZero = "E0411"
  case neverEqual = "E0412"
  case badTimestamp = "E0413"
  case badPattern = "E0414"
  case notAList = "E0421"
  case noPlaces = "E0422"
  case tableKey = "E0423"
  case badDuration = "E0424"

  // Right, and likely not what was meant.
  case signBetweenInstants = "W101"
  case remainderLooksLikePercentage = "W102"

  /// The code as diagnostics carry it.
  package var code: Diagnostic.Code { Diagnostic.Code(rawValue) }
}

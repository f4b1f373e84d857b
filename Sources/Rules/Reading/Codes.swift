package import Diagnostics

// What can be wrong with keys and with the names behind them.
extension Diagnostic.Code {
  // MARK: Keys and shapes
  package static let unknownKey = Self("E0101")
  package static let missingKey = Self("E0102")
  package static let wrongShape = Self("E0103")
  package static let emptyValue = Self("E0104")
  package static let unknownWord = Self("E0105")
  package static let badName = Self("E0106")
  package static let notANumber = Self("E0107")
  package static let notYesOrNo = Self("E0108")
  package static let notALength = Self("E0109")
  package static let notALimit = Self("E0110")
  package static let notASchedule = Self("E0111")
  package static let bareList = Self("E0112")
  package static let severalConditions = Self("E0113")
  package static let notExactlyOne = Self("E0114")
  package static let keysExclude = Self("E0115")
  package static let neitherRuleNorCondition = Self("E0116")

  // MARK: Names
  package static let nameIsNotFile = Self("E0120")
  package static let nameTwice = Self("E0121")
  package static let nameTaken = Self("E0122")
  package static let unknownEntity = Self("E0123")
  package static let unknownSource = Self("E0124")
  package static let unknownField = Self("E0125")
  package static let unknownCondition = Self("E0126")
  package static let unknownArgument = Self("E0127")
  package static let unknownParam = Self("E0128")
  package static let usedBeforeDefined = Self("E0129")
  package static let conditionCycle = Self("E0130")
  package static let unknownRule = Self("E0131")
  package static let suppressionCircle = Self("E0132")
  package static let suppressorElsewhere = Self("E0133")

  // MARK: The catalog
  package static let gapOnly = Self("E0140")
  package static let noKeyForEntity = Self("E0141")
  package static let notAPerson = Self("E0142")
  package static let tenantColumn = Self("E0143")
  package static let fieldOption = Self("E0144")
  package static let unknownSlot = Self("E0145")
  package static let noLoadedAt = Self("E0146")

  // MARK: What rules do
  package static let ladderEnd = Self("E0150")
  package static let notARecipient = Self("E0152")
  package static let unknownEndpoint = Self("E0153")
  package static let unknownTemplate = Self("E0154")
  package static let notWritable = Self("E0155")
  package static let badUpdate = Self("E0156")
  package static let noTaskTable = Self("E0157")
  package static let metricRule = Self("E0158")
  package static let badRollup = Self("E0159")

  // MARK: Settings
  package static let secretInFile = Self("E0170")
  package static let notAVariable = Self("E0171")
  package static let unknownTimezone = Self("E0172")
  package static let badAddress = Self("E0173")

  // MARK: Tests
  package static let testShowsNothing = Self("E0180")
  package static let unknownGiven = Self("E0181")
  package static let unusedGiven = Self("E0182")
  package static let givenTwice = Self("E0183")
  package static let badGiven = Self("E0184")
  package static let testTime = Self("E0185")
  package static let testConflict = Self("E0186")
  package static let unknownText = Self("E0187")
  package static let testNameTwice = Self("E0188")

  // MARK: Warnings
  package static let textCut = Self("W111")
  package static let noOwner = Self("W112")
  package static let unusedParam = Self("W113")
  package static let noActions = Self("W114")
  package static let unusedValue = Self("W121")
  package static let ratioWithoutMinimum = Self("W122")
  package static let divisionByZeroPossible = Self("W123")
  package static let resolveNeverAsked = Self("W124")
  package static let resolveOverlaps = Self("W125")
  package static let resolveStaysUnknown = Self("W126")
  package static let cooldownTooShort = Self("W127")
  package static let repeatedAction = Self("W128")
  package static let resolveLeavesBoundOut = Self("W129")
  package static let remindsNobody = Self("W130")

  // MARK: Comments that allow warnings
  package static let badAllowance = Self("W131")
  package static let allowanceExpired = Self("W132")
  package static let allowanceUnused = Self("W133")

  /// What is said about allowances, and cannot be allowed in turn.
  static let allowances: [Self] = [.badAllowance, .allowanceExpired, .allowanceUnused]

  /// Every code of this target.
  package static let rules: [Self] =
    [
      .unknownKey, .missingKey, .wrongShape, .emptyValue, .unknownWord, .badName, .notANumber,
      .notYesOrNo, .notALength, .notALimit, .notASchedule, .bareList, .severalConditions,
      .notExactlyOne, .keysExclude, .neitherRuleNorCondition,
      .nameIsNotFile, .nameTwice, .nameTaken, .unknownEntity, .unknownSource, .unknownField,
      .unknownCondition, .unknownArgument, .unknownParam, .usedBeforeDefined, .conditionCycle,
      .unknownRule, .suppressionCircle, .suppressorElsewhere,
      .gapOnly, .noKeyForEntity, .notAPerson, .tenantColumn, .fieldOption, .unknownSlot,
      .noLoadedAt,
      .ladderEnd, .notARecipient, .unknownEndpoint, .unknownTemplate, .notWritable,
      .badUpdate, .noTaskTable, .metricRule, .badRollup,
      .secretInFile, .notAVariable, .unknownTimezone, .badAddress,
      .testShowsNothing, .unknownGiven, .unusedGiven, .givenTwice, .badGiven, .testTime,
      .testConflict, .unknownText, .testNameTwice,
      .textCut, .noOwner, .unusedParam, .noActions,
      .unusedValue, .ratioWithoutMinimum, .divisionByZeroPossible, .resolveNeverAsked,
      .resolveOverlaps, .resolveStaysUnknown, .cooldownTooShort, .repeatedAction,
      .resolveLeavesBoundOut, .remindsNobody,
    ] + allowances
}

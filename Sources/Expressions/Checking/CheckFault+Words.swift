package import Diagnostics

extension CheckError {
  /// How the error is told to whoever wrote the expression.
  ///
  /// Every word the checker says is in this file.
  package var diagnostic: Diagnostic {
    switch fault {
    case .unknownName(let name, let suggestion, let text):
      report(
        .unknownName, "nothing here is called '\(name)'",
        help: text.map { "for the text write \"\($0)\"" }
          ?? suggestion.map { "did you mean \($0)?" })
    case .unknownField(let path, let suggestion):
      report(
        .unknownField, "there is no field \(path)", help: suggestion.map { "did you mean \($0)?" })
    case .unknownFunction(let name, let suggestion):
      report(
        .unknownFunction, "there is no function called '\(name)'",
        help: suggestion.map { "did you mean \($0)?" })
    case .argumentCount(let function, let expected, let found):
      report(
        .argumentCount,
        "\(function) takes \(expected == "0" ? "no" : expected) "
          + "\(expected.hasSuffix("1") ? "argument" : "arguments"), not \(found)",
        help: expected == "0" ? "leave out what stands in the brackets" : "give it \(expected)")
    case .unknownArgument(let name, let condition, let known):
      report(
        .unknownArgument, "\(condition) has no param '\(name)'",
        help: known.isEmpty
          ? "it has none at all" : "it has: \(known.joined(separator: ", "))")
    case .unlabelledArgument(let text, let condition, let label):
      report(
        .unlabelledArgument, "\(condition) takes its params by name",
        help: label.map { "write \(condition)(\($0) = \(text))" } ?? "it has no params")
    case .repeatedArgument(let name):
      report(
        .repeatedArgument, "'\(name)' is given twice", help: "keep one of the two")
    case .labelOnFunction(let name, let function):
      report(
        .unknownArgument, "\(function) takes its arguments in order, without names",
        help: "leave out `\(name) =`")
    case .severityUnavailable:
      report(
        .severityUnavailable, "there is no severity yet where this is decided",
        help: "`severity` can be used in texts and in the `where` of an action")
    case .notAvailable(let text):
      report(
        .notAvailable, "'\(text)' is not available in rules",
        help: "use fields, metrics, and the functions that docs/language.md lists")
    case .formatInExpression(let name):
      report(
        .formatInExpression, "\(name)() formats a text and can only stand around a whole {{ }}",
        help: "use the value itself")
    case .tooLarge:
      report(
        .tooLarge,
        "this expression is too large once all names are replaced by what they stand for",
        help: "use fewer values that are made of values")
    case .missingWindow, .windowOnOther, .windowNotFixed, .emptyWindow, .seriesOfOther,
      .seriesWindow, .forecastOfOther:
      window
    case .noVariable, .takenVariable, .tooNested, .tableAlone, .tableKey, .repeatedKey, .noFields,
      .notWrittenOut, .celOnly:
      form
    case .signBetweenInstants(let sign, let words):
      report(
        .signBetweenInstants, "'\(sign)' between points in time is easily read as its opposite",
        help: "write \(words)", severity: .warning)
    case .remainderLooksLikePercentage(let left, let right):
      report(
        .remainderLooksLikePercentage, "this is the remainder of a division, not a percentage",
        help: "write (\(left)%) - \(right), or \(left) % (-\(right))", severity: .warning)
    default:
      type
    }
  }

  private var window: Diagnostic {
    switch fault {
    case .missingWindow(let metric):
      report(
        .missingWindow, "\(metric) needs a window of time",
        help: "write \(metric)[30d] for the last 30 days, or \(metric)[all time]")
    case .windowOnOther(let text):
      report(
        .windowOnOther, "\(text) is no metric, and only metrics have a window",
        help: "leave out the brackets")
    case .windowNotFixed(let text, .number):
      report(
        .windowNotFixed, "\(text) is a number, not a length of time",
        help: "write a unit, as in [30d]")
    case .windowNotFixed(let text, _):
      report(
        .windowNotFixed, "\(text) is not known before the data are read",
        help: "write the window out, as in [30d]")
    case .emptyWindow(let text):
      report(.windowNotFixed, "a window of \(text) holds nothing", help: "write it as in [30d]")
    case .seriesOfOther(let function, let text, let example):
      report(
        .seriesOfOther, "\(function) cuts a sum or a count over a window, and \(text) is none",
        help: example.map {
          "write it as in \(function)(\($0)[\(Bucket(function)?.example ?? "30d")])"
        })
    case .seriesWindow(let bucket, let metric):
      report(
        .seriesWindow, "this window is not made of whole \(bucket.rawValue)s",
        help: "write it as in \(bucket.functionName)(\(metric)[\(bucket.example)]); "
          + "a window may be ten years long")
    case .forecastOfOther(let text):
      report(
        .seriesWindow,
        "forecast goes on from yesterday, day by day, and \(text) does not end there",
        help: "write it as in forecast(daily(…[90d]), 14d)")
    default:
      type
    }
  }

  /// The same for types.
  private var type: Diagnostic {
    switch fault {
    case .notACondition(let type, let text):
      report(
        .notACondition, "\(text) is \(type.words), not a condition",
        help: type.isOrdered ? "compare it with something" : "ask something about it")
    case .wrongType(let text, let found, let expected):
      report(
        .wrongType, "\(text) is \(found.words), and \(expected.words) is needed here",
        help: Self.help(text, found, expected))
    case .mismatch(let sign, let left, let first, let right, let second):
      mismatch(sign, left, first, right, second)
    case .durationWithNumber(let duration, let number, let isFirst, let sign, let days):
      report(
        .durationWithNumber, "\(duration) is a length of time and \(number) is a number",
        help: Self.units(duration, number, isFirst, sign, days))
    case .daysWithoutUnit(let instant, let number, let sign):
      report(
        .mismatch, "\(instant) is a point in time and \(number) is a number",
        help: "write a unit, as in \(instant) \(sign) 3d")
    case .instantWithText(let left, let right):
      report(
        .instantWithText, "a point in time cannot be compared with a text: \(left), \(right)",
        help: Self.pointInTime(for: left, right))
    case .instantWithDuration(let instant, let duration, let sign):
      report(
        .mismatch, "\(instant) is a point in time and \(duration) is a length of time",
        help: "write since(\(instant)) \(sign) \(duration)")
    case .argumentType(let function, let text, let found, let expected):
      report(
        .argumentType, "\(function) needs \(expected), and \(text) is \(found.words)",
        help: "give it \(expected)")
    case .mixedTypes(let first, let second):
      report(
        .mixedTypes, "this is \(second.words), and the one before it is \(first.words)",
        help: "write values of one kind")
    case .comparedWithNull(let text, let isNegated):
      report(
        .comparedWithNull, "nothing equals null, not even what is missing",
        help: "write \(text) is \(isNegated ? "not " : "")missing")
    case .badTimestamp(let text):
      report(
        .badTimestamp, "\"\(text)\" is not a point in time",
        help: "write it with its offset, as in 2026-01-31T08:00:00Z or 2026-01-31T08:00:00+01:00")
    default:
      words
    }
  }

  /// The same for values.
  private var words: Diagnostic {
    switch fault {
    case .unknownSeverity(let word):
      report(
        .unknownSeverity, "'\(word)' is no severity",
        help: Self.oneOf(Severity.allCases.map(\.rawValue), word, quote: ""))
    case .isOnOther(let text, let word, let isNegated):
      report(
        .isOnOther, "'is' asks whether a value is missing or how severe an alert is",
        help: ["empty", "blank", "none", "unknown"].contains(word)
          || nearest(to: word, among: ["missing"]) != nil
          ? "write \(text) is \(isNegated ? "not " : "")missing"
          : "write \(text) \(isNegated ? "!=" : "==") \"\(word)\"")
    case .divisionByZero:
      report(
        .divisionByZero, "nothing can be divided by zero", help: "divide by another number")
    case .badPattern(let fault):
      pattern(fault)
    case .neverEqual(let text, let value, let oneOf):
      report(
        .neverEqual, "\(text) is never \"\(value)\"", help: Self.oneOf(oneOf, value, quote: "\""))
    case .notAList, .noPlaces, .badDuration, .numberWithoutUnit:
      list
    default:
      report(
        .notAvailable, "this is not available in rules", help: "write it in another way")
    }
  }

  private func mismatch(
    _ sign: String, _ left: String, _ first: ValueType, _ right: String, _ second: ValueType
  ) -> Diagnostic {
    let message = "'\(sign)' cannot stand between \(first.words) and \(second.words)"
    let help: String? =
      switch (sign, first, second) {
      case (_, .severity, _): "write severity is high, or severity is at least high"
      case ("in", _, .list): "the list must hold \(first.plural)"
      case ("in", .text, .text): "write \(right).contains(\(left))"
      case ("in", _, _): "write \(left) in [\(right)]"
      case (_, .text, .number) where left.hasPrefix("\""),
        (_, .number, .text)
      where right.hasPrefix("\""):
        "write the number without quotes"
      case ("before", .instant, .number), ("after", .instant, .number):
        right.allSatisfy(\.isNumber)
          ? "write \(left) \(sign) \(right)d ago" : Self.pointInTime(for: right)
      case ("before", .instant, .duration), ("after", .instant, .duration):
        "write \(left) \(sign) \(right) ago"
      case (_, .instant, _), (_, _, .instant): Self.pointInTime(for: left, right)
      case (_, .duration, .text): "write the length of time without quotes, as in 45d"
      case (_, .bool, .text), (_, .text, .bool): "write true or false, without quotes"
      case (_, .text, .number): "put quotes around the number: \"\(right)\""
      case ("before", .duration, .duration): "write \(left) < \(right)"
      case ("after", .duration, .duration): "write \(left) > \(right)"
      case ("/", .number, .duration): "write \(left) / days(\(right))"
      case ("+", _, _), ("-", _, _), ("*", _, _), ("/", _, _), ("%", _, _): "take two numbers"
      default: "compare two values of one kind"
      }
    return report(.mismatch, message, help: help)
  }

  /// How a point in time is written; a day among what stands there is taken over.
  private static func pointInTime(for written: String...) -> String {
    let days = written.map { $0.filter { $0.isNumber || $0 == "-" } }
    let day = days.first { $0.split(separator: "-").map(\.count) == [4, 2, 2] }
    return day.map { "write timestamp(\"\($0)T00:00:00Z\")" }
      ?? "write today, 45d ago, or timestamp(\"2026-01-31T00:00:00Z\")"
  }

  private static func help(_ text: String, _ found: ValueType, _ expected: ValueType) -> String {
    switch (found, expected) {
    case (.number, .duration) where text.allSatisfy(\.isNumber): "write a unit, as in \(text)d"
    case (_, .instant): pointInTime(for: text)
    case (_, .text): "put quotes around a text"
    case (.text, _): "write it without quotes"
    default: "use \(expected.words)"
    }
  }

  private func pattern(_ fault: PatternFault) -> Diagnostic {
    switch fault {
    case .unbalanced(let bracket):
      report(
        .badPattern, "a \(bracket) in this pattern has no partner",
        help: "for the character itself write \\\\\(bracket)")
    case .unknown(let text):
      report(
        .badPattern, "patterns have no \(text)",
        help: "backslashes are written twice, or the pattern as r\"…\"")
    case .misplacedRepetition(let sign):
      report(
        .badPattern, "there is nothing that this \(sign) could repeat",
        help: "for the character itself write \\\\\(sign)")
    case .badRange(let text):
      report(
        .badPattern, "the range \(text) in this pattern runs backwards",
        help: "write the lower end first")
    case .tooLarge:
      report(
        .badPattern, "this pattern is too large once its repetitions are written out",
        help: "repeat less")
    }
  }

  private static func units(
    _ duration: String, _ number: String, _ isFirst: Bool, _ sign: String, _ days: String?
  ) -> String {
    let inDays =
      isFirst ? "days(\(duration)) \(sign) \(number)" : "\(number) \(sign) days(\(duration))"
    guard let days else { return "write \(inDays)" }
    return isFirst
      ? "write \(duration) \(sign) \(days)d, or \(inDays)"
      : "write \(days)d \(sign) \(duration), or \(inDays)"
  }

  private static func oneOf(_ values: [String], _ typed: String, quote: String) -> String {
    let list = "it is one of: \(values.joined(separator: ", "))"
    guard let near = nearest(to: typed, among: values) else { return list }
    return "\(list). Did you mean \(quote)\(near)\(quote)?"
  }

  func report(
    _ code: ExpressionCode, _ message: String, help: String? = nil,
    severity: Diagnostic.Severity = .error
  ) -> Diagnostic {
    Diagnostic(code.code, message, at: span, severity: severity, help: help)
  }
}

extension ValueType {
  /// The type in an analyst's words, with its article.
  package var words: String {
    switch self {
    case .bool: "a condition"
    case .number: "a number"
    case .text: "a text"
    case .instant: "a point in time"
    case .duration: "a length of time"
    case .list(.null): "an empty list"
    case .list(let element): "a list of \(element.plural)"
    case .severity: "a severity"
    case .null: "null"
    }
  }

  var plural: String {
    switch self {
    case .bool: "conditions"
    case .number: "numbers"
    case .text: "texts"
    case .instant: "points in time"
    case .duration: "lengths of time"
    case .list: "lists"
    case .severity: "severities"
    case .null: "nothing"
    }
  }
}

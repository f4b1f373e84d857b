import Rules

// Editors type a plain text as YAML does: what the loader reads as the text `1000` or `true` may
// reach a schema as a number or as true.
extension SchemaWriter {
  static let name = "^[a-z][a-z0-9_]*$"

  /// The schema of a text.
  static func scalar(_ kind: KeyKind) -> JSON {
    switch kind {
    case .word(let words): .members(["enum": .strings(words)])
    case .yesNo:
      .members([
        "enum": .array(
          [.bool(true), .bool(false)] + ["yes", "no", "true", "false"].map(JSON.string))
      ])
    case .number:
      anyOf(.members(["type": .string("number")]), pattern("-?\(digits)(\\.[0-9]+)?%?", kind))
    case .wholeNumber(let range) where range.count == 1:
      .members(["enum": .array([.number(range.lowerBound), .string("\(range.lowerBound)")])])
    case .wholeNumber(let range):
      anyOf(
        integer(from: range.lowerBound).adding(["maximum": .number(range.upperBound)]),
        pattern(digits, kind))
    case .maxMatches:
      anyOf(
        integer(from: 1),
        pattern("\(digits)| *(100|[0-9]{1,2}(\\.[0-9]+)?)% +of +population *", kind))
    default:
      if let form = form(of: kind) {
        pattern(form, kind)
      } else {
        .members(["type": .strings(["string", "number", "boolean"])])
      }
    }
  }

  /// The regular expression of a text that has a fixed form.
  private static func form(of kind: KeyKind) -> String? {
    switch kind {
    case .name: "[a-z][a-z0-9_]*"
    case .variable: "[A-Z_][A-Z0-9_]*"
    case .period: period
    case .checks: " *0*([1-9][0-9]{0,2}|1000) +checks? *"
    case .rate: " *\(digits) +per +(\(rateUnits)) *"
    case .throughput: " *\(digits) +per +(\(throughputUnits)) *"
    case .freshness: " *[a-z][a-z0-9_]* +within +\(period) *"
    case .reminder:
      "[ ,]*every\(gap)\(longPeriod)(\(gap)at\(gap)most\(gap)0*[1-9][0-9]*\(gap)times?)?[ ,]*"
    case .cron: " *[0-9A-Za-z*/,-]+( +[0-9A-Za-z*/,-]+){4} *"
    case .schedule: schedule
    default: nil
    }
  }

  private static let digits = "[0-9]+(_[0-9]+)*"
  private static let period = "[0-9]([0-9_]*[0-9])?(s|min|h|d|w|mo|y)"

  /// A period longer than nothing.
  private static let longPeriod = "(0[0_]*)?[1-9]([0-9_]*[0-9])?(s|min|h|d|w|mo|y)"
  private static let rateUnits = Limits.Rate.Unit.allCases.map(\.rawValue).joined(separator: "|")
  private static let throughputUnits = Throughput.Unit.allCases.map(\.rawValue)
    .joined(separator: "|")
  private static let gap = "[ ,]+"

  private static let schedule: String = {
    let time = "([01]?[0-9]|2[0-3]):[0-5][0-9]"
    let at = " +\(anyCase("at")) +\(time)"
    let days = Schedule.weekdays.map(anyCase).joined(separator: "|")
    let day = "0*([1-9]|1[0-9]|2[0-8])"
    let units = ["h", "min", "s"].map(anyCase).joined(separator: "|")
    return " *("
      + [
        "\(anyCase("every")) +[0-9]([0-9_]*[0-9])?(\(units))",
        "(\(anyCase("daily"))|\(anyCase("weekdays")))\(at)",
        "\(anyCase("weekly")) +\(anyCase("on")) +(\(days))\(at)",
        "\(anyCase("monthly")) +\(anyCase("on")) +\(anyCase("day")) +\(day)\(at)",
      ].joined(separator: "|") + ") *"
  }()

  /// Regular expressions of JSON Schema have no flag for it.
  private static func anyCase(_ word: String) -> String {
    word.map { "[\($0)\($0.uppercased())]" }.joined()
  }

  private static func pattern(_ form: String, _ kind: KeyKind) -> JSON {
    .members([
      "type": .string("string"), "pattern": .string("^(\(form))$"),
      "patternErrorMessage": kind.form.map(JSON.string),
    ])
  }

  private static func integer(from least: Int) -> JSON {
    .members(["type": .string("integer"), "minimum": .number(least)])
  }

  private static func anyOf(_ schemas: JSON...) -> JSON { .members(["anyOf": .array(schemas)]) }
}

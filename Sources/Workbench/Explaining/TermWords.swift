import Expressions
import Rules

/// Says terms in plain English, by their structure alone.
///
/// What things are called is the analyst's affair: names are read as words.
struct TermWords {
  /// The condition as lines below each other: lists become bullets, and lists in lists are further
  /// in.
  func lines(_ condition: Term, depth: Int = 0) -> [String] {
    let indent = String(repeating: "  ", count: depth)
    switch condition {
    case .apply(.and, let parts): return parts.flatMap { lines($0, depth: depth) }
    case .apply(.or, let parts):
      return ["\(indent)- one of these holds:"] + parts.flatMap { branch($0, depth: depth + 1) }
    case .apply(.not, let parts) where parts.contains(where: \.isList):
      return ["\(indent)- it is not so that:"] + parts.flatMap { branch($0, depth: depth + 1) }
    default: return ["\(indent)- \(clause(condition))"]
    }
  }

  /// A list inside of a list that means something else.
  private func branch(_ condition: Term, depth: Int) -> [String] {
    guard case .apply(.and, _) = condition else { return lines(condition, depth: depth) }
    let indent = String(repeating: "  ", count: depth)
    return ["\(indent)- all of these hold:"] + lines(condition, depth: depth + 1)
  }

  /// A condition as a clause: `revenue of the last 30 complete days is at least 10,000`.
  func clause(_ condition: Term) -> String {
    switch condition {
    case .constant(.bool(let isTrue)): isTrue ? "always" : "never"
    case .named(_, .apply), .named(_, .input): "\(phrase(condition)) holds"
    case .named(_, let inner): clause(inner)
    case .input: "\(phrase(condition)) is yes"
    case .apply(.and, let parts): parts.map(clause).joined(separator: " and ")
    case .apply(.or, let parts): "either " + parts.map(clause).joined(separator: " or ")
    case .apply(.not, let parts): parts.map(negated).joined()
    case .apply(.conditional, let parts) where parts.count == 3:
      "\(clause(parts[1])) (where \(clause(parts[0]))), otherwise \(clause(parts[2]))"
    case .apply(let operation, let operands): comparison(operation, operands)
    case .loop(let loop): clause(loop)
    case .now, .today, .severity, .parameter, .constant, .variable: phrase(condition)
    }
  }

  private func negated(_ condition: Term) -> String {
    switch condition {
    case .input: "\(phrase(condition)) is no"
    case .apply(.isIn, let operands): comparison(.isIn, operands, verb: "is not")
    case .apply(.between, let operands): comparison(.between, operands, verb: "is not")
    default: "it is not so that \(clause(condition))"
    }
  }

  private func comparison(
    _ operation: Operation, _ operands: [Term], verb: String = "is"
  ) -> String {
    let phrases = operands.map(phrase)
    let isTime = operands.contains(where: \.isPointInTime)
    return switch (operation, operands.count) {
    case (.equal, 2): "\(phrases[0]) is \(phrases[1])"
    case (.notEqual, 2): "\(phrases[0]) is not \(phrases[1])"
    case (.less, 2): "\(phrases[0]) is \(isTime ? "before" : "less than") \(phrases[1])"
    case (.greater, 2): "\(phrases[0]) is \(isTime ? "after" : "more than") \(phrases[1])"
    case (.lessOrEqual, 2): "\(phrases[0]) is \(isTime ? "not after" : "at most") \(phrases[1])"
    case (.greaterOrEqual, 2):
      "\(phrases[0]) is \(isTime ? "not before" : "at least") \(phrases[1])"
    case (.isIn, 2): "\(phrases[0]) \(verb) one of \(phrases[1])"
    case (.between, 3): "\(phrases[0]) \(verb) between \(phrases[1]) and \(phrases[2])"
    case (.isMissing, 1): "\(phrases[0]) is not known"
    case (.isPresent, 1): "\(phrases[0]) is known"
    case (.severityIs(let severity), 1): "the alert is \(severity.rawValue)"
    case (.severityAtLeast(let severity), 1): "the alert is at least \(severity.rawValue)"
    case (.function(.contains), 2): "\(phrases[0]) contains \(phrases[1])"
    case (.function(.startsWith), 2): "\(phrases[0]) begins with \(phrases[1])"
    case (.function(.endsWith), 2): "\(phrases[0]) ends with \(phrases[1])"
    case (.function(.matches), 2): "\(phrases[0]) looks like \(phrases[1])"
    default: phrase(.apply(operation, operands))
    }
  }

  // MARK: Phrases

  /// What is compared: `the time since last order`, `70 % of revenue of this month`.
  func phrase(_ term: Term) -> String {
    switch term {
    case .constant(let value): value.shown(in: .utc)
    case .input(.metric(let name, .allTime), .number): "\(name.words) of all time"
    case .input(let input, _): input.words
    case .now: "the time of the run"
    case .today: "today"
    case .severity: "the severity"
    case .parameter(let name): name.words
    case .named(_, .constant(let value)): value.shown(in: .utc)
    case .named(let name, _): name.words
    case .apply(let operation, let operands): phrase(operation, operands)
    case .variable(let variable): variable.name.words
    case .loop(let loop): phrase(loop)
    }
  }

  private func phrase(_ operation: Operation, _ operands: [Term]) -> String {
    let phrases = operands.map { $0.isCompound ? "(\(phrase($0)))" : phrase($0) }
    return switch (operation, operands.count) {
    case (.subtract, 2) where operands[0] == .now && !operands[1].isPointInTime:
      "\(phrases[1]) ago"
    case (.subtract, 2): "\(leading(operands[0])) minus \(phrases[1])"
    case (.add, 2): "\(leading(operands[0])) plus \(phrases[1])"
    case (.multiply, 2): product(operands, phrases)
    case (.divide, 2): "\(phrases[0]) divided by \(phrases[1])"
    case (.modulo, 2): "the rest of \(phrases[0]) divided by \(phrases[1])"
    case (.negate, 1): "minus \(phrases[0])"
    case (.list, _): operands.map(phrase).joined(separator: ", ")
    case (.conditional, 3):
      "\(phrase(operands[1])) where \(clause(operands[0])), otherwise \(phrase(operands[2]))"
    case (.function(let function), _): call(function, operands.map(phrase))
    case (.firstPresent, _): phrases.joined(separator: ", or where that is not known ")
    case (.element, _), (.lookup, _): Term.apply(operation, operands).text
    default: clause(.apply(operation, operands))
    }
  }

  /// The first operand of a sum, which needs no brackets if it is a sum too.
  private func leading(_ term: Term) -> String {
    switch term {
    case .apply(.add, _): phrase(term)
    case .apply(.subtract, let operands) where operands[0] != .now: phrase(term)
    default: term.isCompound ? "(\(phrase(term)))" : phrase(term)
    }
  }

  /// A share that is written as a number below 1 reads as a percentage.
  private func product(_ operands: [Term], _ phrases: [String]) -> String {
    guard case .constant(.number(let share)) = operands[0].unnamed, share > 0, share < 1 else {
      return "\(phrases[0]) times \(phrases[1])"
    }
    let percent = Value.number((share * 1e8).rounded() / 1e6).shown(in: .utc)
    return "\(percent) % of \(phrases[1])"
  }

  private func call(_ function: Function, _ arguments: [String]) -> String {
    let all = arguments.joined(separator: ", ")
    return switch (function, arguments.count) {
    case (.since, 1): "the time since \(all)"
    case (.until, 1): "the time until \(all)"
    case (.days, 1): "\(all) in days"
    case (.min, 2): "the smaller of \(arguments[0]) and \(arguments[1])"
    case (.max, 2): "the larger of \(arguments[0]) and \(arguments[1])"
    case (.min, _): "the smallest of \(all)"
    case (.max, _): "the largest of \(all)"
    case (.clamp, 3): "\(arguments[0]), but at least \(arguments[1]) and at most \(arguments[2])"
    case (.abs, 1): "the size of \(all)"
    case (.floor, 1): "\(all), rounded down"
    case (.ceil, 1): "\(all), rounded up"
    case (.round, 1): "\(all), rounded"
    case (.round, 2):
      "\(arguments[0]), rounded to \(arguments[1]) decimal" + (arguments[1] == "1" ? "" : "s")
    case (.size, 1), (.count, 1): "the number of \(all)"
    case (.sum, 1): "the sum of \(all)"
    case (.mean, 1): "the mean of \(all)"
    case (.median, 1): "the median of \(all)"
    case (.weekday, 1): "the weekday of \(all)"
    case (.month, 1): "the month of \(all)"
    case (.hour, 1): "the hour of \(all)"
    default: "\(function.rawValue)(\(all))"
    }
  }
}

extension Term {
  /// Whether the term is a list of conditions.
  fileprivate var isList: Bool {
    switch self {
    case .apply(.and, _), .apply(.or, _): true
    default: false
    }
  }

  /// Whether a phrase of the term wants brackets inside of another.
  fileprivate var isCompound: Bool {
    switch self {
    case .apply(.add, _), .apply(.subtract, _), .apply(.multiply, _), .apply(.divide, _),
      .apply(.modulo, _), .apply(.conditional, _), .apply(.function, _):
      true
    default: false
    }
  }
}

extension String {
  /// The name with spaces for what joins its words: `past_year` reads as "past year".
  var words: String { replacing("_", with: " ") }
}

extension Input {
  /// The input in words: `the account's tier`, `revenue of the last 30 complete days`.
  var words: String {
    switch self {
    case .field(let path) where path.count == 2 && path[0] == "opened":
      "\(path[1].words) when the alert opened"
    case .field(let path):
      "the " + path.map(\.words).joined(separator: "'s ").replacing("s's ", with: "s' ")
    case .metric(let name, .allTime): name.words
    case .metric(let name, let window): "\(name.words) of \(window.words)"
    case .series(let name, let window, let bucket):
      "\(name.words) of each \(bucket.rawValue) of \(window.words)"
    }
  }
}

extension Window {
  /// The window in words: `the last 30 complete days`, `this month`.
  var words: String {
    switch self {
    case .allTime: "all time"
    case .calendar(let unit, 0): "this \(unit.rawValue)"
    case .calendar(let unit, -1): "last \(unit.rawValue)"
    case .calendar(let unit, let offset): "the \(unit.rawValue) \(-offset) \(unit.rawValue)s ago"
    case .trailing(let length, let ending):
      length.stretch(isComplete: length.microseconds == 0)
        + (ending.map { " ending \($0.words) ago" } ?? "")
    }
  }
}

extension Period {
  /// `the last 30 complete days`, `the last complete day`, `the last 6 hours`.
  fileprivate func stretch(isComplete: Bool) -> String {
    let complete = isComplete ? "complete " : ""
    let parts = words.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0] != "1" else {
      return "the last \(complete)\(parts.dropFirst().joined())"
    }
    return "the last \(parts[0]) \(complete)\(parts[1])"
  }
}

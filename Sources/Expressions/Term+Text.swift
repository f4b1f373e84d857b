extension Term {
  /// The term as an analyst would write it, with values and params by their names.
  ///
  /// What it prints reads back as the same term, but for conditions, which are inlined.
  package var text: String { text(at: .choice) }

  /// How tightly a form holds its parts together, loosest first.
  fileprivate enum Tightness: Int, Comparable {
    case choice, logic, relation, sum, product, sign, whole

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  fileprivate func text(at needed: Tightness) -> String {
    let (text, tightness) = form
    return tightness < needed ? "(\(text))" : text
  }

  /// The term in front of a dot or of brackets, where a number would take the dot for its own.
  fileprivate var receiver: String {
    if case .constant(.number) = self { return "(\(text))" }
    return text(at: .whole)
  }

  private var form: (String, Tightness) {
    switch self {
    case .constant(let value): (value.literal, value.isSigned ? .sign : .whole)
    case .input(.metric(let name, .allTime), .number): ("\(name)[all time]", .whole)
    case .input(let input, _): (input.description, .whole)
    case .now: ("now", .whole)
    case .today: ("today", .whole)
    case .severity: ("severity", .whole)
    case .parameter(let name): (name, .whole)
    case .named(let name, _): (name, .whole)
    case .apply(let operation, let operands): Self.form(of: operation, operands)
    case .variable(let variable): (variable.name, .whole)
    case .loop(let loop): (loop.text, .whole)
    }
  }

  private static func form(_ operation: Operation, over operands: [Term]) -> String? {
    guard operands.count == 2 else { return nil }
    let isTime = operands[0].isPointInTime && operands[1].isPointInTime
    return switch operation {
    case .equal: "=="
    case .notEqual: "!="
    case .less: isTime ? "before" : "<"
    case .lessOrEqual: "<="
    case .greater: isTime ? "after" : ">"
    case .greaterOrEqual: ">="
    case .isIn: "in"
    default: nil
    }
  }

  private static func form(of operation: Operation, _ operands: [Term]) -> (String, Tightness) {
    if let sign = form(operation, over: operands) {
      return ("\(operands[0].text(at: .sum)) \(sign) \(operands[1].text(at: .sum))", .relation)
    }
    func list(_ tightness: Tightness, _ separator: String) -> String {
      operands.map { $0.text(at: tightness) }.joined(separator: separator)
    }
    func binary(_ sign: String, _ tightness: Tightness, _ right: Tightness) -> (String, Tightness) {
      ("\(operands[0].text(at: tightness)) \(sign) \(operands[1].text(at: right))", tightness)
    }
    return switch (operation, operands.count) {
    case (.and, _): (list(.relation, " and "), .logic)
    case (.or, _): (list(.relation, " or "), .logic)
    case (.not, 1): ("not \(operands[0].text(at: .whole))", .relation)
    case (.between, 3):
      (
        "\(operands[0].text(at: .sum)) between \(operands[1].text(at: .sum)) and "
          + operands[2].text(at: .sum), .relation
      )
    case (.isMissing, 1): ("\(operands[0].text(at: .sum)) is missing", .relation)
    case (.isPresent, 1): ("\(operands[0].text(at: .sum)) is not missing", .relation)
    case (.severityIs(let severity), 1):
      ("\(operands[0].text(at: .sum)) is \(severity.rawValue)", .relation)
    case (.severityAtLeast(let severity), 1):
      ("\(operands[0].text(at: .sum)) is at least \(severity.rawValue)", .relation)
    case (.subtract, 2) where operands[0] == .now && !operands[1].isPointInTime:
      ("\(operands[1].text(at: .whole)) ago", .whole)
    case (.add, 2): binary("+", .sum, .product)
    case (.subtract, 2): binary("-", .sum, .product)
    case (.multiply, 2): binary("*", .product, .sign)
    case (.divide, 2): binary("/", .product, .sign)
    case (.modulo, 2): binary("%", .product, .sign)
    case (.negate, 1): ("-\(operands[0].text(at: .whole))", .sign)
    case (.conditional, 3):
      (
        "\(operands[0].text(at: .logic)) ? \(operands[1].text(at: .logic)) : "
          + operands[2].text(at: .choice), .choice
      )
    case (.list, _): ("[\(list(.choice, ", "))]", .whole)
    case (.element, 2): ("\(operands[0].receiver)[\(operands[1].text)]", .whole)
    case (.firstPresent, 2):
      ("\(operands[0].receiver).orValue(\(operands[1].text))", .whole)
    case (.lookup, 1...): (table(operands), .whole)
    case (.function(let function), 1...) where function.style == .method:
      (
        "\(operands[0].receiver).\(function.rawValue)"
          + "(\(operands.dropFirst().map(\.text).joined(separator: ", ")))", .whole
      )
    case (.function(let function), _): ("\(function.rawValue)(\(list(.choice, ", ")))", .whole)
    default: ("\(operation)(\(list(.choice, ", ")))", .whole)
    }
  }

  /// `{"a": x, "b": y}[key]`.
  private static func table(_ operands: [Term]) -> String {
    let entries = stride(from: 1, to: operands.count - 1, by: 2).map { index in
      "\(operands[index].text): \(operands[index + 1].text)"
    }
    return "{\(entries.joined(separator: ", "))}[\(operands[0].text)]"
  }
}

extension Loop {
  /// `list.exists(x, x > 3)`.
  fileprivate var text: String {
    let arguments = variables.map(\.name) + parts.dropFirst().map(\.text)
    return "\(list.receiver).\(kind.rawValue)(\(arguments.joined(separator: ", ")))"
  }
}

extension Value {
  /// The value as it is written in an expression.
  fileprivate var literal: String {
    switch self {
    case .missing: "null"
    case .bool(let isTrue): isTrue ? "true" : "false"
    case .number(let number): "\(number)".withoutPointZero
    case .text(let text): text.quoted
    case .instant(let instant): "timestamp(\"\(instant.iso8601)\")"
    case .duration(let period):
      // Parts of a second have no short form.
      Period(String(period.description.trimmingMinus)) == nil
        ? "duration(\"\(period.description)\")" : period.description
    case .list(let values): "[\(values.map(\.literal).joined(separator: ", "))]"
    case .error: "an error"
    }
  }

  /// Whether a minus begins it.
  fileprivate var isSigned: Bool {
    switch self {
    case .number(let number): number.sign == .minus
    case .duration(let period): period.isNegative
    default: false
    }
  }
}

extension String {
  /// The number without the `.0` that Swift prints after whole ones.
  fileprivate var withoutPointZero: String {
    hasSuffix(".0") ? String(dropLast(2)) : self
  }

  /// The number without its sign.
  fileprivate var trimmingMinus: Substring { drop { $0 == "-" } }
}

package import Expressions

/// A hash of what decides a rule's matches, the same in every process.
///
/// FNV-1a with 128 bits over a text that spells the terms out: what is only named or worded
/// differently hashes alike. (Fowler, Noll, Vo: RFC 9923.)
enum ConditionHash {
  static func of(_ rule: Rule) -> String {
    var spelling = Spelling()
    spelling.write(rule.entity)
    for term in rule.decidingTerms { spelling.write(term) }
    spelling.write(rule.severity.steps.map(\.severity.rawValue).joined(separator: ","))
    spelling.write(rule.severity.otherwise.rawValue)
    return fnv1a(spelling.text)
  }

  static func fnv1a(_ text: String) -> String {
    let prime: UInt128 = 0x0000_0000_0100_0000_0000_0000_0000_013B
    var hash: UInt128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D
    for byte in text.utf8 {
      hash ^= UInt128(byte)
      hash &*= prime
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 32 - digits.count) + digits
  }
}

extension Rule {
  /// The terms that decide who matches and how severe it is.
  package var decidingTerms: [Term] {
    [scope ?? .constant(.bool(true)), when] + severity.steps.map(\.when)
      + [lifecycle.resolveWhen ?? .constant(.missing)]
  }
}

/// Spells terms out so that different ones never read the same: every text has its length.
private struct Spelling {
  var text = ""

  mutating func write(_ word: String) { text += "\(word.utf8.count):\(word) " }

  mutating func write(_ term: Term) {
    switch term {
    case .constant(let value): write(value)
    case .input(.field(let path), _): write("field " + path.joined(separator: "."))
    case .input(.metric(let name, let window), _):
      write("metric \(name)")
      write(window)
    case .now: write("now")
    case .today: write("today")
    case .severity: write("severity")
    case .parameter(let name): write("param \(name)")
    case .named(_, let inner): write(inner)
    case .apply(let operation, let operands):
      text += "("
      write(String(describing: operation))
      for operand in operands { write(operand) }
      text += ")"
    }
  }

  private mutating func write(_ value: Value) {
    switch value {
    case .missing: write("missing")
    case .bool(let bool): write("bool \(bool)")
    case .number(let number): write("number \(number.bitPattern)")
    case .text(let string): write("text \(string)")
    case .instant(let instant): write("instant \(instant.microseconds)")
    case .duration(let period): write(period)
    case .list(let values):
      text += "["
      for value in values { write(value) }
      text += "]"
    case .error(let error): write("error \(error)")
    }
  }

  private mutating func write(_ period: Period) {
    write("period \(period.months) \(period.days) \(period.microseconds)")
  }

  private mutating func write(_ window: Window) {
    switch window {
    case .allTime: write("all")
    case .trailing(let length, let ending):
      write(length)
      if let ending { write(ending) }
    case .calendar(let unit, let offset): write("\(unit.rawValue) \(offset)")
    }
  }
}

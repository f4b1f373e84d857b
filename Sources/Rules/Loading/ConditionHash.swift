import Diagnostics
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
    for setting in rule.metric?.settings ?? [] { spelling.write(setting.field) }
    if let rollup = rule.rollup { spelling.write(rollup.spelling) }
    return hexadecimal(spelling.hash)
  }

  /// The same kind of hash of a file's bytes.
  static func of(_ source: SourceText) -> String {
    var spelling = Spelling()
    spelling.write(source.bytes)
    return hexadecimal(spelling.hash)
  }

  private static func hexadecimal(_ hash: UInt128) -> String {
    // By halves, as dividing 128 bits is slow.
    [hash >> 64, hash].map { half in
      let digits = String(UInt64(truncatingIfNeeded: half), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}

extension Rule {
  /// The terms that decide who matches and how severe it is.
  package var decidingTerms: [Term] {
    var terms = [scope ?? .constant(.bool(true)), when] + severity.steps.map(\.when)
    terms.append(lifecycle.resolveWhen ?? .constant(.missing))
    return terms + computedTerms + (rollup.map { $0.rowTerms + $0.resultTerms } ?? [])
  }
}

/// Spells terms out so that different ones never read the same: every text has its length.
private struct Spelling {
  private static let prime: UInt128 = 0x0000_0000_0100_0000_0000_0000_0000_013B

  private(set) var hash: UInt128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D

  private mutating func add(_ text: String) { write(text.utf8) }

  mutating func write(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      hash ^= UInt128(byte)
      hash &*= Self.prime
    }
  }

  mutating func write(_ word: String) {
    add(String(word.utf8.count))
    add(":")
    add(word)
    add(" ")
  }

  mutating func write(_ term: Term) {
    switch term {
    case .constant(let value): write(value)
    case .input(.field(let path), _): write("field " + path.joined(separator: "."))
    case .input(.metric(let name, let window), _):
      write("metric \(name)")
      write(window)
    case .input(.series(let name, let window, let bucket), _):
      write("series \(bucket.rawValue) \(name)")
      write(window)
    case .now: write("now")
    case .today: write("today")
    case .severity: write("severity")
    case .parameter(let name): write("param \(name)")
    case .named(_, let inner): write(inner)
    case .apply(let operation, let operands):
      add("(")
      write(operation.spelling)
      for operand in operands { write(operand) }
      add(")")
    case .variable(let variable): write("variable \(variable.slot)")
    case .loop(let loop):
      add("(")
      write("loop \(loop.kind.rawValue) \(loop.variables.map(\.slot)) \(loop.filter != nil)")
      for part in loop.parts { write(part) }
      add(")")
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
      add("[")
      for value in values { write(value) }
      add("]")
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

extension Operation {
  /// The operation's name, which no later version may change.
  fileprivate var spelling: String {
    switch self {
    case .and: "and"
    case .or: "or"
    case .not: "not"
    case .equal: "equal"
    case .notEqual: "notEqual"
    case .less: "less"
    case .lessOrEqual: "lessOrEqual"
    case .greater: "greater"
    case .greaterOrEqual: "greaterOrEqual"
    case .isIn: "isIn"
    case .between: "between"
    case .isMissing: "isMissing"
    case .isPresent: "isPresent"
    case .add: "add"
    case .subtract: "subtract"
    case .multiply: "multiply"
    case .divide: "divide"
    case .modulo: "modulo"
    case .negate: "negate"
    case .conditional: "conditional"
    case .list: "list"
    case .firstPresent: "firstPresent"
    case .element: "element"
    case .lookup: "lookup"
    case .severityIs(let severity): "severityIs \(severity.rawValue)"
    case .severityAtLeast(let severity): "severityAtLeast \(severity.rawValue)"
    case .function(let function): "function \(function.rawValue)"
    }
  }
}

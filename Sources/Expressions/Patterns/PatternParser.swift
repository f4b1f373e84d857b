/// Reads RE2's syntax.
struct PatternParser {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var nesting = 0
  private var flags = Flags()
  private var names: Set<String> = []

  private struct Flags {
    var ignoresCase = false
    var isMultiline = false
    var dotIsAll = false
  }

  static func parse(_ text: String) throws(PatternFault) -> PatternTree {
    var parser = PatternParser(scalars: Array(text.unicodeScalars))
    let tree = try parser.choice()
    guard parser.position == parser.scalars.count else { throw .unbalanced(")") }
    return tree
  }

  private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
    position + offset < scalars.count ? scalars[position + offset] : nil
  }

  private mutating func skip(_ text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    guard scalars[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  private mutating func choice() throws(PatternFault) -> PatternTree {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= 100 else { throw .tooLarge }
    let outer = flags
    defer { flags = outer }
    var parts = [try sequence()]
    while skip("|") { parts.append(try sequence()) }
    return parts.count == 1 ? parts[0] : .choice(parts)
  }

  private mutating func sequence() throws(PatternFault) -> PatternTree {
    var parts: [PatternTree] = []
    while let scalar = peek(), scalar != "|", scalar != ")" {
      if skip("\\Q") {
        parts += try quoted()
        continue
      }
      guard let atom = try atom() else { continue }
      parts.append(try repetition(of: atom))
    }
    return .sequence(parts)
  }

  /// What stands as it is up to `\E` or the end; a repetition after it is of the last of it.
  private mutating func quoted() throws(PatternFault) -> [PatternTree] {
    var parts: [PatternTree] = []
    while !skip("\\E"), let scalar = peek() {
      position += 1
      parts.append(literal(scalar))
    }
    guard let last = parts.popLast() else { return [] }
    return parts + [try repetition(of: last)]
  }

  private mutating func repetition(of atom: PatternTree) throws(PatternFault) -> PatternTree {
    guard let bounds = try bounds() else { return atom }
    // A lazy repetition matches the same texts.
    _ = skip("?")
    if let next = peek(), "*+?".unicodeScalars.contains(next) {
      throw .misplacedRepetition(String(next))
    }
    return .repeated(atom, bounds.least, bounds.most)
  }

  private mutating func bounds() throws(PatternFault) -> (least: Int, most: Int?)? {
    if skip("*") { return (0, nil) }
    if skip("+") { return (1, nil) }
    if skip("?") { return (0, 1) }
    let start = position
    guard skip("{"), let least = number() else {
      position = start
      return nil
    }
    var most: Int? = least
    if skip(",") { most = number() }
    guard skip("}") else {
      position = start
      return nil
    }
    guard least <= 1000, most ?? 0 <= 1000 else { throw .tooLarge }
    guard most ?? least >= least else { throw .badRange("{\(least),\(most ?? 0)}") }
    return (least, most)
  }

  private mutating func number() -> Int? {
    var digits = ""
    while let scalar = peek(), ScalarSet.digit.contains(scalar), digits.count < 6 {
      digits.unicodeScalars.append(scalar)
      position += 1
    }
    return Int(digits)
  }

  /// One thing that may be repeated; `nil` for flags, which are none.
  private mutating func atom() throws(PatternFault) -> PatternTree? {
    guard let scalar = peek() else { return nil }
    position += 1
    switch scalar {
    case "(": return try group()
    case "[": return .scalar(try set())
    case ".": return .scalar(flags.dotIsAll ? .all : .allButLineBreak)
    case "^": return .check(flags.isMultiline ? .lineStart : .textStart)
    case "$": return .check(flags.isMultiline ? .lineEnd : .textEnd)
    case "*", "+", "?": throw .misplacedRepetition(String(scalar))
    case "\\": return try escape()
    default: return literal(scalar)
    }
  }

  private func cased(_ set: ScalarSet) -> ScalarSet {
    var set = set
    set.ignoresCase = flags.ignoresCase
    return set
  }

  private func literal(_ scalar: Unicode.Scalar) -> PatternTree {
    .scalar(cased(ScalarSet(scalar)))
  }

  private mutating func group() throws(PatternFault) -> PatternTree? {
    if skip("?") {
      if skip("P<") || peek() == "<" && peek(1) != "=" && peek(1) != "!" && skip("<") {
        let start = position
        while let scalar = peek(), ScalarSet.word.contains(scalar) { position += 1 }
        let name = String(String.UnicodeScalarView(scalars[start..<position]))
        guard skip(">"), names.insert(name).inserted, !name.isEmpty else { throw .unknown("(?<") }
      } else if !skip(":") {
        return try flagged()
      }
    }
    let inner = try choice()
    guard skip(")") else { throw .unbalanced("(") }
    return inner
  }

  /// `(?i)` for the rest of the group, or `(?i:…)`.
  private mutating func flagged() throws(PatternFault) -> PatternTree? {
    let outer = flags
    var isOn = true
    while let scalar = peek() {
      position += 1
      switch scalar {
      case "i": flags.ignoresCase = isOn
      case "m": flags.isMultiline = isOn
      case "s": flags.dotIsAll = isOn
      // Greed changes no answer.
      case "U": break
      case "-" where isOn: isOn = false
      case ")": return nil
      case ":":
        let inner = try choice()
        guard skip(")") else { throw .unbalanced("(") }
        flags = outer
        return inner
      default: throw .unknown("(?\(scalar)")
      }
    }
    throw .unbalanced("(")
  }

  // MARK: Escapes and classes

  private mutating func escape() throws(PatternFault) -> PatternTree {
    switch peek() {
    case "b": position += 1; return .check(.wordBoundary)
    case "B": position += 1; return .check(.noWordBoundary)
    case "A": position += 1; return .check(.textStart)
    case "z": position += 1; return .check(.textEnd)
    default: break
    }
    return .scalar(cased(try escapedSet()))
  }

  /// What follows a backslash, within a class or without.
  private mutating func escapedSet() throws(PatternFault) -> ScalarSet {
    guard let scalar = peek() else { throw .unknown("\\") }
    position += 1
    switch scalar {
    case "d": return .digit
    case "w": return .word
    case "s": return .space
    case "D": return ScalarSet(ranges: ScalarSet.digit.inverted)
    case "W": return ScalarSet(ranges: ScalarSet.word.inverted)
    case "S": return ScalarSet(ranges: ScalarSet.space.inverted)
    case "a": return ScalarSet("\u{07}")
    case "f": return ScalarSet("\u{0C}")
    case "t": return ScalarSet("\t")
    case "n": return ScalarSet("\n")
    case "r": return ScalarSet("\r")
    case "v": return ScalarSet("\u{0B}")
    case "x": return ScalarSet(try hexadecimal())
    case "p", "P": return ScalarSet(try property(isNegated: scalar == "P"))
    case "0"..."7": return ScalarSet(try octal(scalar))
    default:
      let isPunctuation = scalar.isASCII && !ScalarSet.word.contains(scalar)
      guard isPunctuation || scalar == "_" else { throw .unknown("\\\(scalar)") }
      return ScalarSet(scalar)
    }
  }

  /// `L` or `{Greek}`; a hat before the name turns it round once more.
  private mutating func property(isNegated: Bool) throws(PatternFault) -> UnicodeProperty {
    var name = ""
    if skip("{") {
      while let scalar = peek(), scalar != "}" {
        name.unicodeScalars.append(scalar)
        position += 1
      }
      guard skip("}") else { throw .unknown("\\p{") }
    } else if let scalar = peek() {
      name.unicodeScalars.append(scalar)
      position += 1
    }
    let isHatted = name.hasPrefix("^")
    guard
      let property = UnicodeProperty(
        isHatted ? String(name.dropFirst()) : name, isNegated: isNegated != isHatted)
    else { throw .unknown("\\p{\(name)}") }
    return property
  }

  /// Up to three digits; one alone that is not 0 would be a back reference.
  private mutating func octal(_ first: Unicode.Scalar) throws(PatternFault) -> Unicode.Scalar {
    var digits = String(first)
    while digits.count < 3, let scalar = peek(), ("0"..."7").contains(scalar) {
      digits.unicodeScalars.append(scalar)
      position += 1
    }
    guard digits.count > 1 || first == "0", let value = UInt32(digits, radix: 8),
      let scalar = Unicode.Scalar(value)
    else { throw .unknown("\\\(first)") }
    return scalar
  }

  private mutating func hexadecimal() throws(PatternFault) -> Unicode.Scalar {
    let isBraced = skip("{")
    var digits = ""
    while let scalar = peek(), scalar.properties.isASCIIHexDigit, digits.count < (isBraced ? 8 : 2)
    {
      digits.unicodeScalars.append(scalar)
      position += 1
    }
    guard isBraced ? skip("}") : digits.count == 2, let value = UInt32(digits, radix: 16),
      let scalar = Unicode.Scalar(value)
    else { throw .unknown("\\x") }
    return scalar
  }

  private mutating func set() throws(PatternFault) -> ScalarSet {
    var set = ScalarSet()
    let isInverted = skip("^")
    var isFirst = true
    while isFirst || peek() != "]" {
      isFirst = false
      guard peek() != nil else { throw .unbalanced("[") }
      if peek() == "[", peek(1) == ":" {
        set.ranges += try namedClass()
        continue
      }
      let low = try member()
      guard peek() == "-", let after = peek(1), after != "]" else {
        set.ranges += low.ranges
        set.properties += low.properties
        continue
      }
      position += 1
      let high = try member()
      guard let least = low.only, let most = high.only, least <= most else {
        throw .badRange("[…-…]")
      }
      set.ranges.append(least...most)
    }
    position += 1
    set.isInverted = isInverted
    return cased(set)
  }

  private mutating func member() throws(PatternFault) -> ScalarSet {
    guard let scalar = peek() else { throw .unbalanced("[") }
    position += 1
    return scalar == "\\" ? try escapedSet() : ScalarSet(scalar)
  }

  private mutating func namedClass() throws(PatternFault) -> [ClosedRange<UInt32>] {
    let start = position
    for (name, ranges) in Self.classes {
      if skip("[:\(name):]") { return ranges }
      if skip("[:^\(name):]") { return ScalarSet(ranges: ranges).inverted }
    }
    position = start
    throw .unknown("[:")
  }

  private static let classes: [(String, [ClosedRange<UInt32>])] = [
    ("alnum", [0x30...0x39, 0x41...0x5A, 0x61...0x7A]), ("alpha", [0x41...0x5A, 0x61...0x7A]),
    ("ascii", [0...0x7F]), ("blank", [0x09...0x09, 0x20...0x20]),
    ("cntrl", [0...0x1F, 0x7F...0x7F]),
    ("digit", [0x30...0x39]), ("graph", [0x21...0x7E]), ("lower", [0x61...0x7A]),
    ("print", [0x20...0x7E]), ("punct", [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]),
    ("space", [0x09...0x0D, 0x20...0x20]), ("upper", [0x41...0x5A]),
    ("word", [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]),
    ("xdigit", [0x30...0x39, 0x41...0x46, 0x61...0x66]),
  ]
}

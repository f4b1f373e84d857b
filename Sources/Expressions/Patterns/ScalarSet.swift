/// A set of code points.
struct ScalarSet: Sendable, Hashable {
  var ranges: [ClosedRange<UInt32>]
  var properties: [UnicodeProperty] = []
  var isInverted = false

  /// Whether the other case of a member is a member too.
  var ignoresCase = false

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    (holds(scalar) || ignoresCase && otherCases(scalar).contains(where: holds)) != isInverted
  }

  private func holds(_ scalar: Unicode.Scalar) -> Bool {
    ranges.contains { $0.contains(scalar.value) } || properties.contains { $0.holds(scalar) }
  }

  private func otherCases(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping].compactMap { text in
      text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
    }
  }

  init(_ ranges: ClosedRange<UInt32>..., isInverted: Bool = false) {
    self.ranges = ranges
    self.isInverted = isInverted
  }

  init(ranges: [ClosedRange<UInt32>]) { self.ranges = ranges }

  init(_ scalar: Unicode.Scalar) { self.init(scalar.value...scalar.value) }

  init(_ property: UnicodeProperty) {
    ranges = []
    properties = [property]
  }

  static let digit = ScalarSet(0x30...0x39)
  static let word = ScalarSet(0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A)
  static let space = ScalarSet(0x09...0x0A, 0x0C...0x0D, 0x20...0x20)
  static let all = ScalarSet(0...0x10FFFF)
  static let allButLineBreak = ScalarSet(0x0A...0x0A, isInverted: true)

  /// The only member, if there is just one.
  var only: UInt32? {
    guard ranges.count == 1, ranges[0].count == 1, properties.isEmpty else { return nil }
    return ranges[0].lowerBound
  }

  /// The ranges of what is not in the set's own.
  var inverted: [ClosedRange<UInt32>] {
    var result: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
      next = max(next, range.upperBound + 1)
    }
    if next <= 0x10FFFF { result.append(next...0x10FFFF) }
    return result
  }
}

/// A general category, a group of them or a script, as `\p{…}` names it.
struct UnicodeProperty: Sendable, Hashable {
  private let kind: Kind
  private let isNegated: Bool

  private enum Kind: Sendable, Hashable {
    case any
    case category(String)
    case script(String)
  }

  /// Looks a property up by its name; `nil` for a name that is not known.
  init?(_ name: String, isNegated: Bool) {
    if name == "Any" {
      kind = .any
    } else if Self.categories.contains(where: { $0 == name || $0.prefix(1) == name }) {
      kind = .category(name)
    } else if UnicodeScripts.ranges(name) != nil {
      kind = .script(name)
    } else {
      return nil
    }
    self.isNegated = isNegated
  }

  func holds(_ scalar: Unicode.Scalar) -> Bool {
    let isMember =
      switch kind {
      case .any: true
      case .category(let name): scalar.properties.generalCategory.code.hasPrefix(name)
      case .script(let name):
        UnicodeScripts.ranges(name)?.contains { $0.contains(scalar.value) } ?? false
      }
    return isMember != isNegated
  }

  private static let categories: Set = [
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi",
    "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co",
  ]
}

extension Unicode.GeneralCategory {
  /// The category's two letters.
  fileprivate var code: String {
    switch self {
    case .uppercaseLetter: "Lu"
    case .lowercaseLetter: "Ll"
    case .titlecaseLetter: "Lt"
    case .modifierLetter: "Lm"
    case .otherLetter: "Lo"
    case .nonspacingMark: "Mn"
    case .spacingMark: "Mc"
    case .enclosingMark: "Me"
    case .decimalNumber: "Nd"
    case .letterNumber: "Nl"
    case .otherNumber: "No"
    case .connectorPunctuation: "Pc"
    case .dashPunctuation: "Pd"
    case .openPunctuation: "Ps"
    case .closePunctuation: "Pe"
    case .initialPunctuation: "Pi"
    case .finalPunctuation: "Pf"
    case .otherPunctuation: "Po"
    case .mathSymbol: "Sm"
    case .currencySymbol: "Sc"
    case .modifierSymbol: "Sk"
    case .otherSymbol: "So"
    case .spaceSeparator: "Zs"
    case .lineSeparator: "Zl"
    case .paragraphSeparator: "Zp"
    case .control: "Cc"
    case .format: "Cf"
    case .surrogate: "Cs"
    case .privateUse: "Co"
    case .unassigned: "Cn"
    @unknown default: "Cn"
    }
  }
}

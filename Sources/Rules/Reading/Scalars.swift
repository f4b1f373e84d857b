import Expressions

/// How texts are read once their key has said what they are.
enum Scalars {
  /// Whether a text is a snake_case name.
  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, (0x61...0x7A).contains(first) else { return false }
    return text.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
    }
  }

  /// The nearest snake_case name to a text; none where letters would be lost.
  static func name(like text: String) -> String? {
    guard !text.unicodeScalars.contains(where: { !$0.isASCII && $0.properties.isAlphabetic }) else {
      return nil
    }
    var name = ""
    for scalar in text.unicodeScalars {
      if scalar.properties.isUppercase, let last = name.last, last != "_" { name += "_" }
      name +=
        scalar.isASCII && scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        ? scalar.properties.lowercaseMapping : name.last == "_" ? "" : "_"
    }
    while name.last == "_" { name.removeLast() }
    return isName(name) ? name : nil
  }

  /// A number: `1_000`, `0.5`, `-3`, `20%`.
  static func number(_ text: String) -> Double? {
    var digits = Array(text.utf8)
    let isPercentage = digits.last == UInt8(ascii: "%")
    if isPercentage { digits.removeLast() }
    let line = UInt8(ascii: "_")
    guard let first = digits.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first),
      digits.last != line, !zip(digits, digits.dropFirst()).contains(where: { $0 == (line, line) }),
      let number = Double(String(decoding: digits.filter { $0 != line }, as: UTF8.self)),
      number.isFinite
    else { return nil }
    return isPercentage ? number / 100 : number
  }

  /// A whole number: `15`, `1_000`.
  static func wholeNumber(_ text: String) -> Int? {
    guard let number = number(text), !text.hasSuffix("%"), abs(number) <= 1e15 else { return nil }
    return Int(exactly: number)
  }

  /// What stands between the spaces.
  static func words(of text: String) -> [String] {
    text.utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
  }

  static func yesNo(_ text: String) -> Bool? {
    switch text {
    case "yes", "true": true
    case "no", "false": false
    default: nil
    }
  }

  /// `2 checks`.
  static func checks(_ text: String) -> Int? {
    let words = words(of: text)
    guard words.count == 2, words[1] == "check" || words[1] == "checks",
      let count = Int(words[0]), (1...1000).contains(count)
    else { return nil }
    return count
  }

  /// `orders within 26h`: a source and how recent its rows must be.
  static func freshness(_ text: String) -> Freshness? {
    let words = Scalars.words(of: text)
    guard words.count == 3, words[1] == "within", isName(words[0]), let period = Period(words[2])
    else { return nil }
    return Freshness(source: words[0], within: period)
  }

  /// `every 14d, at most 3 times`.
  static func reminder(_ text: String) -> Reminder? {
    let words = text.replacing(",", with: " ").split(separator: " ").map(String.init)
    guard words.count >= 2, words[0] == "every", let period = Period(words[1]),
      period.exactMicroseconds.map({ $0 > 0 }) ?? false
    else { return nil }
    if words.count == 2 { return Reminder(every: period) }
    guard words.count == 6, words[2] == "at", words[3] == "most",
      words[5] == "times" || words[5] == "time", let count = Int(words[4]), count > 0
    else { return nil }
    return Reminder(every: period, atMost: count)
  }

  /// Whether a text can name an environment variable; secrets seldom look like one.
  static func isVariable(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return text.utf8.allSatisfy {
      (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
    }
  }

  /// Whether a text is an address: one `@`, something on both sides, no space or control byte.
  static func isAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return false }
    guard !parts[1].hasPrefix("."), !parts[1].hasSuffix("."), !parts[1].contains("..") else {
      return false
    }
    return text.utf8.allSatisfy { byte in
      byte > 0x20 && byte != 0x7F && !"<>()[],;:\\\"".utf8.contains(byte)
    }
  }
}

extension Limits.Rate {
  /// Parses `15 per day`.
  init?(_ text: String) {
    let words = Scalars.words(of: text)
    guard words.count == 3, words[1] == "per", let unit = Unit(rawValue: words[2]),
      let count = Scalars.wholeNumber(words[0]), count > 0
    else { return nil }
    self.init(count: count, per: unit)
  }
}

extension Throughput {
  /// Parses `10 per second`.
  init?(_ text: String) {
    let words = Scalars.words(of: text)
    guard words.count == 3, words[1] == "per", let unit = Unit(rawValue: words[2]),
      let count = Scalars.wholeNumber(words[0]), (1...1_000_000).contains(count)
    else { return nil }
    self.init(count: count, per: unit)
  }
}

extension Limits.MaxMatches {
  /// Parses `1000`, or `5% of population`.
  init?(_ text: String) {
    if let count = Scalars.wholeNumber(text), count > 0 {
      self = .count(count)
      return
    }
    let words = Scalars.words(of: text)
    guard words.count == 3, words[1] == "of", words[2] == "population", words[0].hasSuffix("%"),
      let share = Scalars.number(words[0]), share > 0, share <= 1
    else { return nil }
    self = .share(share)
  }
}

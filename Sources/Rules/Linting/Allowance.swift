import Diagnostics
import Expressions
import Templates
import YAML

/// A comment that says why a warning is all right: `# lint: allow W101 until 2026-12-31 reason`.
///
/// Behind something it speaks of its own line, on a line of its own of the next line with
/// something on it, and above the file's first key of the whole file.
struct Allowance {
  let code: Diagnostic.Code
  let until: CivilDate

  /// The comment itself.
  let span: Range<Int>

  /// Where the warnings begin that it silences.
  let covers: Range<Int>
}

extension FileReport {
  /// Takes out the warnings that comments allow, and reports comments that are of no use.
  ///
  /// Without today's date no allowance has expired. `isComplete` says whether every check has run:
  /// only then is it known that there was nothing to allow.
  mutating func applyAllowances(root: Node?, isComplete: Bool, today: CivilDate?) {
    guard let root, !root.span.isEmpty else { return }
    var allowances: [Allowance] = []
    for comment in LintComment.all(in: source, root: root) {
      switch comment.read() {
      case .success(let allowance): allowances.append(allowance)
      case .failure(let fault): warn(.badAllowance, fault.message, at: fault.span, help: fault.help)
      }
    }
    for allowance in allowances { apply(allowance, isComplete: isComplete, today: today) }
  }

  private mutating func apply(_ allowance: Allowance, isComplete: Bool, today: CivilDate?) {
    let code = allowance.code.name
    if let today, today.daysSinceEpoch > allowance.until.daysSinceEpoch {
      return warn(
        .allowanceExpired, "this stopped allowing \(code) after \(allowance.until.iso8601)",
        at: allowance.span, help: "mend what it allowed, or give it a later date")
    }
    let silenced = removeWarnings { diagnostic in
      diagnostic.code == allowance.code && allowance.covers.contains(diagnostic.span.lowerBound)
    }
    if isComplete, !silenced {
      warn(
        .allowanceUnused, "there is no \(code) here to allow", at: allowance.span,
        help: "remove the comment")
    }
  }
}

extension CivilDate {
  /// `2026-12-31`.
  fileprivate var iso8601: String {
    func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(year)-\(padded(month))-\(padded(day))"
  }

  /// Reads `2026-12-31`; `nil` where there is no such day.
  fileprivate init?(iso8601 text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.count) == [4, 2, 2], parts.joined().utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
      (1...12).contains(month),
      (1...CivilDate.daysInMonth(year: year, month: month)).contains(day)
    else { return nil }
    self.init(year: year, month: month, day: day)
  }
}

// MARK: - Comments

/// A comment that begins with `lint:`.
struct LintComment {
  struct Fault: Error {
    var message: String
    var span: Range<Int>
    var help: String
  }

  let source: SourceText
  let span: Range<Int>
  let covers: Range<Int>

  /// Whether a comment speaks to the checker.
  static func isOne(_ comment: some Collection<UInt8>) -> Bool {
    let text = comment.dropFirst().drop { $0 == UInt8(ascii: " ") }
    return text.starts(with: "lint:".utf8)
  }

  func read() -> Result<Allowance, Fault> {
    let form = "write `# lint: allow W101 until 2026-12-31` and the reason"
    let text = source.text(in: span)
    let words = text.drop { $0 == "#" || $0 == " " }.split(separator: " ").map(String.init)
    func fault(_ message: String, _ help: String = form) -> Result<Allowance, Fault> {
      .failure(Fault(message: message, span: span, help: help))
    }
    guard words.count >= 2, words[0] == "lint:", words[1] == "allow" else {
      return fault("the checker does not know this comment")
    }
    guard words.count >= 3 else { return fault("the comment does not say what it allows") }
    let code = words[2]
    guard !code.hasPrefix("E") else {
      return fault("`\(code)` is an error, which cannot be allowed", "mend the error")
    }
    guard Self.codes.contains(code) else {
      return fault(
        "there is no warning `\(code)`", didYouMean(code, among: Self.codes) ?? form)
    }
    guard words.count >= 5, words[3] == "until" else {
      return fault(
        "the comment does not say until when \(code) is allowed",
        "write `# lint: allow \(code) until 2026-12-31` and the reason")
    }
    guard let until = CivilDate(iso8601: words[4]) else {
      return fault("`\(words[4])` is not a day", "write it as in `2026-12-31`")
    }
    guard words.count >= 6 else {
      return fault("the comment does not say why \(code) is allowed", "add the reason at its end")
    }
    return .success(
      Allowance(code: Diagnostic.Code(code), until: until, span: span, covers: covers))
  }

  /// Every warning that can be allowed.
  private static let codes = {
    let all = Diagnostic.Code.rules.map(\.name) + ExpressionCode.allCases.map(\.rawValue)
    let own = Diagnostic.Code.allowances.map(\.name)
    return all.filter { $0.hasPrefix("W") && !own.contains($0) }.sorted()
  }()
}

extension LintComment {
  /// The comments of a file, those that only look like some left out.
  static func all(in source: SourceText, root: Node) -> [LintComment] {
    let candidates = candidates(in: source.bytes)
    guard !candidates.isEmpty else { return [] }
    var texts: [Range<Int>] = []
    root.collectTexts(into: &texts)
    return candidates.filter { comment in !texts.contains { $0.contains(comment.lowerBound) } }
      .map { LintComment(source: source, span: $0, covers: covers($0, in: source, root)) }
  }

  /// Whatever begins with `#` after a space, goes on with `lint:` and ends with its line.
  private static func candidates(in bytes: [UInt8]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var start = 0
    while let sign = bytes[start...].firstIndex(of: UInt8(ascii: "#")) {
      start = sign + 1
      let isAtWord = sign == 0 || [0x20, 0x09, 0x0A, 0x0D].contains(bytes[sign - 1])
      guard isAtWord, isOne(bytes[sign...]) else { continue }
      var end = bytes[sign...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
      start = end
      while bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
      found.append(sign..<end)
    }
    return found
  }

  private static func covers(
    _ comment: Range<Int>, in source: SourceText, _ root: Node
  ) -> Range<Int> {
    if comment.lowerBound < root.span.lowerBound { return 0..<source.bytes.count }
    let line = source.position(of: comment.lowerBound).line
    func isBlank(_ range: Range<Int>) -> Bool {
      source.bytes[range].drop { $0 == 0x20 || $0 == 0x09 }.first.map {
        $0 == UInt8(ascii: "#")
      } ?? true
    }
    let own = source.lineRange(line)
    guard isBlank(own) else { return own }
    var next = line + 1
    while next <= source.lineCount {
      let range = source.lineRange(next)
      if !isBlank(range) { return range }
      next += 1
    }
    return own
  }
}

extension Node {
  /// The spans of every key and text, inside of which a `#` begins no comment.
  fileprivate func collectTexts(into texts: inout [Range<Int>]) {
    switch content {
    case .scalar, .refused: texts.append(span)
    case .sequence(let items): for item in items { item.collectTexts(into: &texts) }
    case .mapping(let entries):
      for entry in entries {
        texts.append(entry.keySpan)
        entry.value.collectTexts(into: &texts)
      }
    }
  }
}

import Diagnostics
import Expressions
import YAML

/// Holds a tree of nodes to the key tables and reports what does not fit.
///
/// What it passes can be read without a second look; names and expressions are for the loaders.
struct ShapeCheck {
  var report: FileReport

  init(_ report: FileReport) {
    self.report = report
  }

  /// Checks a mapping against its table; `node` is what stands behind the key, or the whole file.
  mutating func check(_ node: Node, against table: KeyTable, keySpan: Range<Int>? = nil) {
    guard let entries = node.entries else {
      return wrongShape(node, "\(table.subject) is a mapping: keys with values")
    }
    for entry in entries {
      guard let key = table.keys.first(where: { $0.name == entry.key }) else {
        if let kind = table.others {
          check(entry.value, kind, keySpan: entry.keySpan)
        } else {
          unknownKey(entry, in: table)
        }
        continue
      }
      check(entry.value, key.kind, keySpan: entry.keySpan)
      if key.need == .later {
        report.warn(
          .notYet, "`\(key.name)` is checked but not yet acted on", at: entry.keySpan,
          help: "the rule runs as if it were not there")
      }
    }
    let place = keySpan ?? entries.first?.keySpan ?? node.span
    // Whoever wrote a refused key is told there what to write instead.
    let isRefused = table.keys.contains { $0.kind.isRefused && node[$0.name] != nil }
    for key in table.keys where key.need == .required && node[key.name] == nil && !isRefused {
      report.error(
        .missingKey, "\(table.subject) needs `\(key.name)`", at: place,
        help: "`\(key.name)`: \(key.doc.asHelp)")
    }
    checkExactlyOne(entries, of: table, at: place)
  }

  private mutating func unknownKey(_ entry: Node.Entry, in table: KeyTable) {
    let names = table.keys.filter { !$0.kind.isRefused }.map(\.name)
    report.error(
      .unknownKey, "`\(entry.key)` is not a key of \(table.subject)", at: entry.keySpan,
      help: didYouMean(entry.key, among: names) ?? "its keys are \(names.joined(separator: ", "))")
  }

  private mutating func checkExactlyOne(
    _ entries: [Node.Entry], of table: KeyTable, at place: Range<Int>
  ) {
    guard !table.exactlyOne.isEmpty else { return }
    let found = entries.filter { table.exactlyOne.contains($0.key) }
    if let second = found.dropFirst().first, let first = found.first {
      report.error(
        .notExactlyOne, "\(table.subject) has `\(first.key)` or `\(second.key)`, not both",
        at: second.keySpan, help: "write two of them")
    } else if found.isEmpty, entries.allSatisfy({ table.has($0.key) }) {
      report.error(
        .notExactlyOne, "\(table.subject) needs \(alternatives(table.exactlyOne))", at: place)
    }
  }

  /// Checks what stands behind a key.
  mutating func check(_ node: Node, _ kind: KeyKind, keySpan: Range<Int>) {
    guard !node.isRefused else { return }
    switch kind {
    case .refused(let message, let help):
      report.error(.secretInFile, message, at: keySpan, help: help)
    case .anything: emptyCheck(node, keySpan: keySpan)
    case .condition: checkCondition(node, keySpan: keySpan)
    case .list(let item):
      guard let items = node.items else {
        if node.isEmpty { return emptyCheck(node, keySpan: keySpan) }
        return wrongShape(
          node, "`\(report.source.text(in: keySpan))` takes a list",
          help: "write `- ` in front of each")
      }
      for each in items { check(each, item, keySpan: each.span) }
    case .oneOrMore(let item):
      guard let items = node.items else { return check(node, item, keySpan: keySpan) }
      if items.isEmpty { report.error(.emptyValue, "the list is empty", at: node.span) }
      for each in items { check(each, item, keySpan: each.span) }
    case .map(let names, let value): checkMap(node, names, value, keySpan: keySpan)
    case .table(let table):
      if node.isEmpty { return emptyCheck(node, keySpan: keySpan) }
      check(node, against: table, keySpan: keySpan)
    case .shortOrLong(let short, let long):
      check(node, node.entries == nil ? short : long, keySpan: keySpan)
    default: checkScalar(node, kind, keySpan: keySpan)
    }
  }

  private mutating func checkMap(
    _ node: Node, _ names: KeyKind.MapKeys, _ value: KeyKind, keySpan: Range<Int>
  ) {
    guard let entries = node.entries else {
      if node.isEmpty { return emptyCheck(node, keySpan: keySpan) }
      return wrongShape(
        node, "`\(report.source.text(in: keySpan))` takes names with values: `name: value`")
    }
    for entry in entries {
      switch names {
      case .names: checkName(entry.key, at: entry.keySpan)
      case .words(let words): checkWord(entry.key, among: words, at: entry.keySpan)
      case .anything: break
      }
      check(entry.value, value, keySpan: entry.keySpan)
    }
  }

  private mutating func checkScalar(_ node: Node, _ kind: KeyKind, keySpan: Range<Int>) {
    guard let scalar = node.scalar else {
      let what = "\(kind.description), not a \(node.items == nil ? "mapping" : "list")"
      return wrongShape(
        node,
        keySpan == node.span
          ? "each of these is \(what)" : "`\(report.source.text(in: keySpan))` takes \(what)")
    }
    if node.isEmpty { return emptyCheck(node, keySpan: keySpan) }
    if kind.isText, let comment = scalar.comment {
      report.warn(
        .textCut, "the text is cut off here: ` #` begins a comment", at: comment,
        help: "put quotes around the whole text, or the comment on a line of its own")
    }
    checkText(scalar.text, kind, at: node.span)
  }

  mutating func emptyCheck(_ node: Node, keySpan: Range<Int>) {
    guard node.isEmpty else { return }
    guard !keySpan.isEmpty else {
      report.error(
        .emptyValue, "a line of this list is empty", at: keySpan,
        help: "write something behind its `- `, or remove the line")
      return
    }
    report.error(
      .emptyValue, "`\(report.source.text(in: keySpan))` has no value", at: keySpan,
      help: "give it one, or leave the key out")
  }

  private mutating func wrongShape(_ node: Node, _ message: String, help: String? = nil) {
    report.error(.wrongShape, message, at: firstLine(of: node.span), help: help)
  }

  private func firstLine(of span: Range<Int>) -> Range<Int> {
    let line = report.source.lineRange(report.source.position(of: span.lowerBound).line)
    return span.lowerBound..<max(span.lowerBound, min(span.upperBound, line.upperBound))
  }
}

// MARK: - Texts

extension ShapeCheck {
  private mutating func checkText(_ text: String, _ kind: KeyKind, at span: Range<Int>) {
    switch kind {
    case .name: checkName(text, at: span)
    case .word(let words): checkWord(text, among: words, at: span)
    case .number where Scalars.number(text) == nil:
      report.error(.notANumber, "`\(text)` is not a number", at: span)
    case .wholeNumber(let range):
      if Scalars.wholeNumber(text).map(range.contains) != true {
        report.error(
          .notANumber,
          range.count == 1
            ? "only \(range.lowerBound) is known here"
            : "a whole number from \(range.lowerBound) to \(range.upperBound) stands here", at: span
        )
      }
    case .yesNo where Scalars.yesNo(text) == nil:
      report.error(.notYesOrNo, "`\(text)` is neither `true` nor `false`", at: span)
    case .period where Period(text) == nil:
      report.error(
        .notALength, "`\(text)` is not a length of time", at: span,
        help: kind.form)
    case .checks, .rate, .maxMatches, .freshness, .reminder: checkLimit(text, kind, at: span)
    case .schedule:
      if case .failure(let fault) = Schedule.read(text) {
        report.error(.notASchedule, fault.message, at: span, help: fault.help)
      }
    case .cron:
      if case .failure(let fault) = Schedule.readCron(text) {
        report.error(.notASchedule, fault.message, at: span, help: fault.help)
      }
    case .variable where !Scalars.isVariable(text):
      report.error(
        .notAVariable, "the name of an environment variable stands here, not a value", at: span,
        help: "capitals, digits and `_`, as in `DATABASE_URL`; the value itself stays out of files")
    case .timezone where Zone(identifier: text) == nil:
      report.error(
        .unknownTimezone, "there is no time zone `\(text)`", at: span,
        help: "write it as in `Europe/Vienna` or `UTC`")
    default: break
    }
  }

  private mutating func checkLimit(_ text: String, _ kind: KeyKind, at span: Range<Int>) {
    let isFine =
      switch kind {
      case .checks: Scalars.checks(text) != nil
      case .rate: Limits.Rate(text) != nil
      case .maxMatches: Limits.MaxMatches(text) != nil
      case .freshness: Scalars.freshness(text) != nil
      default: Scalars.reminder(text) != nil
      }
    guard !isFine else { return }
    report.error(.notALimit, "`\(text)` cannot be read", at: span, help: kind.form)
  }

  private mutating func checkName(_ name: String, at span: Range<Int>) {
    guard !Scalars.isName(name) else { return }
    report.error(
      .badName, "`\(name)` is not a name", at: span,
      help: "small letters, digits and `_`, a letter first"
        + (Scalars.name(like: name).map { ": `\($0)`" } ?? ""))
  }

  private mutating func checkWord(_ word: String, among words: [String], at span: Range<Int>) {
    guard !words.contains(word) else { return }
    report.error(
      .unknownWord, "`\(word)` is not known here", at: span,
      help: didYouMean(word, among: words) ?? "it is \(alternatives(words))")
  }
}

extension KeyTable {
  /// Whether a key is one of the table's.
  func has(_ name: String) -> Bool { keys.contains { $0.name == name } }
}

extension String {
  /// A key's line of documentation, as part of a sentence.
  fileprivate var asHelp: String {
    prefix(1).lowercased() + (hasSuffix(".") ? dropFirst().dropLast() : dropFirst())
  }
}

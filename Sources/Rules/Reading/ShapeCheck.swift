import Diagnostics
import Expressions
import YAML

/// Holds a tree of nodes to the key tables and reports what does not fit.
///
/// What it passes can be read without a second look; names and expressions are for the loaders.
struct ShapeCheck {
  var report: FileReport

  /// The mappings around the one that is looked at, with their tables.
  var outer: [(table: KeyTable, node: Node)] = []

  /// Missing keys of outer mappings that stand further in.
  var strayed: Set<String> = []

  init(_ report: FileReport) {
    self.report = report
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
          help: listHelp(for: node, of: item, key: report.source.text(in: keySpan)))
      }
      for each in items { check(each, item, keySpan: each.span) }
    case .oneOrMore(let item):
      guard let items = node.items else { return check(node, item, keySpan: keySpan) }
      if items.isEmpty {
        report.error(
          .emptyValue, "the list is empty", at: node.span, help: "write at least one into it")
      }
      for each in items { check(each, item, keySpan: each.span) }
    case .map(let names, let value): checkMap(node, names, value, keySpan: keySpan)
    case .table(let table):
      if node.isEmpty { return emptyCheck(node, keySpan: keySpan) }
      check(node, against: table, keySpan: keySpan)
    case .shortOrLong(let short, let long):
      guard node.items == nil else {
        return wrongShape(
          node, "`\(report.source.text(in: keySpan))` takes no list",
          help: "leave out the `- ` and the brackets: it is \(short.description), "
            + "or keys with values")
      }
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
        node, "`\(report.source.text(in: keySpan))` takes names with values",
        help: node.items == nil
          ? "write each as `name: value`" : "write each as `name: value`, without `- `")
    }
    for entry in entries {
      switch names {
      case .names: checkName(entry.key, at: entry.keySpan)
      case .words(let words):
        if !words.contains(entry.key), let word = entry.value.text, words.contains(word) {
          report.error(
            .unknownWord, "`\(entry.key): \(word)` stands the wrong way round", at: entry.keySpan,
            help: "write `\(word): \(entry.key)`")
          continue
        }
        checkWord(entry.key, among: words, at: entry.keySpan)
      case .anything: break
      }
      check(entry.value, value, keySpan: entry.keySpan)
    }
  }

  private mutating func checkScalar(_ node: Node, _ kind: KeyKind, keySpan: Range<Int>) {
    guard let scalar = node.scalar else {
      // The reader has said that a text which begins so needs quotes.
      if report.source.text(in: node.span).hasPrefix("{{") { return }
      let what = "\(kind.description), not a \(node.items == nil ? "mapping" : "list")"
      let key = report.source.text(in: keySpan)
      return wrongShape(
        node, keySpan == node.span ? "each of these is \(what)" : "`\(key)` takes \(what)",
        help: textHelp(for: node, kind, key: keySpan == node.span ? nil : key))
    }
    if node.isEmpty { return emptyCheck(node, keySpan: keySpan) }
    if kind.isText { report.warnOfCut(scalar) }
    checkText(scalar, kind, at: node.span)
  }

  /// How a text or mapping becomes a list.
  private func listHelp(for node: Node, of item: KeyKind, key: String) -> String {
    if let first = node.entries?.first {
      return "write `- ` in front of `\(first.key)`, and begin what belongs to it as far right"
    }
    if case .table(let table) = item {
      return "write each as `- \(table.keys[0].name): …` on a line of its own"
    }
    return "write `\(key): [\(report.source.text(in: node.span))]`"
  }

  /// How a list or mapping becomes one text.
  private func textHelp(for node: Node, _ kind: KeyKind, key: String?) -> String {
    if let items = node.items {
      guard items.count == 1, let text = items[0].text else { return "write one, without `- `" }
      return "write `\(text)` without brackets or `- `"
    }
    guard let key, let inner = node.entries?.first?.key else {
      return "a text with `: ` in it needs quotes around it"
    }
    if case .plain = kind { return "a dotted name stands in one: `\(key).\(inner)`" }
    return "write it as one text behind `\(key)`"
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

  mutating func wrongShape(_ node: Node, _ message: String, help: String? = nil) {
    report.error(.wrongShape, message, at: firstLine(of: node.span), help: help)
  }

  private func firstLine(of span: Range<Int>) -> Range<Int> {
    let line = report.source.lineRange(report.source.position(of: span.lowerBound).line)
    return span.lowerBound..<max(span.lowerBound, min(span.upperBound, line.upperBound))
  }
}

// MARK: - Texts

extension ShapeCheck {
  private mutating func checkText(_ scalar: Scalar, _ kind: KeyKind, at span: Range<Int>) {
    let text = scalar.text
    switch kind {
    case .name: checkName(text, at: span)
    case .word(let words): checkWord(text, among: words, at: span)
    case .number where Scalars.number(text) == nil:

      report.error(
        .notANumber, "`\(text)` is not a number", at: span,
        help: "write it as in `1_000`, `0.5` or `20%`")
    case .wholeNumber(let range):
      if Scalars.wholeNumber(text).map(range.contains) != true {
        report.error(
          .notANumber,
          range.count == 1
            ? "only \(range.lowerBound) is known here"
            : "a whole number from \(range.lowerBound) to \(range.upperBound) stands here",
          at: span, help: "write it in digits alone, as in `\(range.lowerBound)`")
      }
    case .yesNo where Scalars.yesNo(text) == nil:

      report.error(
        .notYesOrNo, "`\(text)` is neither `true` nor `false`", at: span,
        help: "write one of the two")
    case .period where Period(text) == nil:
      report.error(
        .notALength, "`\(text)` is not a length of time", at: span,
        help: kind.form)
    case .checks, .rate, .throughput, .maxMatches, .freshness, .reminder:
      checkLimit(text, kind, at: span)
    case .schedule:
      if case .failure(let fault) = Schedule.read(text) { refuse(fault, in: scalar, at: span) }
    case .cron:
      if case .failure(let fault) = Schedule.readCron(text) { refuse(fault, in: scalar, at: span) }
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

  private mutating func refuse(_ fault: ScheduleFault, in scalar: Scalar, at span: Range<Int>) {
    let words = scalar.text.split(separator: " ")
    let place = fault.word.map { words[$0].startIndex..<words[$0].endIndex }.map { range in
      let start = scalar.text.utf8.distance(from: scalar.text.startIndex, to: range.lowerBound)
      return scalar.map.sourceRange(start..<start + scalar.text[range].utf8.count)
    }
    report.error(.notASchedule, fault.message, at: place ?? span, help: fault.help)
  }

  private mutating func checkLimit(_ text: String, _ kind: KeyKind, at span: Range<Int>) {
    let isFine =
      switch kind {
      case .checks: Scalars.checks(text) != nil
      case .rate: Limits.Rate(text) != nil
      case .throughput: Throughput(text) != nil
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
      help: didYouMean(word, among: words) ?? "write \(alternatives(words))")
  }
}

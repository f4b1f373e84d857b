import Diagnostics
import Expressions

/// Takes a text apart into literals and tags, and checks each tag.
struct TemplateParser {
  /// A tag that shows a value or decides a section.
  struct Tag: Sendable {
    var term: Term
    var function: TextFunction?

    /// Whether it stands outside of quotes in JSON.
    var isWholeJSON = false
  }

  private(set) var diagnostics: [Diagnostic] = []
  private(set) var tags: [Tag] = []
  private(set) var hasSections = false

  /// What stands before, between and behind the tags, when there are no sections.
  private(set) var literals = [""]

  /// The text as a Mustache template whose tags have numbers for names.
  private(set) var mustache = ""

  private let bytes: [UInt8]
  private let checker: Checker
  private let contentType: TextTemplate.ContentType

  /// Whether the place that has been reached lies between the quotes of a JSON string.
  private var isInQuotes = false
  private var openSections: [(text: String, span: Range<Int>, index: Int)] = []

  init(_ text: String, as contentType: TextTemplate.ContentType, scope: Scope) {
    bytes = Array(text.utf8)
    self.contentType = contentType
    checker = Checker(scope: scope)
  }

  mutating func parse() {
    var position = 0
    while let start = find("{{", from: position) {
      take(literal: position..<start)
      guard let end = endOfTag(from: start + 2) else {
        report(.unclosedTag, start..<bytes.count)
        return
      }
      take(tag: start + 2..<end, span: start..<end + 2)
      position = end + 2
    }
    take(literal: position..<bytes.count)
    for section in openSections { report(.unclosedSection(section.text), section.span) }
  }

  // MARK: Pieces

  private mutating func take(literal range: Range<Int>) {
    let text = String(decoding: bytes[range], as: UTF8.self)
    literals[literals.count - 1] += text
    mustache += text
    guard contentType == .json else { return }
    var isEscaped = false
    for byte in bytes[range] {
      if byte == UInt8(ascii: "\""), !isEscaped { isInQuotes.toggle() }
      isEscaped = byte == UInt8(ascii: "\\") && isInQuotes && !isEscaped
    }
  }

  private mutating func take(tag range: Range<Int>, span: Range<Int>) {
    let inner = trim(range)
    switch inner.isEmpty ? nil : bytes[inner.lowerBound] {
    case nil:
      report(.emptyTag, span)
    case UInt8(ascii: "!"):
      break
    case UInt8(ascii: "#"), UInt8(ascii: "^"):
      openSection(
        trim(inner.lowerBound + 1..<inner.upperBound), sign: bytes[inner.lowerBound], span)
    case UInt8(ascii: "/"):
      closeSection(trim(inner.lowerBound + 1..<inner.upperBound), span)
    case UInt8(ascii: "{"), UInt8(ascii: "&"):
      report(.unescaped, span)
    case UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: "$"):
      report(.unsupported, span)
    default:
      show(inner)
    }
  }

  private mutating func show(_ range: Range<Int>) {
    let (function, argument) = TextFunction.split(bytes, range)
    let (checked, found) = checker.check(
      String(decoding: bytes[argument], as: UTF8.self), expecting: .any)
    diagnostics += found.map { withoutFilter($0.mapSpan { $0.shifted(by: argument.lowerBound) }) }
    // Numbering goes on even behind an error, so that every tag is reported.
    let index = tags.count
    if let checked {
      if let function, !function.shows(checked.type) {
        report(.wrongFormat(function, checked.type), range)
      }
      tags.append(
        Tag(
          term: checked.term, function: function, isWholeJSON: contentType == .json && !isInQuotes))
    }
    literals.append("")
    mustache += "{{{v\(index)}}}"
  }

  /// `{{ name | upper }}` is what other templates write.
  private func withoutFilter(_ diagnostic: Diagnostic) -> Diagnostic {
    guard bytes[diagnostic.span.clamped(to: bytes.indices)].elementsEqual("|".utf8) else {
      return diagnostic
    }
    var told = diagnostic
    told.help = "texts have no filters: write a format around the value, as in {{number(x)}}"
    return told
  }

  private mutating func openSection(_ range: Range<Int>, sign: UInt8, _ span: Range<Int>) {
    hasSections = true
    let text = String(decoding: bytes[range], as: UTF8.self)
    let (checked, found) = checker.check(text, expecting: .condition)
    diagnostics += found.map { $0.mapSpan { $0.shifted(by: range.lowerBound) } }
    openSections.append((text, span, tags.count))
    mustache += "{{\(Unicode.Scalar(sign))s\(tags.count)}}"
    if let checked { tags.append(Tag(term: checked.term, function: nil)) }
  }

  private mutating func closeSection(_ range: Range<Int>, _ span: Range<Int>) {
    let text = String(decoding: bytes[range], as: UTF8.self)
    guard let open = openSections.popLast() else {
      report(.notOpen(text), span)
      return
    }
    if open.text != text { report(.closesOther(text, open: open.text), span) }
    mustache += "{{/s\(open.index)}}"
  }

  private mutating func report(_ fault: TemplateFault, _ span: Range<Int>) {
    diagnostics.append(fault.diagnostic(at: span))
  }

  // MARK: Bytes

  /// Where a tag's `}}` stands; braces within a text of the expression close nothing.
  private func endOfTag(from start: Int) -> Int? {
    let plain = find("}}", from: start)
    guard let plain, !isRemark(start) else { return plain }
    var quote: UInt8?
    var index = start
    while index + 1 < bytes.count {
      let byte = bytes[index]
      if let mark = quote {
        if byte == UInt8(ascii: "\\") { index += 1 } else if byte == mark { quote = nil }
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        quote = byte
      } else if byte == UInt8(ascii: "}"), bytes[index + 1] == UInt8(ascii: "}") {
        return index
      }
      index += 1
    }
    // A quote that is never closed is told by the checker, in this tag alone.
    return plain
  }

  private func isRemark(_ start: Int) -> Bool {
    let first = bytes[start...].first { $0 != UInt8(ascii: " ") }
    return first == UInt8(ascii: "!")
  }

  private func find(_ marker: StaticString, from start: Int) -> Int? {
    guard bytes.count >= 2, start <= bytes.count - 2 else { return nil }
    let mark = marker.utf8Start.pointee
    return (start..<bytes.count - 1).first { bytes[$0] == mark && bytes[$0 + 1] == mark }
  }

  private func trim(_ range: Range<Int>) -> Range<Int> {
    let isSpace: (UInt8) -> Bool = { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    let start = bytes[range].firstIndex { !isSpace($0) } ?? range.upperBound
    let end = bytes[range].lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
    return start..<max(start, end)
  }
}

extension Range<Int> {
  fileprivate func shifted(by offset: Int) -> Range<Int> {
    lowerBound + offset..<upperBound + offset
  }
}
